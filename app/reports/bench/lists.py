"""List pages of 50 transactions, beside a bare keyset query and a template of the same HTML.

The bare side sends the very page the product made, byte for byte but for its rows' values: its
template is that page, with one row as a plain loop over the query's columns. So both send as much
HTML, and what is measured is all else the product does: who is signed in, scope, filters, cells,
the count. A search is beside a look-up by the one index that knows the answer.
"""

import gc
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from statistics import median
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment
from sqlalchemy import event
from werkzeug.test import TestResponse

from app import create_app
from app.db import cursors
from app.db.session import database
from app.reports.bench import bare
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.masses import grow
from app.reports.bench.memory import csv_mib
from app.reports.bench.pace import rate_of
from app.reports.bench.scratch import Bank, scratch_database, settle, sign_in

_ADDRESS = "/admin/transactions"
_QUERY = """
    SELECT t.id, t.uid, t.reference, t.public_id, a.id, a.uid, c.id, c.uid, p.name, s.name,
        t.currency, t.amount_minor
    FROM "transaction" t JOIN asset a ON a.id = t.asset_id JOIN account c ON c.id = t.account_id
        LEFT JOIN project p ON p.id = t.project_id
        LEFT JOIN transaction_status s ON s.id = t.status_id
    WHERE t.organisation_id = {organisation} AND {where} ORDER BY {order} LIMIT 50
"""
_AMOUNT = 11  # The one column that is no text of the page as it stands.
_THOUSANDTH = 49_950


@dataclass(frozen=True, slots=True)
class _Case:
    """A page as the product is asked for it, and how plain SQL finds its rows."""

    name: str
    query: str
    where: str
    order: str = "t.id DESC"
    wanted: str = "at least 0.5"


def measure(url: str, *, sizes: tuple[int, ...], seconds: float, rounds: int) -> Iterator[Ratio]:
    """Yield the ratios of each page for each number of transactions."""
    with scratch_database(url, assets=200) as bank:
        filled, own = 0, 0.0
        app = create_app(database_url=bank.url)
        # As a web process does when it has started.
        gc.freeze()
        for size in sizes:
            grow(bank, size, filled=filled)
            filled = size
            settle(bank.url)
            browser = sign_in(app, bank)
            for case in _cases(bank):
                page = _page(browser, case)
                plain = _plain(bank, case, page().text)
                yield interleaved(
                    f"{case.name} among {size:,}",
                    lambda: rate_of(plain, seconds),  # noqa: B023
                    lambda: rate_of(page, seconds),  # noqa: B023
                    rounds=rounds,
                    wanted=case.wanted,
                )
            first = _page(browser, _cases(bank)[0])
            rate = median(rate_of(first, seconds) for _ in range(rounds))
            own = own or rate
            yield Ratio(f"first page among {size:,}, beside {sizes[0]:,}", (rate / own,), "0.83")
            yield Ratio("queries of a page", (_queries(first),), "at most 6")
            yield Ratio(f"memory that a CSV of {size:,} takes, MiB", (csv_mib(bank),), "under 50")


def _cases(bank: Bank) -> tuple[_Case, ...]:
    connection, _ = bare.connect(bank.url)

    def one(query: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = connection.execute(query).fetchone()
        return row

    most = one('SELECT count(*) FROM "transaction"')[0]
    far = one(
        f'SELECT id FROM "transaction" WHERE organisation_id = {bank.organisation_id} '
        f"ORDER BY id DESC LIMIT 1 OFFSET {min(_THOUSANDTH, most - 100)}"
    )[0]
    cursor = cursors.encode(SimpleNamespace(sorted_by=far, key=far))
    reference, account_id, number, client_id, name = one(
        "SELECT t.reference, c.id, c.number, o.id, o.name "
        'FROM "transaction" t JOIN account c ON c.id = t.account_id '
        f"JOIN client o ON o.id = t.client_id WHERE t.id <= {far} ORDER BY t.id DESC LIMIT 1"
    )
    connection.close()
    found = "at least 0.33"
    return (
        _Case("first page", "", "true"),
        _Case("thousandth page", f"?after={cursor}", f"t.id < {far}"),
        _Case("filtered page", "?kind=journal&currency=KES",
              "t.kind = 'journal' AND t.currency = 'KES'"),
        _Case("sorted page", "?sort=-amount", "true", order="t.amount_minor DESC, t.id DESC"),
        _Case("search by reference", f"?search={reference}", f"t.reference = '{reference}'",
              wanted=found),
        _Case("search by client", f"?search={name}", f"t.client_id = {client_id}", wanted=found),
        _Case("search by account", f"?search={number}", f"t.account_id = {account_id}",
              wanted=found),
    )  # fmt: skip


def _page(browser: FlaskClient, case: _Case) -> Callable[[], TestResponse]:
    return lambda: _demand(browser.get(f"{_ADDRESS}{case.query}"))


def _demand(answer: TestResponse) -> TestResponse:
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"the list answered {answer.status_code}")
    return answer


def _plain(bank: Bank, case: _Case, page: str) -> Callable[[], TestResponse]:
    """Return a bare page: a query by hand, and the product's own page as a plain template."""
    connection, is_postgresql = bare.connect(bank.url)
    # A rollback would make the driver forget what it has prepared, and plan each page anew.
    if is_postgresql:
        connection.autocommit = True
    query = _QUERY.format(organisation=bank.organisation_id, where=case.where, order=case.order)
    lines = re.findall(r"<tr id=.*?</tr>\n*", page, re.DOTALL)
    first = connection.execute(query).fetchone()
    around, bare_app = page.replace("".join(lines), "\0"), Flask("bare")
    template = Environment(autoescape=True).from_string(
        f"{{% raw %}}{around}{{% endraw %}}".replace("\0", _loop(lines[0], first))
    )

    @bare_app.get("/")
    def listed() -> str:
        found: list[Any] = connection.execute(query).fetchall()
        return template.render(rows=found)

    browser = bare_app.test_client()
    if abs(len(browser.get("/").text) - len(page)) > len(page) // 20:
        raise RuntimeError(f"the bare {case.name} is not of the same size")
    return lambda: _demand(browser.get("/"))


def _loop(line: str, row: tuple[Any, ...]) -> str:
    """Write a row's HTML as a template's loop, longest texts first: one may hold another."""
    texts = {str(text): number for number, text in enumerate(row[:_AMOUNT]) if text}
    known = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    # A number is one only as a whole: the 7 of "77" is none.
    body = re.sub(
        rf"(?<![\w-])(?:{known})(?![\w-])", lambda m: f"{{{{ row[{texts[m[0]]}] }}}}", line
    )
    whole, cents = divmod(row[_AMOUNT], 100)
    shown = f"{{{{ '{{:,.2f}}'.format(row[{_AMOUNT}] / 100) }}}}<"
    body = body.replace(f"{whole:,}.{cents:02d}<", shown)
    return f"{{% endraw %}}{{% for row in rows %}}{body}{{% endfor %}}{{% raw %}}"


def _queries(page: Callable[[], TestResponse]) -> int:
    """Count the statements of one page."""
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    event.listen(database.engine, "before_cursor_execute", note)
    page()
    event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)
