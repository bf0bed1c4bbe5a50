"""Activity rules at the close of business."""

from app.accounts.rules.applying import ApplyRulesAtClose
from app.controls.closing_steps import Closing, closes
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.kernel.counts import counted
from app.kernel.crash import crash_point

ORDER = 75
NEARLY_DONE_PERCENT = 99


@closes("APPLY_ACTIVITY_RULES", name="Apply activity rules", order=ORDER)
def apply_rules(closing: Closing) -> str:
    """Move the accounts that meet a rule, after what the day itself booked on them (E22.07)."""
    worker = system_actor(
        closing.organisation_id, frozenset({"activity-rules.apply"}), "Close of business"
    )
    day, moved = closing.business_date.isoformat(), 0
    after_id: int | None = 0
    while after_id is not None:
        key = f"activity-rules-{day}-{after_id}"
        batch, after_id = perform(ApplyRulesAtClose(after_id), worker, key=key)
        moved += batch
        crash_point("activity rules applied")
        closing.report(NEARLY_DONE_PERCENT)
    return f"{counted(moved, 'account was', 'accounts were')} moved to another status"
