"""Numbers of records: locked counters for the slow kinds, blocks of ids for the fast ones."""

from collections import defaultdict, deque
from threading import Lock
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.session import database
from app.db.types import BigId
from app.kernel.errors import Conflict

BLOCK_SIZE = 64
WIDEST = 12
HIGHEST_NUMBER = 10**9
FORMATS = {"CUSTOMER": ("CUS-", 8), "ACCOUNT": ("ACC-", 8)}
PRODUCT_RANGES = {
    "asset": ("AS-", 10_000, 29_999),
    "liability": ("LI-", 30_000, 49_999),
    "income": ("IN-", 50_000, 69_999),
    "expense": ("EX-", 70_000, 79_999),
}


class Sequence(Identified, Base):
    """A counter of one organisation. It counts without gaps unless a transaction rolls back."""

    __tablename__ = "sequence"
    __audited__ = False
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("next_value > 0", name="positive"),
    )

    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisation.id"))
    name: Mapped[str]
    prefix: Mapped[str]
    width: Mapped[int]
    next_value: Mapped[int] = mapped_column(default=1)
    last_value: Mapped[int | None] = mapped_column(default=None)
    # Counts how often its format was changed; taking a number is no change.
    version: Mapped[int] = mapped_column(default=1)


class IdCounter(Base):
    """SQLite's source of ids for transactions and entries; PostgreSQL has sequences instead."""

    __tablename__ = "id_counter"
    __audited__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    next_value: Mapped[int] = mapped_column(BigId)


def initialise(work: Work, organisation_id: int) -> None:
    """Create the CUSTOMER and ACCOUNT sequences; a second time is refused (E09.03)."""
    if initialised(work.session, organisation_id):
        raise Conflict("Sequences are already initialized")
    for name, (prefix, width) in FORMATS.items():
        work.session.add(
            Sequence(organisation_id=organisation_id, name=name, prefix=prefix, width=width)
        )


def initialise_products(work: Work, organisation_id: int) -> None:
    """Create the sequences of product codes, one range for each kind (E31.03-06)."""
    for kind, (prefix, first, last) in PRODUCT_RANGES.items():
        work.session.add(
            Sequence(
                organisation_id=organisation_id,
                name=f"PRODUCT-{kind.upper()}",
                prefix=prefix,
                width=5,
                next_value=first,
                last_value=last,
            )
        )


def initialised(session: Session, organisation_id: int) -> bool:
    """Tell whether the organisation has its sequences (E09.06)."""
    query = select(Sequence.id).where(
        Sequence.organisation_id == organisation_id, Sequence.name.in_(FORMATS)
    )
    return session.execute(query).first() is not None


def take(work: Work, name: str, *, count: int = 1) -> list[str]:
    """Take the next numbers of a sequence, such as "ACC-00000001".

    The counter row stays locked until the command ends. Refuses with 409 when the organisation's
    sequences are not initialised (E09.06) or the range is used up.
    """
    statement = (
        update(Sequence)
        .where(Sequence.organisation_id == work.actor.tenant_id, Sequence.name == name)
        .values(next_value=Sequence.next_value + count)
        .returning(Sequence.prefix, Sequence.width, Sequence.next_value, Sequence.last_value)
    )
    row = work.session.execute(
        statement, execution_options={"synchronize_session": False}
    ).one_or_none()
    if row is None:
        raise Conflict("Sequences are not initialized for this organisation")
    if row.last_value is not None and row.next_value - 1 > row.last_value:
        raise Conflict(f"The numbers of {row.prefix} are used up")
    first = row.next_value - count
    return [written(row, value) for value in range(first, row.next_value)]


def take_from(work: Work, name: str, *, prefix: str, width: int) -> str:
    """Take the next number of a sequence that begins with its first one, such as a branch's.

    Of two that begin it at once the database refuses one, which looks again (ADR 30).
    """
    query = select(Sequence.id).where(
        Sequence.organisation_id == work.actor.tenant_id, Sequence.name == name
    )
    if work.session.scalar(query) is None:
        organisation_id = work.actor.tenant_id
        work.add(Sequence(organisation_id=organisation_id, name=name, prefix=prefix, width=width))
    (number,) = take(work, name)
    return number


def written(sequence: Any, value: int) -> str:
    """Write a number of a sequence as records carry it: prefix and padded digits."""
    return f"{sequence.prefix}{value:0{sequence.width}d}"


class _Blocks:
    """Ids reserved ahead by this process on PostgreSQL: gaps allowed, never a duplicate."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._free: dict[str, deque[int]] = defaultdict(deque)

    def forget(self) -> None:
        """Drop what is reserved, when the database changes."""
        with self._lock:
            self._free.clear()

    def take(self, work: Work, name: str, count: int) -> list[int]:
        """Take ids from the reserved blocks, reserving more from the database's sequence."""
        with self._lock:
            free = self._free[name]
            missing = count - len(free)
            if missing > 0:
                wanted = -(-missing // BLOCK_SIZE)
                reserved = work.channel.fetch(_RESERVE, {"name": f"{name}_block", "n": wanted})
                for (block,) in reserved:
                    free.extend(range(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE))
            return [free.popleft() for _ in range(count)]


blocks = _Blocks()


def take_ids(work: Work, name: str, count: int) -> list[int]:
    """Take `count` ids for "transaction", "entry", "account" or "asset" rows."""
    if database.is_postgresql:
        return blocks.take(work, name, count)
    work.channel.flush()  # as before any statement
    ((after,),) = work.channel.fetch(_COUNT, {"name": name, "count": count})
    return list(range(after - count, after))


_RESERVE = "SELECT nextval(%(name)s::text::regclass) FROM generate_series(1, %(n)s)"
_COUNT = (
    "UPDATE id_counter SET next_value = next_value + :count WHERE name = :name RETURNING next_value"
)
