"""What limits a facility: the amounts against each other, its dates, and the customer's credit."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.review import DENIED
from app.controls.work import Work
from app.credit.facility import CANCELLED, EXPIRED, Facility
from app.currencies.queries import rate_on
from app.db.sums import exact_sum
from app.kernel.errors import Refusal
from app.kernel.money import convert_minor

SOONEST_REVIEW, LATEST_REVIEW = 1, 365
REVIEW = f"Review Frequency must be {SOONEST_REVIEW} to {LATEST_REVIEW} days"
ADVISED_ABOVE = "Advised amount must not exceed approved amount"
NOT_AHEAD = "Expiry date must be in the future"
OVER_LIMIT = "Exceeds customer credit limit"


def demand_amounts(approved_minor: int, advised_minor: int) -> None:
    """Refuse (422) nothing at all, and more advised than approved (E27.19)."""
    if approved_minor <= 0:
        raise Refusal("Approved Amount must be greater than 0", field="approved")
    if advised_minor <= 0:
        raise Refusal("Advised Amount must be greater than 0", field="advised")
    if advised_minor > approved_minor:
        raise Refusal(ADVISED_ABOVE, field="advised")


def demand_ahead(work: Work, expires_on: date) -> None:
    """Refuse (422) an expiry date that is not after the business date (E27.20)."""
    if expires_on <= work.business_date:
        raise Refusal(NOT_AHEAD, field="expires_on")


def demand_review_days(days: int) -> None:
    """Refuse (422) a review that comes too soon or too late before the end (E27.11)."""
    if not SOONEST_REVIEW <= days <= LATEST_REVIEW:
        raise Refusal(REVIEW, field="review_days")


def in_base(work: Work, minor: int, currency: str) -> int:
    """Return an amount in base currency at the mid rate of the business date."""
    quote = rate_on(
        work.session, work.actor.tenant_id, currency, work.business_date, field="currency"
    )
    exponent = work.organisation.base_exponent
    return convert_minor(minor, quote.mid, exponent=quote.exponent, base_exponent=exponent)


def demand_within_limit(work: Work, client: Client, base_minor: int, *, besides: int = 0) -> None:
    """Refuse (422) what would take the customer over their whole credit (E27.23).

    `besides` is the facility being saved. The customer is locked: two facilities at once take
    turns, so that both together are judged.
    """
    work.session.refresh(client, with_for_update=True)
    if client.credit_limit_minor is None:
        return
    if granted(work.session, client, besides=besides) + base_minor > client.credit_limit_minor:
        raise Refusal(OVER_LIMIT, field="approved")


def granted(session: Session, client: Client, *, besides: int = 0) -> int:
    """Return what a customer's facilities come to in base currency: asked for, or in force."""
    query = select(exact_sum(Facility.base_minor)).where(
        Facility.organisation_id == client.organisation_id,
        Facility.client_id == client.id,
        Facility.id != besides,
        Facility.retired_at.is_(None),
        Facility.record_status != DENIED,
        or_(Facility.status.is_(None), Facility.status.not_in((EXPIRED, CANCELLED))),
    )
    return session.scalar(query) or 0
