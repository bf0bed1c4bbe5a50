"""“What would this cost?”: the price of a movement that nobody makes, and why it is what it is."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import Optional

from app.clients.models import Client
from app.controls.permissions import find, visible
from app.fees.models import KINDS
from app.fees.pricing import Quote, Verdict, price, verdicts
from app.fees.queries import current_prices
from app.fees.resource import FEES_PATH
from app.fees.rules import Asked
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.organisation.models import OrganisationCurrency, Project
from app.organisation.queries import project_choices
from app.reference.models import TransactionSubType
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, as_id, set_choices, stripped
from app.web.guard import permit
from app.web.pages import fact
from app.web.respond import render

blueprint = Blueprint("fee_simulator", __name__)
PATH = f"{FEES_PATH}/simulator"
_CLASSIFIED = {"in": ("deposit",), "out": ("withdrawal", "transfer")}
_CLASSIFIED["both"] = (*_CLASSIFIED["in"], *_CLASSIFIED["out"])


class SimulatorForm(Form):
    """What is asked; it is sent by GET, so that an answer can be shared."""

    client = StringField("Customer", [Optional()], description="Their number; empty for anybody")
    project_id = SelectField("Project", [Optional()], validate_choice=False)
    kind = SelectField("Type of Transaction", validate_choice=False)
    currency = SelectField("Currency", validate_choice=False, description="Of an exchange: Out")
    counter_currency = SelectField(
        "In currency", [Optional()], validate_choice=False, description="Of an exchange: In"
    )
    amount = StringField("Amount")


@dataclass(frozen=True, slots=True)
class Answer:
    """A quote with the words for it."""

    quote: Quote
    currency: OrganisationCurrency
    told: list[Verdict]
    payer: str

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines of the breakdown."""
        rows = [fact("Customer", cells.text(self.payer)), self._line("Gross amount", "gross_minor")]
        for charge in self.quote.charges:
            rows.append(fact(charge.name, self._money(charge.amount_minor)))
            if charge.tax_minor:
                rows.append(fact(f"Tax on {charge.name}", self._money(charge.tax_minor)))
        named = (("Fee amount", "fee_minor"), ("Tax amount", "tax_minor"))
        rows += [self._line(label, name) for label, name in (*named, ("Net amount", "net_minor"))]
        told = [cells.symbol("triangle-alert", one) for one in self.quote.warnings]
        return [*rows, *(fact("Warning", one) for one in told)]

    def _line(self, label: str, name: str) -> dict[str, Any]:
        return fact(label, self._money(getattr(self.quote, name)))

    def _money(self, minor: int) -> cells.Cell:
        return cells.money(minor, self.currency.exponent, self.currency.code)


@blueprint.get(PATH)
@permit("fees.view")
def simulator() -> Response:
    """Work out a price and say of each rule why it applies or not."""
    form = SimulatorForm(request.args)
    _prepare(form)
    answer, error = None, ""
    if stripped(form.amount.data):
        try:
            answer = _answer(form)
        except Refusal as refusal:
            form.attach(refusal)
            error = refusal.sentence
    return render(
        "fees/simulator.html",
        fragment="fees/_simulated.html",
        form=form,
        answer=answer,
        rows=answer.rows() if answer else [],
        error=error,
        action_href=PATH,
        back_href=FEES_PATH,
    )


def _prepare(form: SimulatorForm) -> None:
    session, who = read_session(), actor()
    set_choices(form.project_id, project_choices(session, who))
    set_choices(form.kind, KINDS | _sub_types())
    codes = session.scalars(
        select(OrganisationCurrency.code)
        .where(*visible(who, OrganisationCurrency))
        .order_by(OrganisationCurrency.is_base.desc(), OrganisationCurrency.code)
    ).all()
    set_choices(form.currency, codes)
    set_choices(form.counter_currency, codes, empty="None")


def _sub_types() -> dict[str, str]:
    """Return what may be asked beyond the kinds: the sub-types, and what is classified with each.

    The system's stand for a kind; one that a project added classifies what goes its way.
    """
    named = TransactionSubType
    query = select(named.label, named.name, named.direction, named.is_system)
    query = query.where(*visible(actor(), named)).order_by(named.name, named.id)
    offered = {}
    for label, name, direction, is_system in read_session().execute(query):
        if is_system:
            offered[label] = name
            continue
        for kind in _CLASSIFIED[direction]:
            offered[f"{kind}/{label}"] = f"{name} · {KINDS[kind]}"
    return offered


def _answer(form: SimulatorForm) -> Answer:
    session, who = read_session(), actor()
    client = _client(stripped(form.client.data))
    wanted = client.project_id if client else as_id(form.project_id.data)
    project = find(session, who, Project, wanted or 0) if wanted else None
    if project is None:
        raise Refusal("Choose a project or a customer", field="project_id")
    currency = session.scalars(
        select(OrganisationCurrency).where(
            *visible(who, OrganisationCurrency),
            OrganisationCurrency.code == (form.currency.data or ""),
        )
    ).one_or_none()
    if currency is None:
        raise Refusal("Choose a currency from the list", field="currency")
    kind, _, sub_type = (form.kind.data or "").partition("/")
    asked = Asked(
        kind=kind,
        sub_type=sub_type,
        currency=currency.code,
        exponent=currency.exponent,
        amount_minor=_amount(form, currency.exponent),
        project_id=project.id,
        group_id=client.fee_group_id if client else None,
        counter_currency=form.counter_currency.data or "",
    )
    prices = current_prices(session, who.tenant_id)
    payer = client.title() if client else f"Anybody of {project.name}"
    return Answer(price(prices, asked), currency, verdicts(prices, asked), payer)


def _amount(form: SimulatorForm, exponent: int) -> int:
    try:
        return parse_minor(form.amount.data or "", exponent)
    except Refusal as refusal:
        refusal.field = "amount"
        raise


def _client(number: str) -> Client | None:
    if not number:
        return None
    query = select(Client).where(*visible(actor(), Client), Client.number == number.upper())
    client = read_session().scalars(query).one_or_none()
    if client is None:
        raise Refusal("There is no customer with this number", field="client")
    return client
