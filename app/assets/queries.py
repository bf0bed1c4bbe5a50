"""The rows of the list of assets with their balances, and the clauses its filters are made of."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from app.banks.models import Bank
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import kept_by_scope, visible
from app.db.parts import among
from app.kernel.errors import Missing
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset, Hold, Movement, Transaction, TransactionAsset
from app.ledger.moved import NATURAL, Moved, moved, moved_columns, places_seen
from app.ledger.places import on_a_side
from app.organisation.models import Project
from app.platforms.models import Platform

_LARGEST = 2**63 - 1
_EXPONENTS = range(9)
_LONGEST_ID = 18
RECENT = 5

_unrolled = (
    select(cast(func.coalesce(func.sum(Movement.amount_minor), 0), BigInteger))
    .where(Movement.asset_id == Asset.id)
    .correlate(Asset)
    .scalar_subquery()
)
# Movements of an asset without a limit wait to be rolled up; until then they are added here.
BOOKED = Asset.balance_minor + case((Asset.is_limited, 0), else_=_unrolled)
LEDGER = BOOKED * NATURAL
# What an asset's platform told stands for what is kept here: that balance lives there (W08.45).
AVAILABLE = case(
    (and_(Asset.platform_id.is_not(None), Asset.platform_minor.is_not(None)), Asset.platform_minor),
    else_=LEDGER - Asset.held_minor + Asset.overdraft_minor,
)
VIRTUAL = LEDGER + Asset.pending_in_minor - Asset.pending_out_minor
_touched = or_(
    Asset.sequence > 0,
    exists().where(Transaction.asset_id == Asset.id),
    exists().where(Transaction.counter_asset_id == Asset.id),
)
_OWN = (
    "id", "public_id", "uid", "currency", "exponent", "kind", "is_active", "is_limited",
    "bonus_minor", "held_minor", "overdraft_minor", "pending_in_minor", "pending_out_minor",
    "deposited_minor", "withdrawn_minor", "address", "bank_id", "iban", "platform_id",
    "external_id", "external_balance_id", "platform_minor", "platform_read_at", "created_at",
    "updated_at", "version", "client_id", "project_id",
)  # fmt: skip


def asset_select(actor: Actor) -> Select[Any]:
    """Select what the list shows; every join is an outer one by primary key."""
    return (
        select(
            *(getattr(Asset, name) for name in _OWN),
            LEDGER.label("ledger_minor"),
            AVAILABLE.label("available_minor"),
            VIRTUAL.label("virtual_minor"),
            Account.id.label("account_id"),
            Account.public_id.label("account_public_id"),
            Account.number.label("account_number"),
            Account.name.label("account_name"),
            Account.record_status.label("account_status"),
            Account.is_active.label("account_is_active"),
            Account.closed_on.label("account_closed_on"),
            Account.holder.label("holder"),
            Client.kind.label("owner_kind"),
            Client.name.label("owner"),
            Platform.name.label("platform"),
            Bank.name.label("bank"),
            Client.email.label("email"),
            Project.name.label("project"),
        )
        .select_from(Asset)
        .outerjoin(Account, Account.id == Asset.account_id)
        .outerjoin(Product, Product.id == Account.product_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .outerjoin(Project, Project.id == Asset.project_id)
        .outerjoin(Platform, Platform.id == Asset.platform_id)
        .outerjoin(Bank, and_(Bank.id == Asset.bank_id, Bank.retired_at.is_(None)))
        .where(*visible(actor, Asset))
    )


@kept_by_scope
def asset_list_select(actor: Actor) -> Select[Any]:
    """Select the list's rows, each with whether it has transactions (W08.09)."""
    return asset_select(actor).add_columns(_touched.label("has_transactions"))


def asset_row(session: Session, actor: Actor, asset_id: int) -> Any:
    """Return one asset as the list tells it, or refuse with the 404 of a missing id."""
    row = session.execute(asset_select(actor).where(Asset.id == asset_id)).one_or_none()
    if row is None:
        raise Missing
    return row


def assets_of_account(session: Session, actor: Actor, account_id: int) -> list[Any]:
    """Return the assets of an account, its own currency first."""
    query = asset_select(actor).where(Asset.account_id == account_id)
    own_first = case((Asset.currency == Account.currency, 0), else_=1)
    return list(session.execute(query.order_by(own_first, Asset.id)))


def assets_of_client(session: Session, actor: Actor, client_id: int) -> list[Any]:
    """Return the active assets of a client by currency, in all of their accounts."""
    query = asset_select(actor).where(Asset.client_id == client_id, Asset.is_active)
    return list(session.execute(query.order_by(Asset.currency, Asset.id)))


def recent_transactions(
    session: Session, actor: Actor, asset_id: int, *, most: int = RECENT
) -> list[tuple[Transaction, Moved]]:
    """Return the newest transactions of an asset, each with what it moved there (W08.09).

    Those whose header names other assets are found by their lines (V03.07).
    """
    many = select(TransactionAsset.transaction_id).where(TransactionAsset.asset_id == asset_id)
    query = (
        select(Transaction, *moved_columns((asset_id,)))
        .where(*visible(actor, Transaction), Transaction.retired_at.is_(None))
        .where(or_(on_a_side(asset_id), among(Transaction.id, many)))
        .order_by(Transaction.id.desc())
        .limit(most)
    )
    seen = places_seen(session, Asset.id == asset_id)
    return [(row.Transaction, moved(row.Transaction, row, seen)) for row in session.execute(query)]


def is_touched(session: Session, asset_id: int) -> bool:
    """Tell whether an asset has transactions, in sight or not."""
    return bool(session.scalar(select(_touched).where(Asset.id == asset_id)))


def active_holds(session: Session, asset_id: int) -> list[tuple[Hold, str]]:
    """Return what is held on an asset, with the reference of its transaction."""
    query = (
        select(Hold, Transaction.reference)
        .outerjoin(Transaction, Transaction.id == Hold.transaction_id)
        .where(Hold.asset_id == asset_id, Hold.state == "active")
        .order_by(Hold.id)
    )
    return [(row.Hold, row.reference or "") for row in session.execute(query)]


def within_amounts(
    column: Any, exponents: Any = Asset.exponent
) -> Callable[[Any], ColumnElement[bool]]:
    """Return a clause for a pair of decimals over minor units, exact in every currency."""

    def clause(pair: tuple[Decimal | None, Decimal | None]) -> ColumnElement[bool]:
        low, high = pair
        return or_(
            *(
                and_(
                    exponents == exponent,
                    column >= _minor(low, exponent, ROUND_CEILING) if low is not None else true(),
                    column <= _minor(high, exponent, ROUND_FLOOR) if high is not None else true(),
                )
                for exponent in _EXPONENTS
            )
        )

    return clause


def of_kinds(values: list[str]) -> ColumnElement[bool]:
    """Match fiat, crypto or custom assets; "bonus" those that hold a bonus (W08.22)."""
    clauses: list[ColumnElement[bool]] = [Asset.kind.in_(values)]
    if "bonus" in values:
        clauses.append(Asset.bonus_minor != 0)
    return or_(*clauses)


def of_state(value: str) -> ColumnElement[bool]:
    """Match active, disabled or zero-balance assets (W08.28)."""
    if value == "zero":
        return and_(BOOKED == 0, Asset.bonus_minor == 0, Asset.held_minor == 0)
    return Asset.is_active if value == "active" else ~Asset.is_active


def owned_by(client_id: Any) -> Callable[[str], ColumnElement[bool]]:
    """Return a clause for owners typed with commas between: parts of names or emails, or ids."""

    def clause(typed: str) -> ColumnElement[bool]:
        owners = [one.strip() for one in typed.split(",") if one.strip()]
        found = select(Client.id).where(or_(*(_is_owner(one) for one in owners)))
        matched: ColumnElement[bool] = client_id.in_(found)
        return matched if owners else true()

    return clause


def _is_owner(typed: str) -> ColumnElement[bool]:
    if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_ID:
        # A customer's page leads here by their id; as a part of an address it would match many.
        return Client.id == int(typed)
    return or_(
        Client.name.icontains(typed, autoescape=True),
        Client.email.icontains(typed, autoescape=True),
        Client.number == typed,
    )


def _minor(amount: Decimal, exponent: int, rounding: str) -> int:
    minor = int(amount.scaleb(exponent).to_integral_value(rounding))
    return max(-_LARGEST, min(minor, _LARGEST))
