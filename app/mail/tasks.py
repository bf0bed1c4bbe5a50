"""Posts the mails that are due; what cannot go says why, and waits or is given up.

A crash between the server's yes and our note of it posts the mail again, under the same
Message-ID: a mail that comes twice is better than one that never comes.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.due import Job, does
from app.controls.identity import system_actor
from app.controls.locking import find_locked
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Conflict
from app.mail.compose import compose
from app.mail.letters import KIND, enqueue_mail
from app.mail.models import FAILED, SENT, WAITING, Mail
from app.mail.post import Undeliverable, Unreachable, post

# How long to wait after each attempt that found no server, in minutes; then it is given up.
WAITS_MINUTES = (1, 5, 15, 60, 240)


@dataclass(frozen=True, slots=True)
class MarkMailSent:
    """Note that a mail has gone, and forget what stood in it."""

    mail_id: int


@dataclass(frozen=True, slots=True)
class PostponeMail:
    """Try a mail again later, or give it up after the last attempt."""

    mail_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class GiveMailUp:
    """Note why a mail cannot go."""

    mail_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class SendMailAgain:
    """Post a mail that had failed once more."""

    mail_id: int


@does(KIND)
def post_mail(job: Job) -> None:
    """Post one mail; one that has gone already is left alone."""
    mail_id = int(job.payload["mail_id"])
    with database.reading() as session:
        mail = session.get_one(Mail, mail_id)
        tenant = session.get(Organisation, mail.organisation_id) if mail.organisation_id else None
    if mail.state != WAITING:
        return
    worker = system_actor(mail.organisation_id, frozenset(), "Worker")
    try:
        post.demand_ready()
        message = compose(
            mail,
            organisation=tenant.name if tenant else None,
            product=post.product,
            public_url=post.public_url,
            sender=post.sender,
        )
        post.send(message, name=f"{mail.id}-{mail.letter}")
    except Undeliverable as failure:
        perform(GiveMailUp(mail_id, str(failure)), worker)
    except Unreachable as failure:
        perform(PostponeMail(mail_id, str(failure)), worker)
    else:
        perform(MarkMailSent(mail_id), worker)


@handles(MarkMailSent, permission=SYSTEM_ONLY)
def mark_mail_sent(work: Work, command: MarkMailSent) -> None:
    """Note the moment; the letter's values, a password perhaps, are kept no longer."""
    mail = work.session.get_one(Mail, command.mail_id)
    mail.state, mail.sent_at = SENT, work.now
    mail.attempts += 1
    mail.message, mail.content = "", ""


@handles(PostponeMail, permission=SYSTEM_ONLY)
def postpone_mail(work: Work, command: PostponeMail) -> None:
    """Wait longer each time; after the last wait the mail has failed."""
    mail = work.session.get_one(Mail, command.mail_id)
    mail.message = command.sentence
    mail.attempts += 1
    if mail.attempts > len(WAITS_MINUTES):
        mail.state = FAILED
        return
    wait = timedelta(minutes=WAITS_MINUTES[mail.attempts - 1])
    enqueue_mail(work, mail, due_at=work.now + wait)


@handles(GiveMailUp, permission=SYSTEM_ONLY)
def give_mail_up(work: Work, command: GiveMailUp) -> None:
    """Keep the sentence for the administrators."""
    mail = work.session.get_one(Mail, command.mail_id)
    mail.state, mail.message = FAILED, command.sentence
    mail.attempts += 1


@handles(SendMailAgain, permission="mail.send")
def send_mail_again(work: Work, command: SendMailAgain) -> None:
    """Let the worker try at once; only a mail that failed is sent again (409)."""
    mail = find_locked(work, Mail, command.mail_id)
    if mail.state != FAILED:
        raise Conflict("Only a mail that failed can be sent again")
    mail.state, mail.message = WAITING, ""
    enqueue_mail(work, mail)
