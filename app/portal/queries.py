"""What clients see of their own money: balances, movements and what is on hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import find, visible
from app.interest.queries import Accrued, accrued_of
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Hold, Transaction
from app.schedules.models import ForwardDated, ForwardReservation
from app.schedules.words import LIVE
from app.statements.figures import movement_text, stated_entries
from app.statements.sight import statable

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account with the assets its client sees, and what they accrued that is not posted.

    Deactivated ones are not among them (W08.11).
    """

    account: Account
    assets: Sequence[Asset]
    accrued: dict[int, Accrued]


@dataclass(frozen=True, slots=True)
class OwnMovement:
    """An entry of the client's asset: what happened, how much, and the balance after it."""

    row: Row[Any]
    text: str

    @property
    def is_in(self) -> bool:
        """Whether money came in."""
        return bool(self.row.side == "C")


@dataclass(frozen=True, slots=True)
class MovementPage:
    """Up to 50 movements, newest first, and the sequences where the pages beside it begin."""

    movements: Sequence[OwnMovement]
    older_than: int | None
    newer_than: int | None


def own_accounts(session: Session, actor: Actor) -> list[OwnAccount]:
    """Return the client's accounts, each with its active assets; one without any is left out."""
    query = (
        select(Account, Asset)
        .join(Asset, Asset.account_id == Account.id)
        .where(*visible(actor, Account), *visible(actor, Asset))
        .order_by(Account.number, Asset.id)
    )
    grouped: dict[Account, list[Asset]] = {}
    for account, asset in session.execute(query):
        grouped.setdefault(account, []).append(asset)
    ids = [asset.id for assets in grouped.values() for asset in assets]
    accrued = accrued_of(session, actor.tenant_id, ids)
    return [OwnAccount(account, assets, accrued) for account, assets in grouped.items()]


def stated_assets(session: Session, actor: Actor) -> Sequence[Row[Any]]:
    """Return account and asset of all that the client may have a statement of, closed ones last."""
    query = (
        statable(actor)
        .join(Account, Account.id == Asset.account_id)
        .with_only_columns(Account, Asset)
        .order_by(Account.closed_on.is_not(None), Account.number, Asset.id)
    )
    return session.execute(query).all()


def own_asset(session: Session, actor: Actor, asset_id: int) -> tuple[Account, Asset]:
    """Return an asset with its account; another client's is the 404 of a missing id."""
    asset = find(session, actor, Asset, asset_id)
    return find(session, actor, Account, asset.account_id), asset


def movements_of(
    session: Session, asset: Asset, *, older_than: int | None = None, newer_than: int | None = None
) -> MovementPage:
    """Return one page of the asset's movements, by their sequence, at the same cost however far."""
    query = (
        stated_entries()
        .add_columns(Entry.sequence, Entry.balance_after_minor)
        .where(Entry.organisation_id == asset.organisation_id, Entry.asset_id == asset.id)
    )
    backwards = older_than is None and newer_than is not None
    if older_than is not None:
        query = query.where(Entry.sequence < older_than)
    elif newer_than is not None:
        query = query.where(Entry.sequence > newer_than)
    order = Entry.sequence.asc() if backwards else Entry.sequence.desc()
    rows = session.execute(query.order_by(order).limit(PAGE_ROWS + 1)).all()
    has_more, rows = len(rows) > PAGE_ROWS, rows[:PAGE_ROWS]
    if backwards:
        rows = rows[::-1]
    has_older = backwards or has_more
    has_newer = has_more if backwards else older_than is not None
    return MovementPage(
        [OwnMovement(row, movement_text(row)) for row in rows],
        older_than=rows[-1].sequence if rows and has_older else None,
        newer_than=rows[0].sequence if rows and has_newer else None,
    )


def holds_on(session: Session, asset: Asset) -> Sequence[Row[Any]]:
    """Return what is reserved on the asset, newest first: reference, kind, beneficiary, amount."""
    query = (
        select(
            Hold.id,
            Hold.amount_minor,
            Transaction.reference,
            Transaction.kind,
            Transaction.beneficiary,
            Transaction.posting_date,
            ForwardDated.reference.label("planned"),
            ForwardDated.execution_on,
            ForwardDated.lines,
        )
        .outerjoin(Transaction, Transaction.id == Hold.transaction_id)
        .outerjoin(ForwardReservation, ForwardReservation.hold_id == Hold.id)
        .outerjoin(ForwardDated, ForwardDated.id == ForwardReservation.forward_dated_id)
        .where(
            Hold.organisation_id == asset.organisation_id,
            Hold.asset_id == asset.id,
            Hold.state == "active",
        )
        .order_by(Hold.id.desc())
        .limit(PAGE_ROWS)
    )
    return session.execute(query).all()


def upcoming_payments(session: Session, actor: Actor) -> Sequence[Row[Any]]:
    """Return what will be paid from the client's accounts on a later day, the next one first."""
    query = (
        select(
            ForwardDated.reference,
            ForwardDated.execution_on,
            ForwardDated.lines,
            ForwardReservation.asset_id,
            ForwardReservation.amount_minor,
            Asset.currency,
            Asset.exponent,
        )
        .join(ForwardReservation, ForwardReservation.forward_dated_id == ForwardDated.id)
        .join(Asset, Asset.id == ForwardReservation.asset_id)
        .where(*visible(actor, Asset), ForwardDated.status.in_(LIVE))
        .order_by(ForwardDated.execution_on, ForwardDated.id)
        .limit(PAGE_ROWS)
    )
    return session.execute(query).all()
