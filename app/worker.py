"""The worker: Huey is the bell, rows in the database are the truth."""

from huey import crontab

import app.jobs  # noqa: F401  registers what does due work
from app import connect, create_app
from app.access.forgetting import forget_what_is_over
from app.approvals.reminders import plan_reminders
from app.closing.tasks import plan_closes
from app.config import read_config
from app.controls.apart import each_apart
from app.controls.commands import perform
from app.controls.due import sweep
from app.controls.identity import system_actor
from app.currencies.tasks import ask_for_rates
from app.exports.tasks import host
from app.ledger.rollup import roll_up
from app.ledger.seals import seal_all
from app.notices.commands import ForgetOldNotices
from app.reports.daily_heads import keep_heads
from app.transactions.search import index_all, index_missing
from app.waking import hang_bell, huey

__all__ = ["huey"]

_BEAT_SECONDS = 5
_BEATS = 60 // _BEAT_SECONDS


@huey.task()
def beat() -> None:
    """Find due work that nobody rang for, roll up house balances, seal and index what is new."""
    each_apart(sweep, roll_up, seal_all, index_all)


@huey.periodic_task(crontab(minute="7"))
def hour() -> None:
    """Index what the log did not name, forget old notices; plan and keep what is the day's.

    What the log does not name are such rows as a restored database's.
    """
    each_apart(
        index_missing,
        _forget_notices,
        forget_what_is_over,
        ask_for_rates,
        plan_reminders,
        _keep_heads,
    )


@huey.periodic_task(crontab(minute="*"))
def minute() -> None:
    """Spread the minute's beats: Huey's own clock knows minutes only. Start the closes due."""
    for number in range(_BEATS):
        beat.schedule(delay=number * _BEAT_SECONDS)
    plan_closes()


def _forget_notices() -> None:
    perform(ForgetOldNotices(), system_actor(None, frozenset(), "Worker"))


def _keep_heads() -> None:
    keep_heads(read_config())


connect(read_config())
hang_bell()
host.make = create_app
