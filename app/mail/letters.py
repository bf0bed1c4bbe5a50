"""Writing a letter inside a command: the mail and its due work stand in the same transaction."""

import json
from collections.abc import Mapping
from datetime import datetime

from app.controls.due import enqueue
from app.controls.work import Work
from app.kernel.placeholders import filled
from app.mail.models import Mail
from app.mail.wording import wording_of

KIND = "mail"


def write_letter(
    work: Work,
    letter: str,
    *,
    to: str,
    subject: str,
    values: Mapping[str, str],
    client_id: int | None = None,
) -> int:
    """Ask for a letter: the template `templates/mail/<letter>` filled with `values`.

    It goes in the name of the organisation acted in, in its project's words where that has any
    for this letter, once the command is committed. Returns the
    mail's id. The values are kept encrypted, and only until the mail has gone. `client_id` names
    the client it is to or about, so that nobody else's people see it.
    """
    content = dict(values)
    wording = wording_of(work, letter, to)
    if wording is not None:
        brand = work.organisation.name
        subject = filled(wording.subject, {**values, "brand": brand})
        content |= {"wording": wording.body, "language": wording.language}
    mail = Mail(
        organisation_id=work.actor.organisation_id,
        client_id=client_id,
        letter=letter,
        recipient=to,
        subject=" ".join(subject.split()),
        content=json.dumps(content),
        created_at=work.now,
    )
    work.add(mail)
    enqueue_mail(work, mail)
    return mail.id


def enqueue_mail(work: Work, mail: Mail, *, due_at: datetime | None = None) -> None:
    """Let a worker post the mail; each attempt is due work of its own."""
    occurrence = f"{mail.id}-{mail.attempts}"
    enqueue(work, KIND, occurrence, {"mail_id": mail.id}, due_at=due_at)
