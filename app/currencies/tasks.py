"""The daily visit to the feed: due work, whose outcome the page of currencies shows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.config import read_config
from app.controls.commands import door, handles, perform
from app.controls.due import Job, does, enqueue_once
from app.controls.due_work import DueWork
from app.controls.identity import system_actor
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.currencies.feed import fetch
from app.currencies.models import ExchangeRate, RateFeed
from app.currencies.rates import Rates, rates_of, record_rates, with_margin
from app.db.session import database
from app.kernel.errors import Conflict, Unavailable
from app.organisation.models import OrganisationCurrency

KIND = "rates"
_MAY = frozenset({"currencies.edit"})


@dataclass(frozen=True, slots=True)
class RequestRates:
    """Have the feed visited now; `occurrence` names the visit, so that it is made once."""

    occurrence: str


@dataclass(frozen=True, slots=True)
class StoreRates:
    """Keep what the feed told: mid rates in base units, by code."""

    on: date
    mids: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class NoteFailure:
    """Show why the feed could not be read."""

    sentence: str


def ask_for_rates() -> int:
    """Have the feed visited once a day for every organisation; returns for how many."""
    if not read_config().rates_url:
        return 0
    day = door.clock().date().isoformat()
    with database.reading() as session:
        asked = select(DueWork.organisation_id).where(
            DueWork.kind == KIND, DueWork.occurrence_key == day
        )
        waiting = select(Organisation.id).where(
            Organisation.is_active, Organisation.id.not_in(asked)
        )
        ids = list(session.scalars(waiting))
    for organisation_id in ids:
        perform(RequestRates(day), system_actor(organisation_id, _MAY, "Rate feed"))
    return len(ids)


@does(KIND)
def visit_feed(job: Job) -> None:
    """Fetch and store; a failure is shown, and the visit is tried again."""
    actor = system_actor(job.organisation_id, _MAY, "Rate feed")
    with database.reading() as session:
        base = session.get_one(Organisation, job.organisation_id).base_currency
    try:
        told = fetch(read_config(), base)
    except Unavailable as refusal:
        perform(NoteFailure(refusal.sentence), actor)
        raise
    perform(StoreRates(told.on, tuple(sorted(told.mids.items()))), actor)


@handles(RequestRates, permission="currencies.edit")
def request_rates(work: Work, command: RequestRates) -> None:
    """Enqueue the visit once; refused (409) where no feed is configured."""
    if not read_config().rates_url:
        raise Conflict("No feed is configured: RATES_URL is empty")
    enqueue_once(work, KIND, command.occurrence, {})


@handles(StoreRates, permission="currencies.edit")
def store_rates(work: Work, command: StoreRates) -> int:
    """Append a rate of the third party for each currency kept; returns how many are new.

    Where a currency has a margin, its own rates follow, at the latest as of the business date.
    """
    mids = dict(command.mids)
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.retired_at.is_(None),
        OrganisationCurrency.is_base.is_(False),
        OrganisationCurrency.code.in_(mids),
    )
    stored, on = 0, min(command.on, work.business_date)
    for currency in work.session.scalars(query).all():
        mid = mids[currency.code]
        if not _is_known(work, currency.code, on, mid):
            record_rates(work, currency, Rates.at(mid), on=on, source="THIRD_PARTY")
            stored += 1
        margin = currency.feed_margin_percent
        if margin is None or on < currency.rate_date:
            continue
        if rates_of(currency) != with_margin(mid, margin):
            record_rates(work, currency, with_margin(mid, margin), on=on, source="SYSTEM")
    feed = _feed(work)
    feed.tried_at = feed.fetched_at = work.now
    feed.rates_on, feed.stored, feed.error = command.on, len(mids), ""
    return stored


@handles(NoteFailure, permission="currencies.edit")
def note_failure(work: Work, command: NoteFailure) -> None:
    """Write down what the page of currencies shows to administrators."""
    feed = _feed(work)
    feed.tried_at, feed.error = work.now, command.sentence


def _feed(work: Work) -> RateFeed:
    query = select(RateFeed).where(RateFeed.organisation_id == work.actor.tenant_id)
    feed = work.session.scalars(query).one_or_none()
    if feed is not None:
        return feed
    # Not audited, so that no listener stamps it.
    new = RateFeed(organisation_id=work.actor.tenant_id, created_at=work.now, updated_at=work.now)
    return work.add(new)


def _is_known(work: Work, code: str, on: date, mid: Decimal) -> bool:
    query = select(ExchangeRate.mid_rate).where(
        ExchangeRate.organisation_id == work.actor.tenant_id,
        ExchangeRate.currency == code,
        ExchangeRate.source == "THIRD_PARTY",
        ExchangeRate.effective_on == on,
    )
    return work.session.scalars(query.order_by(ExchangeRate.id.desc())).first() == mid
