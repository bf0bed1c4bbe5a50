"""Marketplace > Products and Integrations: their lists and forms."""

from typing import Any

from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from app.controls.identity import Actor
from app.kernel.objects import LONGEST_OBJECT
from app.marketplace.commands import CONNECTED, PRODUCTS
from app.marketplace.models import INTEGRATIONS
from app.organisation.queries import kept_currencies
from app.projects.pages import ProjectForm, ProjectPages, Shown
from app.web import cells
from app.web.forms import LONGEST_NOTE, chosen, optional, options, required, set_choices

_SECTION = "Marketplace"


class ProductForm(ProjectForm):
    """A product; its name stays, for orders tell it by that."""

    name = StringField("Name", required("Name"))
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    price = StringField("Price", required("Price"))
    description = TextAreaField("Description", optional("Description", LONGEST_NOTE))
    is_active = BooleanField("For sale", default=True)


class IntegrationForm(ProjectForm):
    """An integration; its name stays."""

    name = StringField("Name", required("Name"))
    kind = SelectField("Kind", chosen("Kind"), choices=options(INTEGRATIONS))
    settings_text = TextAreaField(
        "Settings",
        optional("Settings", LONGEST_OBJECT),
        description="A JSON object. Everybody who sees the integration reads it: no passwords",
    )
    is_active = BooleanField("In use", default=True)


def _offer_currencies(form: Any, session: Session, who: Actor, _record: Any) -> None:
    set_choices(form.currency, kept_currencies(session, who))


def _price(row: Any) -> cells.Cell:
    return cells.money(row.price_minor, row.exponent, row.currency)


def _is_active(row: Any) -> cells.Cell:
    return cells.flag(is_set=row.is_active)


PAGES = (
    ProjectPages(
        PRODUCTS,
        "/admin/marketplace-products",
        "Products",
        _SECTION,
        "Add what a project sells to its customers.",
        (
            Shown("name", "Name"),
            Shown("price_minor", "Price", _price, beside=("exponent", "currency"), money=True),
            Shown("description", "Description", in_list=False),
            Shown("is_active", "For sale", _is_active),
        ),
        ProductForm,
        ("name",),
        _offer_currencies,
    ),
    ProjectPages(
        CONNECTED,
        "/admin/integrations",
        "Integrations",
        _SECTION,
        "Keep what a project's outside systems are and how they are set up.",
        (
            Shown("name", "Name"),
            Shown("kind", "Kind", lambda row: cells.text(INTEGRATIONS[row.kind])),
            Shown("is_active", "In use", _is_active),
            Shown("settings_text", "Settings", in_list=False),
        ),
        IntegrationForm,
        ("name",),
    ),
)
