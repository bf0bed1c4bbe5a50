"""A facility's accounts, what they may come to together, and the accounts it may be linked to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.allocations.drawing import BASIS_POINTS
from app.allocations.models import FacilityAccount
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.credit.facility import ACTIVE, AUTOMATIC, EXPIRED, Facility
from app.credit.models import EligibleProduct, FacilityClass
from app.interest.snapshots import lapses
from app.ledger.accounts import Account
from app.ledger.models import Asset


@dataclass(frozen=True, slots=True)
class Capacity:
    """The capacity strip, in minor units of the facility's currency (E30.02-03)."""

    advised_minor: int
    allocated_minor: int
    outstanding_minor: int

    @property
    def remaining_minor(self) -> int:
        """Advised less allocated; below zero is over the limit (E30.04)."""
        return self.advised_minor - self.allocated_minor


def links_of(session: Session, facility: Facility) -> Sequence[Row[Any]]:
    """Return a facility's links in use, each with its account, in the order they were made."""
    query = (
        select(
            FacilityAccount,
            Account.number,
            Account.name,
            Account.record_status,
            Account.is_active,
        )
        .join(Account, Account.id == FacilityAccount.account_id)
        .where(
            FacilityAccount.organisation_id == facility.organisation_id,
            FacilityAccount.facility_id == facility.id,
            FacilityAccount.released_at.is_(None),
        )
        .order_by(FacilityAccount.id)
    )
    return session.execute(query).all()


def shared(session: Session, facility: Facility, *, besides: int = 0) -> int:
    """Return what a facility's links in use come to, one of them left out, in minor units."""
    query = select(func.coalesce(func.sum(FacilityAccount.allocation_minor), 0)).where(
        FacilityAccount.organisation_id == facility.organisation_id,
        FacilityAccount.facility_id == facility.id,
        FacilityAccount.released_at.is_(None),
        FacilityAccount.id != besides,
    )
    return int(session.scalar(query) or 0)


def spent_of(session: Session, facility: Facility) -> int:
    """Return what accounts that are linked no more drew of a term facility, in minor units."""
    facility_class = session.get_one(FacilityClass, facility.facility_class_id)
    if facility.is_revolving_under(class_is_revolving=facility_class.is_revolving):
        return 0
    query = select(func.coalesce(func.sum(FacilityAccount.drawn_minor), 0)).where(
        FacilityAccount.organisation_id == facility.organisation_id,
        FacilityAccount.facility_id == facility.id,
        FacilityAccount.released_at.is_not(None),
    )
    return int(session.scalar(query) or 0)


@lapses
def no_longer_granted(organisation_id: int, day: date) -> Select[tuple[int, int]]:
    """Select what is drawn beyond what its facility grants on a day: it ended, or grants less."""
    lasts = Facility.expires_on >= day
    is_open = or_(
        and_(
            Facility.status == ACTIVE,
            Facility.is_available,
            or_(lasts, Facility.expiry_mode != AUTOMATIC),
        ),
        and_(Facility.status == EXPIRED, lasts),
    )
    points = FacilityClass.availability_basis_points
    granted = case((is_open, FacilityAccount.allocation_minor * points // BASIS_POINTS), else_=0)
    return (
        select(FacilityAccount.asset_id, (FacilityAccount.permitted_minor - granted).label("minor"))
        .join(Facility, Facility.id == FacilityAccount.facility_id)
        .join(FacilityClass, FacilityClass.id == Facility.facility_class_id)
        .where(
            FacilityAccount.organisation_id == organisation_id,
            FacilityAccount.released_at.is_(None),
            FacilityAccount.permitted_minor > granted,
        )
    )


def capacity_of(facility: Facility, links: Sequence[FacilityAccount]) -> Capacity:
    """Return what a facility's links come to."""
    return Capacity(
        advised_minor=facility.advised_minor,
        allocated_minor=sum(link.allocation_minor for link in links),
        outstanding_minor=sum(link.outstanding_minor for link in links),
    )


def eligible_products(session: Session, facility: Facility) -> set[int]:
    """Return the products whose accounts its class lets draw; none where all may."""
    query = select(EligibleProduct.product_id).where(
        EligibleProduct.organisation_id == facility.organisation_id,
        EligibleProduct.facility_class_id == facility.facility_class_id,
    )
    return set(session.scalars(query))


def account_choices(session: Session, actor: Actor, facility: Facility) -> list[tuple[int, str]]:
    """Return the customer's accounts that may be linked: authorized, active, of a fitting product.

    Each has an asset in the facility's currency, which draws under no facility yet.
    """
    eligible = eligible_products(session, facility)
    drawing = select(FacilityAccount.asset_id).where(
        FacilityAccount.organisation_id == facility.organisation_id,
        FacilityAccount.released_at.is_(None),
    )
    query = (
        select(Account.id, Account.number, Account.name)
        .join(Asset, Asset.account_id == Account.id)
        .where(
            *visible(actor, Account),
            Account.client_id == facility.client_id,
            Account.record_status == AUTHORIZED,
            Account.is_active,
            Asset.currency == facility.currency,
            Asset.id.not_in(drawing),
            *((Account.product_id.in_(eligible),) if eligible else ()),
        )
        .order_by(Account.number)
    )
    return [(row.id, f"{row.number} · {row.name}") for row in session.execute(query)]
