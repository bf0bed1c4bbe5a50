"""An amendment's terms in words: each with what it was before."""

from typing import Any

from app.amendments.models import FacilityAmendment
from app.kernel.money import format_minor
from app.web import cells
from app.web.pages import fact


def changes(amendment: FacilityAmendment) -> list[dict[str, Any]]:
    """Return a fact of each term that is changed: from what, to what."""

    def amount(minor: int) -> str:
        return f"{format_minor(minor, amendment.exponent)} {amendment.currency}"

    terms = (
        ("Approved Amount", amendment.approved_before_minor, amendment.approved_minor, amount),
        ("Advised Amount", amendment.advised_before_minor, amendment.advised_minor, amount),
        ("Expiry Date", amendment.expires_before, amendment.expires_on, str),
        ("Review Frequency (days)", amendment.review_days_before, amendment.review_days, str),
    )
    return [
        fact(label, cells.text(f"{said(before)} → {said(now)}"))
        for label, before, now, said in terms
        if before != now
    ]
