"""Accounts are linked to a facility with a share of it, given another share, and released."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.ending.commands import keeps_open
from app.allocations.models import FacilityAccount
from app.allocations.queries import eligible_products, shared, spent_of
from app.allocations.settling import settle_link, take_back
from app.controls.commands import STALE, handles
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.permissions import find, visible
from app.controls.review import AUTHORIZED
from app.controls.usage import used_by
from app.controls.work import Work
from app.credit.facility import CANCELLED, EXPIRED, Facility
from app.kernel.errors import Conflict, Missing, Refusal
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Asset

TOO_MUCH = "Total allocation would exceed the facility advised amount"
SPENT = "{spent} of this term facility was drawn before: what is repaid is not drawn again"
ALREADY = "Account is already linked to this facility"


@dataclass(frozen=True, slots=True)
class LinkAccount:
    """Let an account draw under a facility, up to an allocation in the facility's minor units."""

    facility_id: int
    account_id: int
    allocation_minor: int


@dataclass(frozen=True, slots=True)
class ChangeAllocation:
    """Change what an account may draw; the account itself stays (E30.15)."""

    link_id: int
    version: int
    allocation_minor: int


@dataclass(frozen=True, slots=True)
class UnlinkAccount:
    """Release an account from its facility."""

    link_id: int


@handles(LinkAccount, permission="facilities.allocate")
def link_account(work: Work, command: LinkAccount) -> int:
    """Link it and permit the overdraft; returns the link's id (E30.07-13).

    Refused (422): an account that is not an authorized, active one of the same customer, of a
    product that the class is linked to, with an asset in the facility's currency; an allocation
    beyond what is advised. Refused (409): a facility that is not authorized or has expired, an
    account that is linked already.
    """
    facility = _locked(work, command.facility_id)
    if facility.status == EXPIRED:
        raise Conflict("The facility has expired")
    account = find(work.session, work.actor, Account, command.account_id)
    asset = _demand_drawable(work, facility, account)
    _demand_unlinked(work, facility, asset)
    _demand_room(work, facility, command.allocation_minor)
    link = work.add(
        FacilityAccount(
            organisation_id=facility.organisation_id,
            facility_id=facility.id,
            account_id=account.id,
            asset_id=asset.id,
            allocation_minor=command.allocation_minor,
            linked_on=work.business_date,
        )
    )
    settle_link(work, link)
    return link.id


@handles(ChangeAllocation, permission="facilities.allocate")
def change_allocation(work: Work, command: ChangeAllocation) -> int:
    """Save the allocation; refused (422) where all together would exceed what is advised (E30.17).

    One below what is drawn already takes nothing back: nothing more can be drawn.
    """
    link = find_link(work.session, work.actor, command.link_id)
    facility = _locked(work, link.facility_id)
    work.session.refresh(link)
    if link.version != command.version or link.released_at is not None:
        raise Conflict(STALE)
    _demand_room(work, facility, command.allocation_minor, besides=link)
    link.allocation_minor = command.allocation_minor
    settle_link(work, link)
    return link.id


@handles(UnlinkAccount, permission="facilities.allocate")
def unlink_account(work: Work, command: UnlinkAccount) -> int:
    """Take the permission back; the account stays. Refused (409) while something is drawn."""
    link = find_link(work.session, work.actor, command.link_id)
    facility = _locked(work, link.facility_id, may_be_cancelled=True)
    work.session.refresh(link)
    if link.released_at is not None:
        raise Missing
    left = take_back(work, link)
    if left.permitted_minor:
        amount = Money(left.permitted_minor, facility.currency, facility.exponent)
        raise Conflict(
            f"{amount} of this allocation is drawn or on hold. "
            "The account can be unlinked when that is repaid; suspend the facility to stop its use"
        )
    link.released_at = work.now
    return link.id


@used_by(Account, "facilities")
def facilities_of_account(row: Account) -> Select[int]:
    """Select the links that an account has or had."""
    return select(FacilityAccount.id).where(
        FacilityAccount.organisation_id == row.organisation_id,
        FacilityAccount.account_id == row.id,
    )


@used_by(Asset, "facilities")
def facilities_of_asset(row: Asset) -> Select[int]:
    """Select the links that an asset has or had."""
    return select(FacilityAccount.id).where(
        FacilityAccount.organisation_id == row.organisation_id, FacilityAccount.asset_id == row.id
    )


def find_link(session: Session, actor: Actor, link_id: int) -> FacilityAccount:
    """Return a link in use of a facility in sight, or refuse with the 404 of a missing id."""
    query = (
        select(FacilityAccount)
        .join(Facility, Facility.id == FacilityAccount.facility_id)
        .where(
            *visible(actor, Facility),
            FacilityAccount.id == link_id,
            FacilityAccount.released_at.is_(None),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def _locked(work: Work, facility_id: int, *, may_be_cancelled: bool = False) -> Facility:
    """Return an authorized facility, locked: two who allocate at once take turns."""
    facility = find_locked(work, Facility, facility_id)
    if not facility.is_authorised:
        raise Conflict("Accounts are linked to an authorized facility")
    if facility.status == CANCELLED and not may_be_cancelled:
        raise Conflict("The facility is cancelled")
    return facility


def _demand_drawable(work: Work, facility: Facility, account: Account) -> Asset:
    if account.client_id != facility.client_id:
        raise Refusal("Choose an account of the facility's customer", field="account_id")
    if account.record_status != AUTHORIZED or not account.is_active:
        raise Refusal("Choose an authorized, active account", field="account_id")
    eligible = eligible_products(work.session, facility)
    if eligible and account.product_id not in eligible:
        sentence = f"Accounts like {account.number} are not eligible: see the facility's class"
        raise Refusal(sentence, field="account_id")
    query = select(Asset).where(
        Asset.organisation_id == facility.organisation_id,
        Asset.account_id == account.id,
        Asset.currency == facility.currency,
    )
    asset = work.session.scalars(query).one_or_none()
    if asset is None:
        sentence = f"Account {account.number} has no asset in {facility.currency}"
        raise Refusal(sentence, field="account_id")
    return asset


def _demand_unlinked(work: Work, facility: Facility, asset: Asset) -> None:
    query = (
        select(Facility.id, Facility.reference)
        .join(FacilityAccount, FacilityAccount.facility_id == Facility.id)
        .where(
            FacilityAccount.organisation_id == facility.organisation_id,
            FacilityAccount.asset_id == asset.id,
            FacilityAccount.released_at.is_(None),
        )
    )
    other = work.session.execute(query).one_or_none()
    if other is not None and other.id == facility.id:
        raise Conflict(ALREADY, field="account_id")
    if other is not None:
        sentence = f"Account draws {facility.currency} under facility {other.reference} already"
        raise Conflict(sentence, field="account_id")


def _demand_room(
    work: Work, facility: Facility, allocation_minor: int, besides: FacilityAccount | None = None
) -> None:
    if allocation_minor <= 0:
        raise Refusal("Allocation Amount must be greater than 0", field="allocation")
    others = shared(work.session, facility, besides=besides.id if besides else 0)
    if others + allocation_minor > facility.advised_minor:
        raise Refusal(TOO_MUCH, field="allocation")
    spent_minor = spent_of(work.session, facility)
    if others + allocation_minor + spent_minor > facility.advised_minor:
        spent = Money(spent_minor, facility.currency, facility.exponent)
        raise Refusal(SPENT.format(spent=spent), field="allocation")


@keeps_open
def linked_facility(work: Work, account: Account) -> str:
    """Name the facility that an account draws under: closed, it would keep its share of it."""
    query = (
        select(Facility.reference)
        .join(FacilityAccount, FacilityAccount.facility_id == Facility.id)
        .where(
            FacilityAccount.organisation_id == account.organisation_id,
            FacilityAccount.account_id == account.id,
            FacilityAccount.released_at.is_(None),
        )
    )
    reference = work.session.scalars(query).first()
    linked = "Account cannot be closed: it is linked to facility {}. Unlink it there first"
    return linked.format(reference) if reference else ""
