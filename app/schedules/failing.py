"""A planned payment ends as failed, and whoever planned it is told."""

from app.controls.work import Work
from app.notices import models as notices
from app.notices.sending import notify
from app.schedules.models import ForwardDated
from app.schedules.words import FAILED, FORWARD_PATH


def end_failed(work: Work, one: ForwardDated, *, reason: str) -> None:
    """End a locked payment, which holds nothing any more, with the sentence that says why."""
    one.status, one.failure_reason, one.ended_at = FAILED, reason, work.now
    notify(
        work,
        [one.maker_id],
        kind=notices.FAILED,
        title=f"{one.reference} could not be executed",
        text=reason,
        href=f"{FORWARD_PATH}/{one.id}",
    )
