"""What is told of a collateral, and what it is worth, is judged: all that is wrong at once."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

from app.collateral.models import METHODS
from app.controls.retiring import referred
from app.controls.work import Work
from app.kernel.errors import Refusal, all_of
from app.organisation.queries import kept_currency
from app.reference.codes import CollateralType

EXPIRED = "The expiry date is past: what has expired secures nothing"
FORCED_ABOVE = "Forced sale value must not exceed market value"
LONGEST_REFERENCE, LONGEST_DESCRIPTION, LONGEST_REMARKS = 100, 500, 2_000
SHORTEST_VALUER, LONGEST_VALUER = 2, 200
# Of each text: its name, its longest, whether it must be given.
_LIMITS = (
    ("reference", "Collateral Ref", LONGEST_REFERENCE, True),
    ("description", "Description", LONGEST_DESCRIPTION, True),
    ("remarks", "Remarks", LONGEST_REMARKS, False),
)


@dataclass(frozen=True, slots=True)
class Worth:
    """What something is worth on a day, in minor units of a currency."""

    valued_on: date | None
    currency: str
    market_minor: int
    forced_minor: int


@dataclass(frozen=True, slots=True)
class Described:
    """What is told of a collateral besides its worth (E28.18)."""

    collateral_type_id: int
    reference: str
    currency: str
    description: str
    expires_on: date | None = None
    remarks: str = ""


class Judged(NamedTuple):
    """The decimals of a worth's currency, and the day of the valuation."""

    exponent: int
    valued_on: date


def checked_worth(work: Work, worth: Worth) -> Judged:
    """Return what the valuation is written with; refused (422) is what E28.16 and E29.14 name."""
    *_, valued_on, currency = all_of(
        lambda: _demand_market(worth),
        lambda: _demand_forced(worth),
        lambda: _checked_day(work, worth),
        lambda: kept_currency(work.session, work.actor, worth.currency),
    )
    return Judged(currency.exponent, valued_on)


def _demand_market(worth: Worth) -> None:
    if worth.market_minor <= 0:
        raise Refusal("Market Value must be greater than 0", field="market")


def _demand_forced(worth: Worth) -> None:
    if worth.forced_minor < 0:
        raise Refusal("Forced Sale Value must be 0 or more", field="forced")
    if 0 < worth.market_minor < worth.forced_minor:
        raise Refusal(FORCED_ABOVE, field="forced")


def _checked_day(work: Work, worth: Worth) -> date:
    if worth.valued_on is None:
        raise Refusal("Valuation date is required", field="valued_on")
    if worth.valued_on > work.business_date:
        raise Refusal("The valuation date cannot be in the future", field="valued_on")
    return worth.valued_on


def demand_lasting(work: Work, expires_on: date | None) -> None:
    """Refuse (422) an expiry that is past."""
    if expires_on is not None and expires_on < work.business_date:
        raise Refusal(EXPIRED, field="expires_on")


def demand_valuer(valuer: str) -> None:
    """Refuse (422) a name that is too short or too long."""
    if not SHORTEST_VALUER <= len(valuer) <= LONGEST_VALUER:
        raise Refusal(
            f"Valuer Name must have {SHORTEST_VALUER} to {LONGEST_VALUER} characters",
            field="valuer",
        )


def demand_method(method: str) -> None:
    """Refuse (422) a method that is not of the list."""
    if method and method not in METHODS:
        raise Refusal("Choose a method from the list", field="method")


def checked_description(
    work: Work, described: Described, *, kept_type_id: int | None = None
) -> dict[str, object]:
    """Return the columns of what is told; refused (422) what is missing, too long or not offered.

    A saved collateral keeps its type, also one that was retired since.
    """

    def demand_type() -> None:
        if described.collateral_type_id != kept_type_id:
            referred(work, CollateralType, described.collateral_type_id, field="collateral_type_id")

    currency, *texts, _ = all_of(
        lambda: kept_currency(work.session, work.actor, described.currency),
        *(partial(_checked_text, described, limit) for limit in _LIMITS),
        demand_type,
    )
    return {limit[0]: text for limit, text in zip(_LIMITS, texts, strict=True)} | {
        "collateral_type_id": described.collateral_type_id,
        "currency": currency.code,
        "expires_on": described.expires_on,
    }


def _checked_text(described: Described, limit: tuple[str, str, int, bool]) -> str:
    key, name, longest, is_needed = limit
    text: str = getattr(described, key).strip()
    if is_needed and not text:
        raise Refusal(f"{name} is required", field=key)
    if len(text) > longest:
        raise Refusal(f"{name} can have at most {longest:,} characters", field=key)
    return text
