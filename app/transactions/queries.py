"""The rows of the list of transactions, and the clauses its filters are made of."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.models import User
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import kept_by_scope, visible
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.db.parts import among
from app.funding.models import FundingSource
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.kinds import COMPOSED, TRANSFERS
from app.ledger.models import Asset, Entry, Transaction, TransactionAsset
from app.ledger.moved import OPPOSITE, Places, net_column
from app.ledger.places import on_a_side
from app.organisation.models import Branch, Desk, Project
from app.reference.models import AccountType, TransactionStatus, TransactionSubType

Counter = aliased(Asset)
POSTED = frozenset({"Completed", "Reversed"})
_LONGEST_ID = 18
# All debits in base currency; of what is not posted yet, `lines` tell it.
_TOTAL = (
    select(func.sum(Entry.base_minor))
    .where(Entry.transaction_id == Transaction.id, Entry.side == "D")
    .correlate(Transaction)
    .scalar_subquery()
)


def told_amount(session: Session, one: Transaction) -> Money:
    """Return the amount that a transaction is told by where it is decided.

    Of lines of any number it is all that they debit, in base currency: the header has one line's.
    """
    header = Money(one.amount_minor, one.currency, one.exponent)
    if one.judged_kind() not in COMPOSED:
        return header
    booked = select(func.sum(Entry.base_minor)).where(
        Entry.transaction_id == one.id, Entry.side == "D"
    )
    total_minor = one.review_amount() if one.lines else int(session.scalar(booked) or 0)
    if total_minor == one.base_minor:
        return header
    tenant = session.get_one(Organisation, one.organisation_id)
    return Money(total_minor, tenant.base_currency, tenant.base_exponent)


def listed(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of the transactions that lists show: in sight, and not deleted."""
    return (*visible(actor, Transaction), Transaction.retired_at.is_(None))


@kept_by_scope
def transaction_select(actor: Actor) -> Select[Any]:
    """Select what the list shows. Every join is an outer one by primary key.

    So the database walks the transactions in order and looks up what stands beside the fifty it
    needs, and leaves the joins out where it only counts.
    """
    return (
        select(
            *(getattr(Transaction, name) for name in _OWN),
            Project.name.label("project"),
            AccountType.name.label("account_type"),
            Asset.uid.label("asset"),
            Asset.public_id.label("asset_public_id"),
            Counter.uid.label("counter"),
            FundingSource.bank_name.label("funding"),
            FundingSource.last4.label("last4"),
            Account.uid.label("account"),
            Account.public_id.label("account_public_id"),
            Account.number.label("account_number"),
            Client.name.label("client"),
            (User.first_name + " " + User.last_name).label("manager"),
            Desk.name.label("desk"),
            Branch.name.label("branch"),
            TransactionStatus.name.label("status"),
            TransactionStatus.colour.label("colour"),
            TransactionSubType.name.label("sub_type"),
            _TOTAL.label("total_minor"),
            Organisation.base_currency,
            Organisation.base_exponent,
        )
        .outerjoin(Organisation, Organisation.id == Transaction.organisation_id)
        .outerjoin(Project, Project.id == Transaction.project_id)
        .outerjoin(AccountType, AccountType.id == Transaction.account_type_id)
        .outerjoin(Asset, Asset.id == Transaction.asset_id)
        .outerjoin(Counter, Counter.id == Transaction.counter_asset_id)
        .outerjoin(FundingSource, FundingSource.id == Transaction.funding_source_id)
        .outerjoin(Account, Account.id == Transaction.account_id)
        .outerjoin(Client, Client.id == Transaction.client_id)
        .outerjoin(User, User.id == Transaction.manager_id)
        .outerjoin(Desk, Desk.id == Transaction.desk_id)
        .outerjoin(Branch, Branch.id == Transaction.branch_id)
        .outerjoin(TransactionStatus, TransactionStatus.id == Transaction.status_id)
        .outerjoin(TransactionSubType, TransactionSubType.id == Transaction.sub_type_id)
        .where(*listed(actor))
    )


_OWN = (
    "id", "public_id", "uid", "reference", "kind", "direction", "processing", "project_id",
    "account_id", "asset_id", "counter_asset_id", "client_id", "amount_minor", "currency",
    "exponent", "posting_date", "value_date", "created_at", "source_email", "source", "beneficiary",
    "description", "external_id", "operator_name", "record_status", "maker_id", "version",
    "provider", "funding_source_id",
    "settled_minor", "settled_currency", "settled_exponent",
    "lines", "base_minor",
)  # fmt: skip


def of_asset(value: str) -> ColumnElement[bool]:
    """Match the transactions of an asset, by UUID, code or id, those of many lines as well."""
    asset_id = _key(value) or select(Asset.id).where(_is_asset(value)).scalar_subquery()
    many = select(TransactionAsset.transaction_id).where(TransactionAsset.asset_id == asset_id)
    return or_(on_a_side(asset_id), among(Transaction.id, many))


def of_account(value: str, organisation_id: int) -> ColumnElement[bool]:
    """Match the transactions of all assets of an account, by UUID, number, code or id."""
    account = _account_named(value, organisation_id)
    assets = select(Asset.id).where(Asset.account_id == account)
    other = and_(among(Transaction.counter_asset_id, assets), Transaction.kind.not_in(TRANSFERS))
    many = select(TransactionAsset.transaction_id).where(TransactionAsset.asset_id.in_(assets))
    own = among(Transaction.asset_id, assets)
    return or_(own, other, among(Transaction.id, many))


def whose_side(*, asset: str, account: str, organisation_id: int) -> ColumnElement[bool] | None:
    """Match the assets one looks at: the one named, else those of the account; None without."""
    if asset:
        key = _key(asset)
        named = Asset.id == key if key else _is_asset(asset)
        return and_(Asset.organisation_id == organisation_id, named)
    if account:
        return Asset.account_id == _account_named(account, organisation_id)
    return None


def of_direction(value: str, seen: Places) -> ColumnElement[bool]:
    """Match In or Out as the assets one looks at see it, which is by their lines if by no header.

    What has no direction of its own and waits is neither yet.
    """
    own = Transaction.direction == value
    if not seen:
        return own
    on_own_side = Transaction.asset_id.in_(seen)
    natural = next(iter(seen.values())).natural * (1 if value == "in" else -1)
    net = net_column(seen) * natural
    other = and_(net.is_(None), Transaction.direction == OPPOSITE[value])
    by_lines = or_(~on_own_side, Transaction.direction == "both")
    return or_(and_(on_own_side, own), and_(by_lines, or_(net > 0, and_(~on_own_side, other))))


def of_owner(value: str) -> ColumnElement[bool]:
    """Match clients by number, or by a part of name or email (W09.40, W09.44)."""
    owners = select(Client.id).where(
        or_(
            Client.number == value,
            Client.name.icontains(value, autoescape=True),
            Client.email.icontains(value, autoescape=True),
        )
    )
    return among(Transaction.client_id, owners)


def of_invoice(value: str) -> ColumnElement[bool]:
    """Match the payments of an invoice by its id (W13.26); what is no id matches nothing."""
    is_id = value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID
    number = int(value) if is_id else 0
    return and_(Transaction.context_kind == "invoice", Transaction.context_id == number)


def of_status(ids: list[int], labels: list[str]) -> ColumnElement[bool]:
    """Match the projects' own statuses by their ids; the house's own by processing."""
    own = func.lower(Transaction.processing).in_(labels)
    return or_(Transaction.status_id.in_(ids), and_(Transaction.status_id.is_(None), own))


def of_record_status(values: list[str]) -> ColumnElement[bool]:
    """Match where a record stands in approval; of what is not authorised nothing is posted."""
    return _unposted(Transaction.record_status, values, posted=frozenset({AUTHORIZED}))


def of_processing(values: list[str]) -> ColumnElement[bool]:
    """Match where transactions stand."""
    return _unposted(Transaction.processing, values, posted=POSTED)


def _unposted(column: Any, values: list[str], *, posted: frozenset[str]) -> ColumnElement[bool]:
    """Match values, and say so where none is of what is posted: the rest is few, and indexed."""
    matched: ColumnElement[bool] = column.in_(values)
    return matched if posted & set(values) else and_(matched, Transaction.posted_at.is_(None))


def _is_asset(value: str) -> ColumnElement[bool]:
    return or_(Asset.public_id == value, Asset.uid == value)


def _account_named(value: str, organisation_id: int) -> Any:
    """Look an account up in its organisation: numbers are counted in each of them."""
    query = select(Account.id).where(Account.organisation_id == organisation_id)
    return query.where(_is_account(value)).order_by(Account.id).limit(1).scalar_subquery()


def _is_account(value: str) -> ColumnElement[bool]:
    return or_(
        Account.public_id == value,
        Account.uid == value,
        Account.number == value,
        Account.id == (_key(value) or 0),
    )


def _key(value: str) -> int | None:
    plain = value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID
    return int(value) if plain else None
