"""The pages of mails: the list, and sending a failed one again."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.controls.permissions import find
from app.mail.models import Mail
from app.mail.resource import MAILS, PATH
from app.mail.tasks import SendMailAgain
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact

blueprint = Blueprint("mail", __name__)
register(MAILS)


@blueprint.get(PATH)
@permit("mail.view")
def mails() -> Response:
    """List what was written."""
    return show_list(MAILS)


@blueprint.get(f"{PATH}.csv")
@permit("mail.view")
def mails_csv() -> Response:
    """Send the list as a file."""
    return send_csv(MAILS)


@blueprint.route(f"{PATH}/<int:mail_id>/send", methods=["GET", "POST"])
@permit("mail.send")
def send_again(mail_id: int) -> Response:
    """Try a failed mail again, after a confirmation that says why it had failed."""
    mail = find(read_session(), actor(), Mail, mail_id)
    return confirm_view(
        command=lambda: SendMailAgain(mail_id),
        title="Send mail again",
        body="The mail goes out at once. A link or a password in it may have expired meanwhile.",
        rows=[
            fact("To", cells.text(mail.recipient)),
            fact("Subject", cells.text(mail.subject)),
            fact("Why it failed", cells.text(mail.message)),
        ],
        verb="Send",
        to=PATH,
        done_title="Mail is on its way",
    )
