"""Closes days for tests: starts a close and works it off, at a time of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.closing.commands import StartClose
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.closing.models import ClosingRun, ClosingRunStep
from app.closing.queries import run_of, steps_of
from app.controls import closing_steps
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.due_work import DueWork
from app.controls.tenant import Organisation
from app.db.session import database
from app.ledger.models import Transaction
from tests.factories import BUSINESS_DATE, House

NEXT_DATE = date(2026, 11, 23)
# What the close is made of by itself; what slices add is left out of the tests of the close.
OWN = {"CHECK", "CUT_OFF", "OPEN_NEXT_DAY"}


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be this moment."""
    before = door.clock
    door.clock = lambda: moment
    try:
        yield
    finally:
        door.clock = before


@contextmanager
def steps(*extra: tuple[str, int, Callable[[Any], str]]) -> Iterator[None]:
    """Let a close have the close's own steps and these: key, order, function."""
    before = dict(closing_steps._steps)
    for key in set(before) - OWN:
        del closing_steps._steps[key]
    for key, order, function in extra:
        closing_steps.closes(key, name=key.capitalize(), order=order)(function)
    try:
        yield
    finally:
        closing_steps._steps.clear()
        closing_steps._steps.update(before)


@contextmanager
def check(key: str, found: Callable[[], int], **more: Any) -> Iterator[None]:
    """Let a check find so many."""

    def find(_session: Any, _organisation_id: int, _on: date) -> closing_steps.Finding:
        return closing_steps.Finding(found(), f"{found()} found")

    before = dict(closing_steps._checks)
    closing_steps._checks.pop(key, None)
    closing_steps.blocks_closing(key, name=key.capitalize(), order=5, **more)(find)
    try:
        yield
    finally:
        closing_steps._checks.clear()
        closing_steps._checks.update(before)


def start(house: House, on: date = BUSINESS_DATE, **more: Any) -> int:
    """Start to close a date as the administrator."""
    return perform(StartClose(on, **more), house.administrator)


def work_off(house: House, *, minutes: int = 0) -> None:
    """Do what is due of the house's close until nothing is, however late."""
    with at(door.clock() + timedelta(minutes=minutes)):
        while _is_waiting(house):
            sweep()


def close(house: House, on: date = BUSINESS_DATE) -> ClosingRun:
    """Close a date; returns the run as it ended."""
    start(house, on)
    work_off(house)
    return run(house, on)


def run(house: House, on: date = BUSINESS_DATE) -> ClosingRun:
    """Return the close of a date."""
    with database.reading() as session:
        found = run_of(session, house.organisation_id, on)
        assert found is not None
        return found


def taken(house: House, on: date = BUSINESS_DATE) -> dict[str, ClosingRunStep]:
    """Return the steps of a close by their keys."""
    with database.reading() as session:
        return {one.key: one for one in steps_of(session, run(house, on))}


def organisation(house: House) -> Organisation:
    """Return the organisation as it is."""
    with database.reading() as session:
        return session.get_one(Organisation, house.organisation_id)


def transaction(transaction_id: int) -> Transaction:
    """Return a transaction as it is."""
    with database.reading() as session:
        return session.get_one(Transaction, transaction_id)


def configured(house: House, **terms: Any) -> int:
    """Put a configuration in force; returns its id."""
    command = CreateClosingConfiguration(ClosingTerms("Every day", **terms), submit=True)
    return perform(command, house.administrator)


def _is_waiting(house: House) -> bool:
    query = select(DueWork.id).where(
        DueWork.organisation_id == house.organisation_id,
        DueWork.kind == "close-of-business",
        DueWork.state.in_(("waiting", "running")),
        DueWork.due_at <= door.clock(),
    )
    with database.reading() as session:
        return session.scalars(query.limit(1)).first() is not None
