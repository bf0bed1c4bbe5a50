"""Tells of work that failed for good: whoever asked for it, and of mails those who send them."""

from app.access.holders import holders_of
from app.controls.commands import follows
from app.controls.due import given_up
from app.controls.due_work import DueWork
from app.controls.work import Work
from app.mail.models import FAILED as GIVEN_UP
from app.mail.models import Mail
from app.mail.tasks import GiveMailUp, PostponeMail
from app.notices.models import FAILED
from app.notices.sending import notify

# Where people look at the work of a kind; the others lead to the dashboard.
_PLACES = {
    "export": "/admin/exports",
    "statement": "/admin/statements/{statement_id}",
    "onboarding": "/admin/clients/{client_id}",
    "payments": "/admin/payments/{payment_file_id}",
}


@follows
def tell_of_failures(work: Work) -> None:
    """Write a notice where this command gave something up."""
    command, row = work.command, given_up(work)
    if row is not None:
        _tell_who_asked(work, row)
    elif isinstance(command, GiveMailUp | PostponeMail):
        mail = work.session.get_one(Mail, command.mail_id)
        if mail.state == GIVEN_UP and mail.organisation_id is not None:
            notify(
                work,
                holders_of(work.session, mail.organisation_id, "mail.send"),
                kind=FAILED,
                title="A mail could not be sent",
                text=f"{mail.subject}, to {mail.recipient}",
                href=f"/admin/mails/{mail.id}",
            )


def _tell_who_asked(work: Work, row: DueWork) -> None:
    place = _PLACES.get(row.kind, "/admin/dashboard").format_map(row.payload)
    words = row.kind.replace("-", " ").capitalize()
    title = f"{words} could not be finished"
    notify(work, [row.requested_by], kind=FAILED, title=title, text=row.message, href=place)
