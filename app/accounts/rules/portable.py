"""What a configuration file carries of activity rules."""

from collections.abc import Iterator

from app.accounts.rules.commands import (
    LOWEST_PRIORITY,
    MOST_DAYS,
    RULE,
    CreateActivityRule,
    create_activity_rule,
)
from app.accounts.rules.decision import IDLE, ZERO
from app.accounts.rules.models import KIND_NAMES
from app.controls.portable import Context, FileRow, Problem
from app.kernel.money import MAXIMUM_MINOR
from app.records.portable import carry_reviewed


def check_rule(_context: Context, row: FileRow) -> Iterator[Problem]:
    """A threshold is days or minor units of base currency by the kind; none for a zero balance."""
    kind, threshold = row.values["kind"], row.values["threshold"]
    most = MOST_DAYS if kind == IDLE else MAXIMUM_MINOR
    if kind == ZERO and threshold is not None:
        yield "threshold", "must be null where the balance is zero"
    if kind != ZERO and not 1 <= (threshold or 0) <= most:
        yield "threshold", f"must be 1 to {most}"
    if not 1 <= row.values["priority"] <= LOWEST_PRIORITY:
        yield "priority", f"must be 1 to {LOWEST_PRIORITY}"


carry_reviewed(
    RULE,
    key="activity_rules",
    title="Activity rules",
    identity=("kind", "threshold", "status"),
    fields=("priority",),
    references={"status": "account_status"},
    choices={"kind": lambda: KIND_NAMES},
    create=lambda work, columns: create_activity_rule(
        work, CreateActivityRule(**columns, submit=True)
    ),
    check=check_rule,
)
