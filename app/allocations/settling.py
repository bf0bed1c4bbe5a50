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
        _close_ended(work, rows, moved)
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


def _close_ended(work: Work, rows: Sequence[Row[Any]], before: dict[int, int]) -> None:
    """Permit no more than was used of what ended by its date, before the close has expired it.

    Refused (409): to use more of it. What others permit an account is used after the facility's.
    """
    ended = [row for row in rows if row.Facility.is_open and not _is_open(work, row.Facility)]
    assets = read_locked(work, [row.FacilityAccount.asset_id for row in ended]) if ended else {}
    for row in ended:
        link, facility = row.FacilityAccount, row.Facility
        asset, used_before = assets[link.asset_id], before[link.asset_id]
        others_minor = asset.overdraft_minor - link.permitted_minor
        kept_minor = min(max(used_before, 0), link.permitted_minor)
        if asset.held_minor - asset.balance_minor > max(used_before, others_minor + kept_minor):
            day = facility.expires_on.isoformat()
            raise Conflict(ENDED.format(reference=facility.reference, day=day), field="amount")
        move_overdraft(asset, kept_minor - link.permitted_minor)
        link.permitted_minor = kept_minor


def _is_open(work: Work, facility: Facility) -> bool:
    """Tell whether more may be drawn; the close expires it by a step, and is not stopped before."""
    is_closing = work.closing_day is not None
    return facility.is_open and (is_closing or not facility.has_ended(work.business_date))


def _settle(work: Work, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    assets = read_locked(work, [row.FacilityAccount.asset_id for row in rows])
    for row in rows:
        link, facility = row.FacilityAccount, row.Facility
        terms = Terms(
            limit_minor=usable(link.allocation_minor, row.availability_basis_points),
            is_revolving=facility.is_revolving_under(class_is_revolving=row.is_revolving),
            is_open=_is_open(work, facility),
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
