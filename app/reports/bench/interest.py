"""A day's interest of many accounts, in chunks through commands, beside one set-based statement."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, text

from app.conditions.checks import Terms, TierLine
from app.conditions.commands import CreateAccountCondition
from app.conditions.linking import LinkConditionProducts
from app.controls.commands import perform
from app.db.session import database
from app.interest.accruing import AccrueDay
from app.interest.models import InterestAccrual
from app.interest.snapshots import SnapshotBalances, chunks_of_assets
from app.kernel.interest import Tier
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.products.commands import CreateProduct
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.scratch import BUSINESS_DATE, Bank, scratch_database, settle

_BATCH = 5_000
_TIERS = ((0, 100_000, "2"), (100_000, 10_000_000, "3.25"), (10_000_000, None, "4.5"))
# The bare statement has the same keys; it rounds each day, which is less work than exactness.
_BARE = (
    "INSERT INTO bare_accrual (asset_id, condition_id, day, amount) "
    "SELECT s.asset_id, t.condition_id, s.day, s.value_minor * t.rate / 36500000 "
    "FROM balance_snapshot s "
    "JOIN bare_tier t ON s.value_minor > t.low AND s.value_minor <= t.high WHERE s.day = :day"
)


def measure(url: str, *, accounts: int, rounds: int) -> Iterator[Ratio]:
    """Accrued days a second, beside the bare statement: 1 / 1.5 is asked for."""
    with scratch_database(url, assets=4) as bank:
        _multiply(accounts)
        _follow(bank)
        with database.reading() as session:
            chunks = chunks_of_assets(session, bank.organisation_id)
        until = BUSINESS_DATE.replace(day=BUSINESS_DATE.day + 1)
        for chunk in chunks:
            perform(SnapshotBalances(BUSINESS_DATE, until, *chunk), bank.actor)
        _prepare_bare()
        settle(bank.url)
        yield interleaved(
            f"interest of {accounts:,} accounts, beside one statement",
            lambda: _rate(accounts, _run_bare, "bare_accrual"),
            lambda: _rate(accounts, lambda: _accrue(bank, chunks), "interest_accrual"),
            rounds=rounds,
            wanted="at least 0.67",
        )


def _rate(accounts: int, once: Callable[[], object], table: str) -> float:
    with database.engine.execution_options(writing=True).begin() as connection:
        emptied = delete(InterestAccrual) if table == "interest_accrual" else None
        connection.execute(text("DELETE FROM bare_accrual") if emptied is None else emptied)
    started = time.perf_counter()
    once()
    return accounts / (time.perf_counter() - started)


def _accrue(bank: Bank, chunks: list[tuple[int, int]]) -> None:
    for chunk in chunks:
        perform(AccrueDay(BUSINESS_DATE, *chunk), bank.actor)


def _run_bare() -> None:
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(text(_BARE), {"day": BUSINESS_DATE.isoformat()}
                           if not database.is_postgresql else {"day": BUSINESS_DATE})  # fmt: skip


def _multiply(accounts: int) -> None:
    """Copy one client's account and asset until there are so many, each with its own balance."""
    with database.engine.execution_options(writing=True).begin() as connection:
        asset = connection.execute(select(Asset.__table__).where(Asset.is_limited)).mappings()
        pattern = dict(asset.first() or {})
        query = select(Account.__table__).where(Account.id == pattern["account_id"])
        account = dict(connection.execute(query).mappings().one())
        first = 1_000_000
        for start in range(first, first + accounts, _BATCH):
            ids = range(start, min(start + _BATCH, first + accounts))
            connection.execute(insert(Account.__table__), [_copied(account, one) for one in ids])
            connection.execute(
                insert(Asset.__table__),
                [
                    _copied(pattern, one) | {"account_id": one, "balance_minor": one * 7919 % 10**8}
                    for one in ids
                ],
            )


def _copied(row: dict[str, Any], number: int) -> dict[str, Any]:
    own = {name: f"copy-{number}" for name in ("public_id", "uid", "number") if name in row}
    return row | own | {"id": number, "external_id": None}


def _follow(bank: Bank) -> None:
    products = {
        column: perform(CreateProduct(kind, column, submit=True), bank.actor)
        for column, kind in (
            ("expense_product_id", "expense"),
            ("liability_product_id", "liability"),
        )
    }
    tiers = tuple(TierLine("C", Tier(low, high, Decimal(rate))) for low, high, rate in _TIERS)
    terms = Terms("Bench", BUSINESS_DATE, tiers=tiers, **products)
    condition_id = perform(CreateAccountCondition("BENCH", "KES", terms, submit=True), bank.actor)
    with database.reading() as session:
        product_id = session.scalars(select(Account.product_id).where(Account.holder == "client"))
        chosen = product_id.first() or 0
    perform(LinkConditionProducts(condition_id, (chosen,)), bank.actor)


def _prepare_bare() -> None:
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE bare_tier (condition_id bigint, low bigint, high bigint, rate bigint)"
            )
        )
        connection.execute(
            text(
                "CREATE TABLE bare_accrual (id integer PRIMARY KEY"
                f"{' GENERATED ALWAYS AS IDENTITY' if database.is_postgresql else ''}, "
                "asset_id bigint REFERENCES asset (id), condition_id bigint "
                "REFERENCES account_condition (id), day date, amount bigint, "
                "UNIQUE (asset_id, day))"
            )
        )
        for low, high, rate in _TIERS:
            values = {"low": low, "high": high or 2**62, "rate": int(Decimal(rate) * 1_000)}
            connection.execute(
                text("INSERT INTO bare_tier SELECT id, :low, :high, :rate FROM account_condition"),
                values,
            )
