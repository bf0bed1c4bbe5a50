"""What others ask of the fees: authorized codes, groups in sight, the price of a movement."""

from collections.abc import Sequence

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import scoped
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.fees.models import CompanyFee, TransactionCode
from app.fees.prices import prices_of
from app.fees.pricing import Quote, price
from app.fees.rules import Asked, PriceList
from app.ledger.models import Asset
from app.reference.fee_groups import FeeGroup
from app.reference.models import TransactionSubType


def usable_codes(
    session: Session, organisation_id: int, side: str | None = None
) -> Sequence[TransactionCode]:
    """Return the authorized codes by code; `side` debit or credit leaves the other's out (E17.05).

    A code that is a draft, waits, was rejected or deleted is in none of them.
    """
    query = select(TransactionCode).where(
        TransactionCode.organisation_id == organisation_id,
        TransactionCode.record_status == AUTHORIZED,
        TransactionCode.retired_at.is_(None),
    )
    if side is not None:
        query = query.where(TransactionCode.side.in_((side, "both")))
    return session.scalars(query.order_by(TransactionCode.code)).all()


def live_groups(session: Session, actor: Actor) -> Sequence[FeeGroup]:
    """Return the fee groups in the actor's scope, by name."""
    query = scoped(actor, FeeGroup).where(FeeGroup.retired_at.is_(None))
    return session.scalars(query.order_by(func.lower(FeeGroup.name), FeeGroup.id)).all()


def customers_without_group(session: Session, group: FeeGroup) -> int:
    """Return how many customers of the group's project have no group of their own."""
    query = select(func.count()).where(
        Client.organisation_id == group.organisation_id,
        Client.project_id == group.project_id,
        Client.fee_group_id.is_(None),
        Client.retired_at.is_(None),
    )
    return session.scalars(query).one()


def fees_of(
    session: Session, group: FeeGroup
) -> list[tuple[CompanyFee, TransactionSubType | None]]:
    """Return a group's fees in the order in which they were added, each with its type.

    Of a deleted group, all that it ever had.
    """
    query = (
        select(CompanyFee, TransactionSubType)
        .outerjoin(TransactionSubType, TransactionSubType.id == CompanyFee.sub_type_id)
        .where(
            CompanyFee.organisation_id == group.organisation_id,
            CompanyFee.group_id == group.id,
            CompanyFee.retired_at.is_(None) if group.retired_at is None else true(),
        )
        .order_by(CompanyFee.id)
    )
    return [(fee, sub_type) for fee, sub_type in session.execute(query)]


def current_prices(session: Session, organisation_id: int) -> PriceList:
    """Return the price list as it holds now, for those who read."""
    query = select(Organisation.configuration_version).where(Organisation.id == organisation_id)
    return prices_of(lambda: session, organisation_id, session.scalars(query).one())


def price_for_asset(
    session: Session,
    asset: Asset,
    *,
    kind: str,
    amount_minor: int,
    counter_currency: str = "",
    sub_type: str = "",
) -> Quote:
    """Return what a movement of an asset would cost now; nothing for the house's own (W04.22)."""
    if asset.project_id is None or asset.client_id is None:
        return Quote(amount_minor)
    group = select(Client.fee_group_id).where(Client.id == asset.client_id)
    asked = Asked(
        kind=kind,
        currency=asset.currency,
        exponent=asset.exponent,
        amount_minor=amount_minor,
        project_id=asset.project_id,
        group_id=session.scalar(group),
        counter_currency=counter_currency,
        sub_type=sub_type,
    )
    return price(current_prices(session, asset.organisation_id), asked)
