"""Collateral and valuations in use, and what all of a facility's come to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.collateral.models import Collateral, CollateralValuation
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.credit.facility import Facility
from app.currencies.queries import find_rate
from app.kernel.errors import Missing
from app.reference.codes import CollateralType


@dataclass(frozen=True, slots=True)
class Total:
    """What collateral comes to, in minor units of a currency; `unrated` could not be converted.

    `expired` counts what has ended and secures nothing any more.
    """

    market_minor: int
    forced_minor: int
    unrated: tuple[str, ...]
    expired: int


def collateral_of(session: Session, facility: Facility) -> Sequence[Row[Any]]:
    """Return a facility's collateral in use with the names of the types, oldest first."""
    query = (
        select(Collateral, CollateralType.name.label("type"))
        .join(CollateralType, CollateralType.id == Collateral.collateral_type_id)
        .where(
            Collateral.organisation_id == facility.organisation_id,
            Collateral.facility_id == facility.id,
            Collateral.retired_at.is_(None),
        )
        .order_by(Collateral.id)
    )
    return session.execute(query).all()


def lasts(one: Any, on: date) -> ColumnElement[bool]:
    """Return what is true of collateral in use that has not ended by a day."""
    return and_(one.retired_at.is_(None), or_(one.expires_on.is_(None), one.expires_on >= on))


def pledged_elsewhere(
    session: Session, actor: Actor, facility: Facility, on: date
) -> dict[int, list[Row[Any]]]:
    """Return, by collateral, the other facilities in sight that the same thing is pledged on.

    The same is what has the same type and, in capitals or not, the same reference.
    """
    other = aliased(Collateral)
    query = (
        select(Collateral.id.label("pledge"), Facility.id, Facility.reference, Facility.status)
        .join(
            other,
            (other.organisation_id == Collateral.organisation_id)
            & (other.collateral_type_id == Collateral.collateral_type_id)
            & (func.lower(other.reference) == func.lower(Collateral.reference))
            & (other.facility_id != Collateral.facility_id),
        )
        .join(Facility, Facility.id == other.facility_id)
        .where(
            *visible(actor, Facility),
            Collateral.facility_id == facility.id,
            Collateral.retired_at.is_(None),
            lasts(other, on),
        )
        .distinct()
        .order_by(Collateral.id, Facility.reference)
    )
    found = defaultdict(list)
    for row in session.execute(query):
        found[row.pledge].append(row)
    return found


def newest_first(collateral: Collateral) -> Select[CollateralValuation]:
    """Select the valuations of a collateral that are in use, the newest first (E29.12)."""
    return (
        select(CollateralValuation)
        .where(
            CollateralValuation.organisation_id == collateral.organisation_id,
            CollateralValuation.collateral_id == collateral.id,
            CollateralValuation.retired_at.is_(None),
        )
        .order_by(CollateralValuation.valued_on.desc(), CollateralValuation.id.desc())
    )


def total_of(session: Session, facility: Facility, rows: Sequence[Collateral], on: date) -> Total:
    """Return the sums in the facility's currency, by the mid rates of a day, rounded half up."""
    market, forced, unrated = Fraction(0), Fraction(0), set()
    lasting = [one for one in rows if one.expires_on is None or one.expires_on >= on]
    for one in lasting:
        factor = _factor(session, facility, one, on)
        if factor is None:
            unrated.add(one.value_currency)
            continue
        market += one.market_minor * factor
        forced += one.forced_minor * factor
    half = Fraction(1, 2)
    sums = int(market + half), int(forced + half)
    return Total(*sums, tuple(sorted(unrated)), len(rows) - len(lasting))


def find_collateral(session: Session, actor: Actor, collateral_id: int) -> Collateral:
    """Return a collateral in use of a facility in sight, or refuse with the 404 of a missing id."""
    query = (
        select(Collateral)
        .join(Facility, Facility.id == Collateral.facility_id)
        .where(
            *visible(actor, Facility),
            Collateral.id == collateral_id,
            Collateral.retired_at.is_(None),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def find_valuation(session: Session, actor: Actor, valuation_id: int) -> CollateralValuation:
    """Return a valuation in use, as `find_collateral` does."""
    query = (
        select(CollateralValuation)
        .join(Collateral, Collateral.id == CollateralValuation.collateral_id)
        .join(Facility, Facility.id == Collateral.facility_id)
        .where(
            *visible(actor, Facility),
            CollateralValuation.id == valuation_id,
            CollateralValuation.retired_at.is_(None),
            Collateral.retired_at.is_(None),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def _factor(session: Session, facility: Facility, one: Collateral, on: date) -> Fraction | None:
    """Return minor units of the facility's currency for one minor unit of the collateral's."""
    if one.value_currency == facility.currency:
        return Fraction(1)
    given = find_rate(session, facility.organisation_id, one.value_currency, on)
    wanted = find_rate(session, facility.organisation_id, facility.currency, on)
    if given is None or wanted is None:
        return None
    shift = Fraction(10) ** (facility.exponent - one.value_exponent)
    return Fraction(given.mid) / Fraction(wanted.mid) * shift
