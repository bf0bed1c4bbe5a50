"""What the import must know of the books it writes into: what is there already, and what lacks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from app.accounts.commands import ACCOUNT
from app.clients.models import Client
from app.controls.review import ReviewStep
from app.controls.tenant import Organisation
from app.imports.rows import TRANSACTIONS, TransactionRow, WrongRow
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction

# By this name an import acts; no person does.
IMPORTER = "Import"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an imported account's money is kept."""

    asset_id: int
    branch_id: int
    currency: str
    exponent: int
    is_imported: bool


def clients_by_external_id(
    session: Session, organisation_id: int, external_ids: Collection[str] | None = None
) -> dict[str, int]:
    """Return the ids of the organisation's clients by the other bank's ids; None asks for all."""
    query = select(Client.external_id, Client.id).where(Client.organisation_id == organisation_id)
    if external_ids is None:
        query = query.where(Client.external_id.is_not(None))
    else:
        query = query.where(Client.external_id.in_(external_ids))
    return {row.external_id: row.id for row in session.execute(query)}


def account_currencies(
    session: Session, organisation_id: int, external_ids: Collection[str] | None = None
) -> dict[str, str]:
    """Return the currencies of accounts by the other bank's ids; None asks for all."""
    query = select(Account.external_id, Account.currency).where(
        Account.organisation_id == organisation_id
    )
    if external_ids is None:
        query = query.where(Account.external_id.is_not(None))
    else:
        query = query.where(Account.external_id.in_(external_ids))
    return {row.external_id: row.currency for row in session.execute(query)}


def places(
    session: Session, organisation_id: int, external_ids: Collection[str]
) -> dict[tuple[str, str], Place]:
    """Return the assets of accounts, by the account's external id and the asset's currency.

    An account is imported where an import opened it.
    """
    query = (
        select(
            Account.external_id,
            Asset.id,
            Account.branch_id,
            Asset.currency,
            Asset.exponent,
            _was_imported().label("is_imported"),
        )
        .join(Asset, Asset.account_id == Account.id)
        .where(Account.organisation_id == organisation_id, Account.external_id.in_(external_ids))
    )
    return {(row[0], row.currency): Place(*row[1:]) for row in session.execute(query)}


def not_booked(
    session: Session, organisation_id: int, rows: Sequence[TransactionRow]
) -> list[TransactionRow]:
    """Return the rows that are not in the books; refuses one that stands there otherwise."""
    query = (
        select(
            Transaction.external_id,
            Account.external_id,
            Transaction.currency,
            Transaction.direction,
            Transaction.amount_minor,
            Transaction.value_date,
        )
        .join(Account, Account.id == Transaction.account_id)
        .where(
            Transaction.organisation_id == organisation_id,
            Transaction.external_id.in_([row.reference for row in rows]),
        )
    )
    booked = {found[0]: tuple(found[1:]) for found in session.execute(query)}
    for row in rows:
        content = (row.account, row.currency, row.direction, row.amount_minor, row.value_date)
        if booked.get(row.reference, content) != content:
            reason = f"{row.reference} is in the books already, with another content"
            raise WrongRow(TRANSACTIONS, row.line, reason)
    return [row for row in rows if row.reference not in booked]


def has_books_of_its_own(session: Session, organisation: Organisation) -> bool:
    """Tell whether anybody but imports has booked in the organisation, or begun to close a day."""
    query = select(Transaction.id).where(
        Transaction.organisation_id == organisation.id, _is_of_others()
    )
    return organisation.closed_through is not None or session.scalar(query.limit(1)) is not None


def left_to_imports(session: Session, organisation_id: int, asset_ids: Collection[int]) -> set[int]:
    """Return those of the assets whose account an import opened and only imports have booked on."""
    booked = exists().where(
        Entry.asset_id == Asset.id, Transaction.id == Entry.transaction_id, _is_of_others()
    )
    query = select(Asset.id).where(
        Asset.organisation_id == organisation_id, Asset.id.in_(asset_ids), _was_imported(), ~booked
    )
    return set(session.scalars(query))


def _was_imported() -> ColumnElement[bool]:
    return exists().where(
        ReviewStep.organisation_id == Asset.organisation_id,
        ReviewStep.kind == ACCOUNT.key,
        ReviewStep.record_id == Asset.account_id,
        ReviewStep.act == "created",
        ReviewStep.user_id.is_(None),
        ReviewStep.user_name == IMPORTER,
    )


def _is_of_others() -> ColumnElement[bool]:
    return or_(Transaction.maker_id.is_not(None), Transaction.operator_name != IMPORTER)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an account's balance is from the other bank's own figure, in minor units."""

    account: str
    currency: str
    exponent: int
    balance_minor: int
    source_minor: int

    @property
    def size_minor(self) -> int:
        """The distance, without a sign."""
        return abs(self.balance_minor - self.source_minor)

    def told(self, minor: int) -> str:
        """Write an amount in the account's own currency."""
        return str(Money(minor, self.currency, self.exponent))


def differences(
    session: Session, organisation_id: int, rows: Iterable[TransactionRow]
) -> list[Difference]:
    """Compare each account's balance with the source balance of its last row."""
    last = {
        (row.account, row.currency): row.source_balance_minor
        for row in rows
        if row.source_balance_minor is not None
    }
    query = (
        select(Account.external_id, Asset.currency, Asset.exponent, Asset.balance_minor)
        .join(Asset, Asset.account_id == Account.id)
        .where(Account.organisation_id == organisation_id, Account.external_id.is_not(None))
    )
    found = {(row[0], row.currency): row for row in session.execute(query)}
    return [
        Difference(*key, found[key].exponent, found[key].balance_minor, source)
        for key, source in last.items()
        if key in found
    ]


def stated_overdrafts(session: Session, organisation_id: int) -> dict[str, tuple[int, int, str]]:
    """Return (minor units, exponent, currency) of the overdrafts of imported accounts."""
    query = (
        select(Account.external_id, Asset.overdraft_minor, Asset.exponent, Asset.currency)
        .join(Asset, Asset.account_id == Account.id)
        .where(
            Account.organisation_id == organisation_id,
            Account.external_id.is_not(None),
            Asset.overdraft_minor > 0,
        )
        .order_by(Asset.id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(query)}
