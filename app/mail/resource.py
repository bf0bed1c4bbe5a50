"""Mails as a list: what the portal wrote to whom, and what could not be delivered and why."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.mail.models import FAILED, SENT, WAITING, Mail
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains, equals, within_days
from app.web.respond import row_action

PATH = "/admin/mails"
STATES = {WAITING: "Waiting", SENT: "Sent", FAILED: "Failed"}
TONES = {WAITING: "info", SENT: "success", FAILED: "danger"}


def _select(actor: Actor) -> Select[Any]:
    return select(
        Mail.id,
        Mail.recipient,
        Mail.subject,
        Mail.state,
        Mail.message,
        Mail.created_at,
        Mail.sent_at,
    ).where(*visible(actor, Mail))


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    if row.state != FAILED or not holds(actor, "mail.send"):
        return []
    return [row_action("Send again", f"{PATH}/{row.id}/send", "send", dialog=True)]


def _states(_session: Session, _actor: Actor) -> list[tuple[str, str]]:
    return list(STATES.items())


MAILS = Listing(
    name="mails",
    title="Mail",
    section="System",
    path=PATH,
    select=_select,
    key=Mail.id,
    columns=(
        Column("recipient", "To", lambda row: cells.text(row.recipient), priority=1),
        Column("subject", "Subject", lambda row: cells.text(row.subject)),
        Column(
            "state",
            "Status",
            lambda row: cells.badge(STATES[row.state], TONES[row.state]),
            sort=Mail.state,
            priority=1,
        ),
        Column("message", "What the server said", lambda row: cells.text(row.message)),
        Column(
            "written",
            "Written",
            lambda row: cells.instant(row.created_at),
            sort=Mail.id,
        ),
        Column("sent", "Sent", lambda row: cells.instant(row.sent_at), shown=False),
    ),
    filters=(
        Filter("state", "Status", "choice", equals(Mail.state), _states),
        Filter("written", "Written", "dates", within_days(Mail.created_at)),
    ),
    search=contains(Mail.recipient, Mail.subject),
    search_hint="Address or subject",
    sort="-written",
    label=lambda row: row.subject,
    actions=_actions,
    empty="What the portal writes to people is listed here.",
)
