"""Statements that PostgreSQL keeps planned, each run in one message with its BEGIN or COMMIT.

The driver would send BEGIN, the statement and COMMIT one after the other and wait for each. Names
of statements belong to a connection; the driver may let go of them when it rolls back.
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from psycopg import Connection, OperationalError, errors
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, Escaping, ExecStatus, TransactionStatus

STATEMENTS = "statements"  # where the pool keeps them beside a connection
_PLACE = re.compile(r"%\((\w+)\)s")
_FAILED = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE})


def mark_stale(info: MutableMapping[Any, Any]) -> None:
    """Note beside a connection that it was rolled back: what it had prepared may be gone."""
    if (statements := info.get(STATEMENTS)) is not None:
        statements.mark_stale()


class Statements:
    """What one connection has prepared: a name and the order of its values for each text."""

    def __init__(self, connection: Connection[Any]) -> None:
        """Begin with none."""
        self._connection = connection
        self._escaping = Escaping(connection.pgconn)
        self._rows = Transformer(connection)
        self._prepared: dict[str, tuple[bytes, tuple[str, ...]]] = {}
        self._number = 0
        self._is_fresh = True

    def fetch(self, sql: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run a statement, in a transaction that begins with it if there is none; return its rows.

        `sql` has named places, `%(name)s`.
        """
        call = self._call(sql, values)
        is_first = self._connection.pgconn.transaction_status == TransactionStatus.IDLE
        result = self._send(b"BEGIN; " + call if is_first else call)
        self._rows.set_pgresult(result)
        return self._rows.load_rows(0, result.ntuples, tuple)

    def commit(self, sql: str, values: Mapping[str, Any]) -> None:
        """Run a statement and commit; nothing is committed where the statement fails."""
        self._send(self._call(sql, values) + b"; COMMIT")

    def mark_stale(self) -> None:
        """Look again what is prepared before the next statement."""
        self._is_fresh = False

    def _call(self, sql: str, values: Mapping[str, Any]) -> bytes:
        if not self._is_fresh:
            self._look()
        if sql not in self._prepared:
            self._prepare(sql)
        name, places = self._prepared[sql]
        given = b", ".join([self._literal(values[place]) for place in places])
        return b"EXECUTE %s (%s)" % (name, given) if places else b"EXECUTE " + name

    def _look(self) -> None:
        found = self._send(b"SELECT name FROM pg_prepared_statements")
        names = {found.get_value(row, 0) for row in range(found.ntuples)}
        self._prepared = {sql: one for sql, one in self._prepared.items() if one[0] in names}
        self._is_fresh = True

    def _prepare(self, sql: str) -> None:
        places = tuple(dict.fromkeys(_PLACE.findall(sql)))
        text = _PLACE.sub(lambda found: f"${places.index(found[1]) + 1}", sql)
        self._number += 1
        name = b"countinghouse_%d" % self._number
        # In a message of its own: in a failed transaction nothing is prepared.
        self._send(b"PREPARE %s AS %s" % (name, text.encode()))
        self._prepared[sql] = name, places

    def _literal(self, value: Any) -> bytes:
        if value is None:
            return b"NULL"
        if isinstance(value, int):
            return str(value).encode()
        if isinstance(value, list):
            value = "{" + ",".join(str(int(one)) for one in value) + "}"
        return self._escaping.escape_literal(value if isinstance(value, bytes) else value.encode())

    def _send(self, message: bytes) -> Any:
        connection = self._connection.pgconn
        result = connection.exec_(message)
        if result.status in _FAILED:
            if connection.status == ConnStatus.BAD:
                raise OperationalError("the connection is lost")
            self._is_fresh = False
            raise errors.error_from_result(result, encoding="utf-8")
        return result
