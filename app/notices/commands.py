"""Reading notices, choosing what to be told of, and forgetting what is old."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.errors import Missing
from app.notices.models import Notice, NoticeChoice
from app.notices.queries import found_notice, own

KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """Mark one's own notice as read."""

    notice_id: int


@dataclass(frozen=True, slots=True)
class ReadAllNotices:
    """Mark all one's own notices as read."""


@dataclass(frozen=True, slots=True)
class ChooseNotices:
    """Say whether one wants to hear of every transaction posted for one's clients (W01.11)."""

    on_posting: bool


@dataclass(frozen=True, slots=True)
class ForgetOldNotices:
    """Delete everybody's notices that are older than 90 days."""


@handles(ReadNotice, permission=None, is_about_oneself=True)
def read_notice(work: Work, command: ReadNotice) -> None:
    """Mark it; another's is missing."""
    notice = found_notice(work.session, work.actor, command.notice_id)
    notice.read_at = notice.read_at or work.now


@handles(ReadAllNotices, permission=None, is_about_oneself=True)
def read_all_notices(work: Work, command: ReadAllNotices) -> None:
    """Mark all of them, in the project in sight."""
    del command
    unread = update(Notice).where(*own(work.actor), Notice.read_at.is_(None))
    work.session.execute(
        unread.values(read_at=work.now).execution_options(synchronize_session=False)
    )


@handles(ChooseNotices, permission=None, is_about_oneself=True)
def choose_notices(work: Work, command: ChooseNotices) -> None:
    """Keep the choice of an employee."""
    if work.actor.user_id is None or work.actor.organisation_id is None:
        raise Missing
    query = select(NoticeChoice).where(
        NoticeChoice.organisation_id == work.actor.organisation_id,
        NoticeChoice.user_id == work.actor.user_id,
    )
    choice = work.session.scalars(query).one_or_none()
    if choice is None:
        choice = NoticeChoice(
            organisation_id=work.actor.organisation_id, user_id=work.actor.user_id
        )
        work.session.add(choice)
    choice.on_posting = command.on_posting
    # Postings remember, by this version, whether anybody wants to hear of them.
    work.organisation.configuration_version = Organisation.configuration_version + 1


@handles(ForgetOldNotices, permission=SYSTEM_ONLY)
def forget_old_notices(work: Work, command: ForgetOldNotices) -> int:
    """Delete them, read or not; returns how many."""
    del command
    old = delete(Notice).where(Notice.created_at < work.now - timedelta(days=KEPT_DAYS))
    return len(work.session.execute(old.returning(Notice.id)).all())
