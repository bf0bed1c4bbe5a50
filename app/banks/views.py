"""Core Banking > Banks: the list, one bank, its form."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from app.banks.commands import BankTerms, CreateBank, EditBank
from app.banks.models import Bank
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.kernel.countries import known_countries
from app.kernel.objects import LONGEST_OBJECT, parse_object, written_object
from app.records.pages import record_page
from app.records.retiring import mount_retirable
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, chosen, optional, required, set_choices, stripped
from app.web.guard import permit
from app.web.listing import Column, Listing, contains
from app.web.pages import fact, form_view
from app.web.resource import Resource

PATH = "/admin/banks"
blueprint = Blueprint("banks", __name__)


class BankForm(Form):
    """A bank of the list (W10.03)."""

    name = StringField("Name", required("Name"), description="Its full legal name")
    country = SelectField("Country", chosen("Country"), validate_choice=False)
    address = StringField("Address", optional("Address"))
    bank_code = StringField(
        "Bank code", optional("Bank code"), description="A routing number or sort code"
    )
    licence = StringField("Licence", optional("Licence"), description="Of its regulator")
    bic = StringField("SWIFT/BIC", optional("SWIFT/BIC"))
    iban = StringField(
        "IBAN",
        optional("IBAN"),
        description="How its IBANs begin; the address of new assets is filled with it",
    )
    is_default = BooleanField(
        "Make as default", description="New fiat assets start with it; only one bank is the default"
    )
    rules_text = TextAreaField(
        "Rules", optional("Rules", LONGEST_OBJECT), description="A JSON object, if there are any"
    )
    credentials_text = TextAreaField(
        "Credentials",
        optional("Credentials", LONGEST_OBJECT),
        description='A JSON object such as {"url": "https://api.bank.example", "key": "…"}. '
        "Kept encrypted and not shown again; leave empty to keep it",
    )

    def terms(self) -> BankTerms:
        """Return what was typed; what is no JSON object is refused beside its field."""
        given = stripped(self.credentials_text.data)
        credentials = parse_object(given, name="Credentials", field="credentials_text")
        return BankTerms(
            **{
                name: stripped(self[name].data)
                for name in ("name", "country", "address", "bank_code", "licence", "bic", "iban")
            },
            is_default=self.is_default.data,
            rules=parse_object(self.rules_text.data or "", name="Rules", field="rules_text"),
            credentials=credentials if given else None,
        )


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("banks.create")
def add() -> Response:
    """Add a bank (W10.02)."""
    form = BankForm()
    _prepare(form, read_session(), actor(), None)
    return form_view(
        form,
        command=lambda: CreateBank(form.terms()),
        title="Add bank",
        submit_label="Save",
        to=PATH,
        done_title="Bank added",
    )


def _add_link(_session: Session, who: Actor) -> dict[str, Any]:
    """Name the button as the manual does (W10.01)."""
    if not holds(who, "banks.create"):
        return {}
    return {"create": {"label": "Add bank", "href": f"{PATH}/new"}}


def _prepare(form: BankForm, _session: Session, _actor: Actor, bank: Bank | None) -> None:
    set_choices(form.country, known_countries(), empty="Choose a country")
    if bank is not None and not form.is_posted:
        form.rules_text.data = written_object(bank.rules)


def _detail(_session: Session, _actor: Actor, bank: Bank) -> dict[str, Any]:
    rows = [
        fact("Name", cells.text(bank.name)),
        fact("Country", cells.text(known_countries().get(bank.country, bank.country))),
        fact("Address", cells.text(bank.address)),
        fact("Bank code", cells.text(bank.bank_code)),
        fact("Licence", cells.text(bank.licence)),
        fact("SWIFT/BIC", cells.text(bank.bic)),
        fact("IBAN", cells.text(bank.iban)),
        fact("Default", cells.flag(is_set=bank.is_default)),
        fact("Rules", cells.text(written_object(bank.rules))),
        fact("Credentials", cells.text("Set" if bank.credentials else "Not set")),
    ]
    return record_page(BANKS, bank, rows, subtitle="Bank")


def _select(actor: Actor) -> Select[Any]:
    return select(
        Bank.id, Bank.name, Bank.country, Bank.bank_code, Bank.licence, Bank.bic, Bank.iban,
        Bank.is_default,
    ).where(*visible(actor, Bank))  # fmt: skip


def _name(row: Any) -> cells.Cell:
    return cells.text(f"{row.name} (default)" if row.is_default else row.name)


BANKS = Listing(
    name="banks",
    title="Banks",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=Bank.id,
    columns=(
        Column("name", "Bank", _name, sort=Bank.name, priority=1),
        Column("country", "Country", lambda row: cells.text(row.country), sort=Bank.country,
               priority=1),
        Column("bank_code", "Bank code", lambda row: cells.text(row.bank_code),
               sort=Bank.bank_code),
        Column("bic", "SWIFT/BIC", lambda row: cells.text(row.bic), sort=Bank.bic, priority=1),
        Column("iban", "IBAN", lambda row: cells.text(row.iban), sort=Bank.iban),
        Column("licence", "Licence", lambda row: cells.text(row.licence), sort=Bank.licence),
    ),
    search=contains(Bank.name, Bank.iban, Bank.bic, Bank.country),
    search_hint="Name, IBAN, SWIFT/BIC or country",
    sort="name",
    label=lambda row: row.name,
    notice=_add_link,
    empty="Add the banks that hold your customers' fiat money.",
)  # fmt: skip

mount_retirable(
    Resource(
        listing=BANKS,
        model=Bank,
        singular="Bank",
        module="banks",
        detail=_detail,
        form=BankForm,
        prepare=_prepare,
        edit=lambda bank, form, version: EditBank(bank.id, version, form.terms()),
    ),
    blueprint,
)
