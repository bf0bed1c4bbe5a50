"""Interest at the close of business: balances are kept, days accrued and booked, periods posted."""

from collections import defaultdict
from collections.abc import Sequence

from app.controls.closing_steps import Closing, closes
from app.controls.commands import perform
from app.controls.identity import Actor, system_actor
from app.db.session import database
from app.interest.accruing import AccrueDay
from app.interest.again import AccrueAgain
from app.interest.booking import BookAccruals, all_conditions
from app.interest.due import assets_due
from app.interest.posting import CHUNK, Left, PostInterest
from app.interest.snapshots import (
    RestateBalances,
    SnapshotBalances,
    chunks_of_assets,
    days_between,
    late_entries,
)
from app.kernel.counts import counted
from app.kernel.crash import crash_point
from app.kernel.errors import INSUFFICIENT
from app.kernel.portions import portions

ACCRUE_INTEREST = "ACCRUE_INTEREST"
NOT_ACCRUED = "No interest posted: the days of this close are not accrued"
SHORT, BARRED = "for want of money", "because a status forbids it"
_NEARLY_DONE_PERCENT = 99


@closes("SNAPSHOT_BALANCES", name="Keep the balances of the day", order=30, is_essential=True)
def snapshot_balances(closing: Closing) -> str:
    """Keep each client asset's balances of every calendar day up to the next business date.

    It is never left out: a day's balances cannot be told afterwards, and interest accrues on them.
    """
    who = _worker(closing)
    with database.reading() as session:
        chunks = chunks_of_assets(session, closing.organisation_id)
        late = late_entries(session, closing.organisation_id, closing.business_date)
    kept = 0
    for number, chunk in enumerate(chunks, start=1):
        command = SnapshotBalances(closing.business_date, closing.next_date, *chunk)
        kept += perform(command, who)
        crash_point("balances kept")
        closing.report(number * _NEARLY_DONE_PERCENT // len(chunks))
    for asset_id, since in sorted(late.items()):
        perform(RestateBalances(since, closing.business_date, asset_id, asset_id), who)
        closing.report(_NEARLY_DONE_PERCENT)
    told = f"{counted(kept, 'balance')} kept"
    return f"{told}, {counted(len(late), 'account')} restated for late entries" if late else told


@closes(ACCRUE_INTEREST, name="Accrue interest", order=40)
def accrue_interest(closing: Closing) -> str:
    """Accrue every calendar day of this close, again where balances were restated, and book it.

    Days whose closes left the step out are caught up with, and so is what came late since then.
    """
    who = _worker(closing)
    with database.reading() as session:
        chunks = chunks_of_assets(session, closing.organisation_id)
        late = late_entries(session, closing.organisation_id, closing.since)
    earliest = min(late.values(), default=closing.since)
    for day in days_between(earliest, closing.since):
        touched = tuple(sorted(key for key, since in late.items() if since <= day))
        perform(AccrueAgain(day, closing.since, touched), who)
        closing.report(0)
    accrued = 0
    for number, chunk in enumerate(chunks, start=1):
        for day in days_between(closing.since, closing.next_date):
            accrued += perform(AccrueDay(day, *chunk), who)
            crash_point("interest accrued")
        closing.report(number * 90 // len(chunks))
    booked = perform(BookAccruals(closing.business_date, closing.next_date, closing.since), who)
    days, bookings = counted(accrued, "day"), counted(booked, "booking")
    return f"{days} of interest accrued, {bookings} in the ledger"


@closes("POST_INTEREST", name="Post interest", order=50)
def post_interest(closing: Closing) -> str:
    """Post the interest of periods that end before the next business date.

    Where the days of this close are not accrued, it waits for the close that catches up with them:
    a period is posted once and whole, out of what was booked.
    """
    if ACCRUE_INTEREST in closing.left_out:
        return NOT_ACCRUED
    who = _worker(closing)
    with database.reading() as session:
        conditions = all_conditions(session, closing.organisation_id)
        due = assets_due(session, closing.organisation_id, conditions, closing.next_date)
    posted, waived, left = 0, 0, list[Left]()
    for number, ids in enumerate(portions(due, CHUNK), start=1):
        done = perform(PostInterest(closing.business_date, closing.next_date, tuple(ids)), who)
        posted, waived = posted + done.posted, waived + done.waived
        left += done.left
        crash_point("interest posted")
        closing.report(number * CHUNK * 99 // (len(due) + CHUNK))
    accounts = counted(posted, "account")
    return f"Interest of {accounts} posted, {waived:,} waived, {_told(left)}"


def _told(left: Sequence[Left]) -> str:
    """Say how many periods are left for later, of how many accounts, and why."""
    reasons: dict[str, list[Left]] = defaultdict(list)
    for one in left:
        reasons[SHORT if one.reason == INSUFFICIENT else BARRED].append(one)
    told = [
        f"{counted(len(some), 'period')} of "
        f"{counted(len({one.account_id for one in some}), 'account')} {why}"
        for why, some in sorted(reasons.items())
    ]
    return ": ".join((f"{len(left):,} left for later", *([", ".join(told)] if told else [])))


def _worker(closing: Closing) -> Actor:
    return system_actor(closing.organisation_id, frozenset(), "Close of business")
