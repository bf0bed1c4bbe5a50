"""The optional terms of an account: who must sign, for which sector, which services, how often."""

from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Refusal

# How those who hold a mandate sign together (E34.08-12); an account without a rule has the first.
SIGNING_RULES = {
    "any": "Any one (ANY_ONE)",
    "all": "All must sign (ALL_MUST_SIGN)",
    "two": "Two of three (TWO_OF_THREE)",
    "majority": "Majority (MAJORITY)",
}
ANY_ONE = "any"
FREQUENCIES = {
    "daily": "Daily",
    "weekly": "Weekly",
    "monthly": "Monthly",
    "quarterly": "Quarterly",
    "yearly": "Yearly",
}
SERVICES = {
    "statements": "Statements by mail",
    "online": "Online access",
    "mobile": "Mobile access",
    "cards": "Cards",
    "standing-orders": "Standing orders",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What E33.09 lets a teller add; a schedule that is defined needs its frequency (E33.18)."""

    is_schedule_defined: bool = False
    schedule_frequency: str = ""
    signing_rule: str = ""
    sector: str = ""
    services: tuple[str, ...] = ()


def checked_terms(terms: Terms) -> dict[str, Any]:
    """Return the columns; refuses (422) a schedule without frequency and unknown choices."""
    frequency = terms.schedule_frequency if terms.is_schedule_defined else ""
    if terms.is_schedule_defined and not frequency:
        raise Refusal("Schedule frequency is required", field="schedule_frequency")
    _demand_known(frequency, FREQUENCIES, "schedule_frequency")
    _demand_known(terms.signing_rule, SIGNING_RULES, "signing_rule")
    for service in terms.services:
        _demand_known(service, SERVICES, "services")
    return {
        "schedule_frequency": frequency,
        "signing_rule": terms.signing_rule,
        "sector": terms.sector.strip(),
        "services": list(terms.services),
    }


def _demand_known(value: str, known: dict[str, str], field: str) -> None:
    if value and value not in known:
        raise Refusal("Choose a value from the list", field=field)
