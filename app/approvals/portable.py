"""What a configuration file carries of approval rules."""

from collections.abc import Iterator

from app.approvals.commands import MOST_LEVELS
from app.controls.levels import ApprovalRule
from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.review import review_kinds


def check_rule(_context: Context, row: FileRow) -> Iterator[Problem]:
    """Levels and the amount, in minor units of base currency, are within their bounds."""
    if not 0 <= row.values["levels"] <= MOST_LEVELS:
        yield "levels", f"must be 0 to {MOST_LEVELS}"
    if row.values["minimum_minor"] < 0:
        yield "minimum_minor", "must not be negative"


portable(
    Portable(
        "approval_rules",
        "Approval rules",
        ApprovalRule,
        "approval-rules",
        identity=("name",),
        fields=("kind", "minimum_minor", "levels", "project", "branch", "is_active"),
        references={"project": "projects", "branch": "branches"},
        choices={"kind": lambda: review_kinds},
        check=check_rule,
    )
)
