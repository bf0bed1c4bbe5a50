"""Collateral is added with its first valuation, described anew, valued again, and deleted.

What is deleted is retired: it stays for the log and for whoever asks what was pledged once.
"""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Select, func, select

from app.collateral.checks import (
    LONGEST_REFERENCE,
    LONGEST_REMARKS,
    Described,
    Judged,
    Worth,
    checked_description,
    checked_worth,
    demand_lasting,
    demand_method,
    demand_valuer,
)
from app.collateral.models import Collateral, CollateralValuation
from app.collateral.queries import find_collateral, find_valuation, lasts, newest_first
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.usage import used_by
from app.controls.work import Work
from app.credit.facility import Facility
from app.kernel.errors import Conflict, all_of
from app.reference.codes import CollateralType

PLEDGED = "{reference} is pledged on this facility already"
INITIAL = "Initial valuation"
NOT_ACTIVE = "Collateral is changed on an authorized, active facility"
ONLY_ONE = "A collateral keeps one valuation at least: add another first, or delete the collateral"


@dataclass(frozen=True, slots=True)
class AddCollateral:
    """Pledge something for a facility; its worth becomes the first valuation."""

    facility_id: int
    described: Described
    worth: Worth


@dataclass(frozen=True, slots=True)
class EditCollateral:
    """Describe a collateral anew; its values change by valuations alone (E28.19)."""

    collateral_id: int
    version: int
    described: Described


@dataclass(frozen=True, slots=True)
class DeleteCollateral:
    """Take a collateral off its facility, with its valuations."""

    collateral_id: int
    action: ClassVar[str] = "collateral.delete"


@dataclass(frozen=True, slots=True)
class AddValuation:
    """Value a collateral again."""

    collateral_id: int
    worth: Worth
    valuer: str
    method: str = ""
    reference: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class DeleteValuation:
    """Take back a valuation that was recorded in error."""

    valuation_id: int
    action: ClassVar[str] = "collateral-valuation.delete"


@handles(AddCollateral, permission="collateral.create")
def add_collateral(work: Work, command: AddCollateral) -> int:
    """Add it with its first valuation (E28.14); returns its id.

    Refused (409): a facility that is not active, what is pledged on it already; (422) what has
    expired, which would secure nothing.
    """
    facility = find(work.session, work.actor, Facility, command.facility_id)
    _demand_active(facility)
    worth, described = command.worth, command.described
    _, judged, columns, _ = all_of(
        lambda: _demand_not_pledged(work, facility, described),
        lambda: checked_worth(work, worth),
        lambda: checked_description(work, described),
        lambda: demand_lasting(work, described.expires_on),
    )
    collateral = work.add(
        Collateral(
            organisation_id=facility.organisation_id,
            facility_id=facility.id,
            market_minor=worth.market_minor,
            forced_minor=worth.forced_minor,
            value_currency=worth.currency,
            value_exponent=judged.exponent,
            valued_on=judged.valued_on,
            **columns,
        )
    )
    _write_valuation(work, collateral, worth, judged, valuer=INITIAL)
    return collateral.id


@handles(EditCollateral, permission="collateral.edit")
def edit_collateral(work: Work, command: EditCollateral) -> int:
    """Save what is told of it; refused (409) as above, and where its version is stale."""
    collateral = find_collateral(work.session, work.actor, command.collateral_id)
    facility = work.session.get_one(Facility, collateral.facility_id)
    _demand_active(facility)
    if collateral.version != command.version:
        raise Conflict(STALE)
    kept, described = collateral.collateral_type_id, command.described
    named = (described.collateral_type_id, described.reference.strip())

    def demand_free() -> None:
        if named != (kept, collateral.reference):
            _demand_not_pledged(work, facility, described, besides=collateral.id)

    _, columns = all_of(
        demand_free, lambda: checked_description(work, described, kept_type_id=kept)
    )
    for key, value in columns.items():
        setattr(collateral, key, value)
    return collateral.id


@handles(DeleteCollateral, permission="collateral.delete")
def delete_collateral(work: Work, command: DeleteCollateral) -> None:
    """Retire it with all its valuations (E28.20)."""
    collateral = find_collateral(work.session, work.actor, command.collateral_id)
    _demand_active(work.session.get_one(Facility, collateral.facility_id))
    collateral.retired_at = work.now
    for valuation in work.session.scalars(newest_first(collateral)):
        valuation.retired_at = work.now


@handles(AddValuation, permission="collateral.create")
def add_valuation(work: Work, command: AddValuation) -> int:
    """Add it; the collateral takes its values where it is the newest (E29.13). Returns its id."""
    collateral = _locked(work, command.collateral_id)
    judged, *_ = all_of(
        lambda: checked_worth(work, command.worth),
        lambda: demand_valuer(command.valuer.strip()),
        lambda: demand_method(command.method),
    )
    valuation = _write_valuation(
        work, collateral, command.worth, judged,
        valuer=command.valuer.strip(), method=command.method,
        reference=command.reference.strip()[:LONGEST_REFERENCE],
        remarks=command.remarks.strip()[:LONGEST_REMARKS],
    )  # fmt: skip
    _take_newest(work, collateral)
    return valuation.id


@handles(DeleteValuation, permission="collateral.delete")
def delete_valuation(work: Work, command: DeleteValuation) -> None:
    """Retire it; the collateral falls back to the next newest (E29.17). The last one stays."""
    valuation = find_valuation(work.session, work.actor, command.valuation_id)
    collateral = _locked(work, valuation.collateral_id)
    work.session.refresh(valuation)
    others = [one for one in work.session.scalars(newest_first(collateral)) if one is not valuation]
    if not others:
        raise Conflict(ONLY_ONE)
    valuation.retired_at = valuation.retired_at or work.now
    _take_newest(work, collateral)


@used_by(CollateralType, "collateral")
def collateral_of_type(row: CollateralType) -> Select[int]:
    """Select the collateral of a type that is in use."""
    return select(Collateral.id).where(
        Collateral.organisation_id == row.organisation_id,
        Collateral.collateral_type_id == row.id,
        Collateral.retired_at.is_(None),
    )


def _locked(work: Work, collateral_id: int) -> Collateral:
    """Return a collateral whose facility is authorized; two valuations at once take turns."""
    collateral = find_collateral(work.session, work.actor, collateral_id)
    if not work.session.get_one(Facility, collateral.facility_id).is_authorised:
        raise Conflict(NOT_ACTIVE)
    work.session.refresh(collateral, with_for_update=True)
    return collateral


def _demand_active(facility: Facility) -> None:
    if not facility.is_active:
        raise Conflict(NOT_ACTIVE)


def _demand_not_pledged(
    work: Work, facility: Facility, described: Described, *, besides: int = 0
) -> None:
    """Refuse the same thing twice on one facility; two who pledge at once take turns."""
    work.session.refresh(facility, with_for_update=True)
    _demand_active(facility)
    reference = described.reference.strip()
    query = select(Collateral.id).where(
        Collateral.organisation_id == facility.organisation_id,
        Collateral.facility_id == facility.id,
        Collateral.collateral_type_id == described.collateral_type_id,
        func.lower(Collateral.reference) == func.lower(reference),
        Collateral.id != besides,
        lasts(Collateral, work.business_date),
    )
    if work.session.scalars(query.limit(1)).first() is not None:
        raise Conflict(PLEDGED.format(reference=reference), field="reference")


def _write_valuation(
    work: Work, collateral: Collateral, worth: Worth, judged: Judged, **opinion: str
) -> CollateralValuation:
    return work.add(
        CollateralValuation(
            organisation_id=collateral.organisation_id,
            collateral_id=collateral.id,
            valued_on=judged.valued_on,
            currency=worth.currency,
            exponent=judged.exponent,
            market_minor=worth.market_minor,
            forced_minor=worth.forced_minor,
            **opinion,
        )
    )


def _take_newest(work: Work, collateral: Collateral) -> None:
    work.session.flush()  # what was added or retired counts
    newest = work.session.scalars(newest_first(collateral).limit(1)).one()
    collateral.market_minor = newest.market_minor
    collateral.forced_minor = newest.forced_minor
    collateral.value_currency = newest.currency
    collateral.value_exponent = newest.exponent
    collateral.valued_on = newest.valued_on
