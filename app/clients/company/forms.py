"""The rows of a company's people as they are typed."""

from typing import Any

from wtforms import EmailField, StringField, TelField
from wtforms.validators import Optional

from app.access.forms import valid_address
from app.clients.company.details import Member
from app.clients.company.models import CONTACT, DIRECTOR, SHAREHOLDER
from app.kernel.errors import Refusal
from app.kernel.rates import parse_percent
from app.web.forms import Form, optional, stripped

# The lists of rows, each with the role of those in it.
ROLES = {"directors": DIRECTOR, "shareholders": SHAREHOLDER, "contacts": CONTACT}


class DirectorForm(Form):
    """One who directs the company."""

    name = StringField("Name", optional("Name"))
    position = StringField("Position", optional("Position"))
    identity_number = StringField("Identity number", optional("Identity number", 64))
    phone = TelField("Phone", optional("Phone", 40))


class ShareholderForm(Form):
    """One who holds a part of the company."""

    name = StringField("Name", optional("Name"))
    share = StringField("Share (%)", optional("Share", 20))
    identity_number = StringField("Identity number", optional("Identity number", 64))


class ContactForm(Form):
    """One who is called or written to."""

    name = StringField("Name", optional("Name"))
    position = StringField("Position", optional("Position"))
    email = EmailField("Email", [Optional(), valid_address])
    phone = TelField("Phone", optional("Phone", 40))


def members_of(form: Any) -> tuple[Member, ...]:
    """Return the people of the rows that say something; refuses (422) a share that is none."""
    return tuple(
        _member(role, row)
        for name, role in ROLES.items()
        for row in form[name]
        if any(stripped(field.data) for field in row.form)
    )


def _member(role: str, row: Any) -> Member:
    typed = {field.short_name: stripped(field.data) for field in row.form}
    share = typed.pop("share", "")
    if role != SHAREHOLDER:
        return Member(role, **typed)
    try:
        return Member(role, **typed, share_percent=parse_percent(share, name="Share"))
    except Refusal as refusal:
        refusal.field = "shareholders"
        raise
