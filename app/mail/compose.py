"""A letter as a message: text and HTML from the templates, in the organisation's name."""

import json
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.kernel.placeholders import filled
from app.mail.models import Mail
from app.mail.post import Undeliverable

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mail"
_letters = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def compose(
    mail: Mail, *, organisation: str | None, product: str, public_url: str, sender: str
) -> EmailMessage:
    """Return the message with a text and an HTML part; the same mail has the same Message-ID.

    The brand is the organisation's name, or the product's where no organisation writes.
    """
    brand = " ".join((organisation or product).split())
    values = json.loads(mail.content) | {
        "brand": brand,
        "product": product,
        "subject": mail.subject,
        "public_url": public_url,
    }
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=brand, addr_spec=sender)
    try:
        message["To"] = Address(addr_spec=mail.recipient)
    except (ValueError, HeaderParseError) as error:
        raise Undeliverable("No mail can be addressed to what was typed as the address.") from error
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    # One that was posted twice, around a crash, is recognised by its id.
    message["Message-ID"] = f"<{mail.id}.{int(mail.created_at.timestamp())}@{_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    template = mail.letter
    if "wording" in values:
        places = values | {"site": public_url}
        template, values["body"] = "worded", filled(values["wording"], places)
    message.set_content(_letters.get_template(f"{template}.txt").render(values))
    html = _letters.get_template(f"{template}.html").render(values)
    message.add_alternative(html, subtype="html")
    return message


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2]
