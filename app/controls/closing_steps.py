"""The steps of a close of business: each slice registers its own, the close runs them in order.

So that what a day's end needs of interest, schedules or facilities stays with its slice, and the
close knows only that there are steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Closing:
    """One close as a step sees it: `business_date` is being closed, `next_date` opens after it.

    `report` shows the step's progress in percent and keeps the run's lease.
    """

    organisation_id: int
    run_id: int
    business_date: date
    next_date: date
    report: Callable[[int], None]


StepFunction: TypeAlias = Callable[[Closing], str]


@dataclass(frozen=True, slots=True)
class ClosingStep:
    """A step: its key as the run keeps it, the name people read, its place among the others."""

    key: str
    name: str
    order: int
    run: StepFunction


_steps: dict[str, ClosingStep] = {}


def closes(key: str, *, name: str, order: int) -> Callable[[StepFunction], StepFunction]:
    """Register a step of the close; a second step of that key stops the start-up.

    The function returns one sentence that says what it did, such as "12 accounts accrued". It
    must have the effect of once however often it runs for a date: its commands carry keys that
    name the organisation and the date. A Refusal blocks the close and is shown to people.
    """
    if key in _steps:
        raise KeyError(f"{key} is a step of the close already")

    def register(function: StepFunction) -> StepFunction:
        _steps[key] = ClosingStep(key, name, order, function)
        return function

    return register


def closing_steps() -> list[ClosingStep]:
    """Return all steps in the order they run."""
    return sorted(_steps.values(), key=lambda step: (step.order, step.key))
