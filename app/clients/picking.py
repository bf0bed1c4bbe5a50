"""A form's choice of a customer: by typing where there are scripts, else among the newest."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import SelectField

from app.clients.choices import offered_clients
from app.clients.resource import PATH
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.web.forms import as_id, set_choices

OPTIONS = f"{PATH}/options"


def client_field(label: str, validators: Sequence[Any], *, description: str = "") -> SelectField:
    """Return the field; its form must be told what it offers by `offer_clients`."""
    return SelectField(label, validators, validate_choice=False, description=description)


def offer_clients(
    field: Any,
    session: Session,
    who: Actor,
    *,
    empty: str,
    kept_id: int | None = None,
    authorised: bool = False,
    but: int | None = None,
) -> None:
    """Offer the newest customers and the chosen one; who may see customers finds any by typing."""
    kept_id = as_id(field.data) or kept_id
    rows = offered_clients(session, who, kept_id, authorised=authorised)
    set_choices(field, [row for row in rows if row[0] != but], empty=empty)
    if holds(who, "clients.view"):
        address = f"{OPTIONS}?authorised=1" if authorised else OPTIONS
        field.render_kw = {**(field.render_kw or {}), "data-picker": address}
