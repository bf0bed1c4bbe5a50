"""Keeping the permitted overdrafts of a facility's accounts in step with it and with the books."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from app.allocations.drawing import Balance, Drawing, Terms, settled, usable
from app.allocations.models import FacilityAccount
from app.controls.commands import follows
from app.controls.work import Work
from app.credit.facility import Facility
from app.credit.models import FacilityClass
from app.kernel.errors import Conflict
from app.ledger.locking import lock_lines
from app.ledger.models import Asset
from app.ledger.overdrafts import move_overdraft, read_locked

ENDED = "Facility {reference} ended on {day}: no more can be drawn on it"


@follows
def settle_what_moved(work: Work) -> None:
    """Work out anew the links whose overdraft this command's postings or holds moved (E30.05).

    Refused (409): what draws on a facility past the day it ends by itself on.
    """
    if work.overdrafts_before:
        moved, work.overdrafts_before = work.overdrafts_before, {}
        rows = _links(work, FacilityAccount.asset_id.in_(sorted(moved)))
        _demand_not_ended(work, rows, moved)
        _settle(work, rows)


def settle_facility(work: Work, facility: Facility) -> None:
    """Permit on each of a facility's accounts what it permits now, under the postings' locks."""
    work.session.flush()  # the facility is read back as it has just become
    links = _links(work, FacilityAccount.facility_id == facility.id)
    lock_lines(work, [row.FacilityAccount.asset_id for row in links])
    _settle(work, _links(work, FacilityAccount.facility_id == facility.id))


def settle_link(work: Work, link: FacilityAccount) -> None:
    """The same for one link."""
    work.session.flush()  # as above
    lock_lines(work, [link.asset_id])
    _settle(work, _links(work, FacilityAccount.id == link.id))


def take_back(work: Work, link: FacilityAccount) -> Drawing:
    """Permit nothing more under a link; what stays permitted is drawn or held still."""
    lock_lines(work, [link.asset_id])
    (row,) = _links(work, FacilityAccount.id == link.id)
    asset = read_locked(work, [link.asset_id])[link.asset_id]
    terms = Terms(0, is_revolving=False, is_open=False)
    _keep(asset, row.FacilityAccount, terms)
    return _standing(row.FacilityAccount)


def _links(work: Work, *clauses: Any) -> Sequence[Row[Any]]:
    """Return links in use with their terms, read afresh, in the order assets are locked in."""
    query = (
        select(FacilityAccount, Facility, FacilityClass.availability_basis_points,
               FacilityClass.is_revolving)
        .join(Facility, Facility.id == FacilityAccount.facility_id)
        .join(FacilityClass, FacilityClass.id == Facility.facility_class_id)
        .where(
            FacilityAccount.organisation_id == work.actor.tenant_id,
            FacilityAccount.released_at.is_(None),
            *clauses,
        )
        .order_by(FacilityAccount.asset_id)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return work.session.execute(query).all()


def _demand_not_ended(work: Work, rows: Sequence[Row[Any]], before: dict[int, int]) -> None:
    """Refuse to use more of what ended by its date, though the close has still to expire it.

    What the close itself books is left to its step that expires, so that it is not stopped.
    """
    if work.closing_day is not None:
        return
    ended = [row for row in rows if row.Facility.has_ended(work.business_date)]
    assets = read_locked(work, [row.FacilityAccount.asset_id for row in ended]) if ended else {}
    for row in ended:
        link, facility = row.FacilityAccount, row.Facility
        asset = assets[link.asset_id]
        others_minor = asset.overdraft_minor - link.permitted_minor
        used_minor = asset.held_minor - asset.balance_minor
        if used_minor > max(before[asset.id], others_minor):
            day = facility.expires_on.isoformat()
            raise Conflict(ENDED.format(reference=facility.reference, day=day), field="amount")


def _settle(work: Work, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    assets = read_locked(work, [row.FacilityAccount.asset_id for row in rows])
    for row in rows:
        link, facility = row.FacilityAccount, row.Facility
        terms = Terms(
            limit_minor=usable(link.allocation_minor, row.availability_basis_points),
            is_revolving=facility.is_revolving_under(class_is_revolving=row.is_revolving),
            is_open=facility.is_open,
        )
        _keep(assets[link.asset_id], link, terms)


def _keep(asset: Asset, link: FacilityAccount, terms: Terms) -> None:
    before = _standing(link)
    others = asset.overdraft_minor - link.permitted_minor
    after = settled(before, terms, Balance(asset.balance_minor, asset.held_minor, others))
    if after == before:
        return
    move_overdraft(asset, after.permitted_minor - before.permitted_minor)
    link.permitted_minor = after.permitted_minor
    link.outstanding_minor = after.outstanding_minor
    link.drawn_minor = after.drawn_minor


def _standing(link: FacilityAccount) -> Drawing:
    return Drawing(link.permitted_minor, link.outstanding_minor, link.drawn_minor)
