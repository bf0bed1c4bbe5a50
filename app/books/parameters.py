"""What a report is asked for: days, branch, product, account; read from an address or a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.controls.identity import Actor
from app.kernel.clock import REACH, is_within_reach
from app.kernel.errors import Refusal
from app.kernel.money import Money, parse_minor

_LONGEST_ID = 18
_LARGE_UNITS = 10_000
_BACKWARDS = "The first day must not be after the last day"


@dataclass(frozen=True, slots=True)
class Base:
    """The organisation's base currency, in which reports add up."""

    currency: str
    exponent: int

    @property
    def threshold_minor(self) -> int:
        """The amount from which a transaction is large where nobody says another."""
        return int(_LARGE_UNITS * 10**self.exponent)

    def money(self, minor: int) -> Money:
        """Return minor units as an amount of the base currency."""
        return Money(minor, self.currency, self.exponent)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The days are included; None stands for all. `after` is where a page of lines goes on."""

    actor: Actor
    base: Base
    first: date
    last: date
    branch_id: int | None = None
    product_id: int | None = None
    account: str = ""
    currency: str = ""
    kind: str = ""
    threshold_minor: int = 0
    after: int | None = None
    is_page: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether a person's scope hides a part of the books."""
        scope = self.actor.scope
        return scope.own_clients or scope.project_ids is not None or scope.desk_ids is not None

    @property
    def scope_notes(self) -> tuple[str, ...]:
        """Say when a part is hidden, so that nothing seems lost."""
        return ("Only what you may see is added up.",) if self.is_narrow else ()


def read_parameters(
    typed: Mapping[str, str], *, actor: Actor, base: Base, today: date, is_page: bool
) -> Parameters:
    """Read what was typed; refuses (422) what is no day, number, or a period that runs back."""
    last = _day(typed, "last", today)
    first = _day(typed, "first", last.replace(day=1))
    if first > last:
        raise Refusal(_BACKWARDS, field="first")
    return Parameters(
        actor=actor,
        base=base,
        first=first,
        last=last,
        branch_id=_number(typed, "branch"),
        product_id=_number(typed, "product"),
        account=typed.get("account", "").strip(),
        currency=typed.get("currency", "").strip().upper(),
        kind=typed.get("kind", "").strip(),
        threshold_minor=_threshold(typed, base),
        after=_number(typed, "after"),
        is_page=is_page,
    )


def _day(typed: Mapping[str, str], name: str, default: date) -> date:
    text = typed.get(name, "").strip()
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("Give the day as year-month-day, such as 2026-11-20", field=name) from error
    if not is_within_reach(day):
        raise Refusal(f"Give {REACH}", field=name)
    return day


def _threshold(typed: Mapping[str, str], base: Base) -> int:
    text = typed.get("threshold", "").strip()
    if not text:
        return base.threshold_minor
    try:
        return parse_minor(text, base.exponent, name="Threshold")
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="threshold") from refusal


def _number(typed: Mapping[str, str], name: str) -> int | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID):
        raise Refusal("Choose from the list", field=name)
    return int(text)
