"""At the close of business facilities whose time is up expire, and due reviews are told."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.access.holders import Place, holders_of
from app.clients.models import Client
from app.controls.closing_steps import Closing, closes
from app.controls.commands import handles, perform
from app.controls.identity import Actor, system_actor
from app.controls.locking import find_locked
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.credit.facility import ACTIVE, AUTOMATIC, PATH, SUSPENDED, Facility
from app.db.session import database
from app.facilities.statuses import ExpireFacility
from app.kernel.counts import counted
from app.notices.models import REMINDER
from app.notices.sending import notify

ORDER = 70


@dataclass(frozen=True, slots=True)
class RemindOfReview:
    """Tell those who look after a facility that its review is due."""

    facility_id: int
    day: date


@closes("EXPIRE_FACILITIES", name="Expire facilities", order=ORDER, is_essential=True)
def expire_facilities(closing: Closing) -> str:
    """Expire what ended on the day being closed or before, and tell of reviews due by the next."""
    worker = system_actor(
        closing.organisation_id, frozenset({"facilities.change-status"}), "Close of business"
    )
    ended, due = _ended(worker, closing.next_date), _due(worker, closing.next_date)
    day = closing.business_date.isoformat()
    expired = reminded = 0
    for place, facility_id in enumerate((*ended, *due), start=1):
        if place <= len(ended):
            key = f"expire-facility-{facility_id}-{day}"
            expired += perform(ExpireFacility(facility_id), worker, key=key)
        else:
            key = f"review-facility-{facility_id}-{day}"
            reminded += perform(RemindOfReview(facility_id, closing.next_date), worker, key=key)
        closing.report(100 * place // (len(ended) + len(due)))
    over, reviews = counted(expired, "facility", "facilities"), counted(reminded, "review")
    return f"{over} expired, {reviews} due"


@handles(RemindOfReview, permission="facilities.change-status")
def remind_of_review(work: Work, command: RemindOfReview) -> bool:
    """Write the notice once a facility (E27.11); answers False where that was done."""
    facility = find_locked(work, Facility, command.facility_id)
    if facility.reminded_on is not None:
        return False
    facility.reminded_on = command.day
    client = work.session.get_one(Client, facility.client_id)
    place = Place(client.project_id, client.desk_id, client.manager_id)
    people = holders_of(work.session, work.actor.tenant_id, "facilities.change-status", place)
    notify(
        work,
        people,
        kind=REMINDER,
        title=f"Review of facility {facility.reference} is due",
        text=f"{client.name}: it expires on {facility.expires_on.isoformat()}",
        href=f"{PATH}/{facility.id}",
        project_id=facility.project_id,
    )
    return True


def _ended(worker: Actor, opens_on: date) -> list[int]:
    """Return the facilities that end by themselves and whose last day is over then."""
    query = select(Facility.id).where(
        Facility.organisation_id == worker.organisation_id,
        Facility.record_status == AUTHORIZED,
        Facility.status.in_((ACTIVE, SUSPENDED)),
        Facility.expiry_mode == AUTOMATIC,
        Facility.expires_on < opens_on,
    )
    with database.reading() as session:
        return list(session.scalars(query.order_by(Facility.id)))


def _due(worker: Actor, opens_on: date) -> list[int]:
    """Return the facilities whose review is due then and was not told."""
    query = select(Facility).where(
        Facility.organisation_id == worker.organisation_id,
        Facility.record_status == AUTHORIZED,
        Facility.status.in_((ACTIVE, SUSPENDED)),
        Facility.expires_on >= opens_on,
        Facility.reminded_on.is_(None),
    )
    with database.reading() as session:
        rows = session.scalars(query.order_by(Facility.id))
        return [one.id for one in rows if one.review_on <= opens_on]
