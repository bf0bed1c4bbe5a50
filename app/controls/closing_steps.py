"""The steps of a close of business, and what stands against it: each slice registers its own.

So that what a day's end needs of interest, schedules or facilities stays with its slice, and the
close knows only that there are steps and checks.

Steps of an order below `CUT_OFF` run while the day is still open to everybody; those after it run
when everybody else already books on the next day. Whatever a step posts is booked on the day that
is being closed: `Work.business_date` says so inside of it, in this thread.

A slice that knows of something that should keep a day from being closed registers a check:

    @blocks_closing("FAILED_DUE_FDT", name="Failed forward-dated transactions", order=10)
    def failed(session: Session, organisation_id: int, on: date) -> Finding:
        count = failed_due(session, organisation_id, on)
        return Finding(count, f"{count} failed", "/admin/forward-dated-transactions?status=failed")

It is asked when the close is shown, when it starts, and again at the cut-off, after what was due
has been tried. The key above is the one that "Block on Due FDT Failure" governs (E43.52-53).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy.orm import Session

from app.controls.work import closing_day

CUT_OFF = 25
LAST = 100
FAILED_DUE_FDT = "FAILED_DUE_FDT"
VERIFY_BOOKS = "VERIFY_BOOKS"


class NotYet(Exception):
    """Raised by a step that waits for others: it is asked again in some seconds.

    The worker does other work meanwhile, such as what is being waited for.
    """

    def __init__(self, sentence: str) -> None:
        """Take the sentence that says what is waited for."""
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Closing:
    """One close as a step sees it: `business_date` is being closed, `next_date` opens after it.

    `report` shows the step's progress in percent and is its sign of life: a step calls it after
    each of its commands, well under `LEASE_SECONDS` apart, for another worker takes one that has
    been silent for an hour. `left_since` is the first day of those just before whose closes left
    the step out; `left_out` are the keys of the steps that this close leaves out.
    """

    organisation_id: int
    run_id: int
    business_date: date
    next_date: date
    report: Callable[[int], None]
    left_since: date | None = None
    left_out: frozenset[str] = frozenset()

    @property
    def since(self) -> date:
        """The first day that a step has to do: this one, or one that was left out before it."""
        return self.left_since or self.business_date


StepFunction: TypeAlias = Callable[[Closing], str]


@dataclass(frozen=True, slots=True)
class ClosingStep:
    """A step: its key as the run keeps it, the name people read, its place among the others."""

    key: str
    name: str
    order: int
    run: StepFunction
    is_essential: bool = False

    def take(self, closing: Closing) -> str:
        """Run the step; what its commands post is booked on the day that is being closed."""
        token = closing_day.set(closing.business_date)
        try:
            return self.run(closing)
        finally:
            closing_day.reset(token)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: how many, the sentence people read, where they see to it."""

    count: int
    sentence: str
    href: str = ""


CheckFunction: TypeAlias = Callable[[Session, int, date], Finding]


@dataclass(frozen=True, slots=True)
class ClosingCheck:
    """A check before a close; one that does not block warns."""

    key: str
    name: str
    order: int
    find: CheckFunction
    blocks: bool = True


_steps: dict[str, ClosingStep] = {}
_checks: dict[str, ClosingCheck] = {}


def closes(
    key: str, *, name: str, order: int, is_essential: bool = False
) -> Callable[[StepFunction], StepFunction]:
    """Register a step of the close; a second one of that key, or one past LAST, stops the start-up.

    The function returns one sentence that says what it did, such as "12 accounts accrued". It
    must have the effect of once however often it runs for a date: its commands carry keys that
    name the organisation and the date. A Refusal blocks the close and is shown to people, who
    resume it from this step; NotYet lets it be asked again. An essential step cannot be left out
    by a configuration.
    """
    if key in _steps:
        raise KeyError(f"{key} is a step of the close already")
    if not 0 <= order <= LAST:
        raise ValueError(f"{key} stands beyond the last step of the close")

    def register(function: StepFunction) -> StepFunction:
        _steps[key] = ClosingStep(key, name, order, function, is_essential)
        return function

    return register


def blocks_closing(
    key: str, *, name: str, order: int, blocks: bool = True
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check; it only reads, in a moment, and finds 0 where nothing stands against it.

    With `blocks` False it warns, and the close goes on.
    """
    if key in _checks:
        raise KeyError(f"{key} is a check of the close already")

    def register(function: CheckFunction) -> CheckFunction:
        _checks[key] = ClosingCheck(key, name, order, function, blocks)
        return function

    return register


def closing_steps() -> list[ClosingStep]:
    """Return all steps in the order they run."""
    return sorted(_steps.values(), key=lambda step: (step.order, step.key))


def closing_step(key: str) -> ClosingStep | None:
    """Return a step by its key, or None: a release may have dropped it."""
    return _steps.get(key)


def closing_checks() -> list[ClosingCheck]:
    """Return all checks in the order they are shown."""
    return sorted(_checks.values(), key=lambda check: (check.order, check.key))
