"""Account Configuration > Charges: the list, one charge and what it took lately."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.cards import adds_cards
from app.charges.commands import CHARGE
from app.charges.ending import obstacle_to_end
from app.charges.forms import ChargeForm, EndForm, WaiveForm
from app.charges.models import KINDS, Charge, ChargeDue
from app.charges.queries import charges_of_assets, why_waiting
from app.charges.waiving import waiting_of
from app.controls.identity import Actor
from app.controls.permissions import find, holds, scoped, visible
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset, Transaction
from app.organisation.models import OrganisationCurrency
from app.records.judging import judged
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, contains, equals
from app.web.pages import fact, form_view, posted_version
from app.web.respond import row_action

PATH = "/admin/charges"
blueprint = Blueprint("charges", __name__)
_SHORT = {"MAINTENANCE": "Maintenance", "OVERDRAFT": "Overdraft", "ONE_OFF": "One-off"}
_NEWEST = 6
WAIVES = "What is waived is never taken. What is taken already is reversed instead."
ENDS = "It falls due no more after its last day. What fell due by then and waits is still taken."


def _select(actor: Actor) -> Select[Any]:
    return select(
        Charge.id, Charge.code, Charge.name, Charge.kind, Charge.frequency, Charge.currency,
        Charge.exponent, Charge.amount_minor, Charge.effective_from,
        func.coalesce(Charge.ended_after, Charge.effective_to).label("last_day"),
    ).where(*visible(actor, Charge))  # fmt: skip


def _when(row: Any) -> str:
    if row.kind == "ONE_OFF":
        return str(row.effective_from.isoformat())
    return str(row.frequency.replace("_", "-").capitalize())


_CHARGES = Listing(
    name="charges",
    title="Charges",
    section="Account Configuration",
    path=PATH,
    select=_select,
    key=Charge.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=Charge.code, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=Charge.name, priority=1),
        Column("kind", "Kind", lambda row: cells.text(_SHORT[row.kind]), sort=Charge.kind),
        Column("amount", "Amount",
               lambda row: cells.money(row.amount_minor, row.exponent, row.currency),
               money=True, priority=1),
        Column("when", "Taken", lambda row: cells.text(_when(row))),
        Column("to", "Effective To", lambda row: cells.day(row.last_day), priority=3),
    ),
    filters=(
        Filter("kind", "Kind", "choices", equals(Charge.kind),
               lambda _session, _actor: tuple(_SHORT.items())),
    ),
    search=contains(Charge.code, Charge.name),
    search_hint="Code or name",
    sort="code",
    label=lambda row: row.code,
    empty="Create the first charge: maintenance fees and one-off charges are taken at the close.",
)  # fmt: skip


def _account(session: Session, who: Actor, one: Charge) -> str:
    """Name the account that is charged to those who may see it."""
    query = scoped(who, Account).where(Account.id == one.account_id)
    account = session.scalars(query).one_or_none()
    return account.title() if account else "One account"


def _detail(session: Session, who: Actor, one: Charge) -> dict[str, Any]:
    income = session.get_one(Product, one.income_product_id)
    product = session.get(Product, one.product_id) if one.product_id else None
    tax = "None" if one.tax_percent is None else f"{one.tax_percent:f} %"
    whom = product.title() if product else _account(session, who, one)
    return {
        "title": one.name,
        "ident": one.code,
        "rows": [
            fact("Code", cells.ident(one.code)),
            fact("Kind", cells.text(KINDS[one.kind])),
            fact("Taken", cells.text(_when(one))),
            fact("Effective From", cells.day(one.effective_from)),
            fact("Effective To", cells.day(one.last_day)),
            *_ended(one),
            fact("Amount", cells.money(one.amount_minor, one.exponent, one.currency)),
            fact("Tax", cells.text(tax)),
            fact("Income account", cells.text(income.title())),
            fact("Charged to", cells.text(whom)),
        ],
        "cards": [_taken(session, one)] if one.is_authorised else [],
        "actions": [_end_of(one)] if _may_end(session, who, one) else [],
    }


def _end_of(one: Charge) -> dict[str, Any]:
    return row_action("End charge", f"{PATH}/{one.id}/end", "ban", dialog=True, danger=True)


def _may_end(session: Session, who: Actor, one: Charge) -> bool:
    day = session.get_one(Organisation, one.organisation_id).business_date
    return holds(who, "charges.edit") and obstacle_to_end(one, day) is None


def _ended(one: Charge) -> list[dict[str, Any]]:
    """Say that somebody ended the charge, and until when it was approved."""
    if one.ended_after is None:
        return []
    is_never = one.ended_after < one.effective_from
    how = "Before it begins: it never falls due" if is_never else "Earlier than it was approved"
    until = one.effective_to.isoformat() if one.effective_to else "no end"
    return [fact("Ended", cells.text(f"{how} (approved with {until})"))]


def _taken(session: Session, one: Charge) -> dict[str, Any]:
    """Say how often the charge was taken by the day it fell due, and why how many wait."""
    how = case(
        (Transaction.reversed_at.is_not(None), "reversed"),
        (ChargeDue.state == "charged", "taken"),
        (ChargeDue.state == "waived", "waived"),
        else_=why_waiting(),
    ).label("how")
    query = (
        select(ChargeDue.due_on, how, func.count())
        .outerjoin(Transaction, Transaction.id == ChargeDue.transaction_id)
        .where(ChargeDue.organisation_id == one.organisation_id, ChargeDue.charge_id == one.id)
        .group_by(ChargeDue.due_on, how)
        .order_by(ChargeDue.due_on.desc(), how)
        .limit(_NEWEST)
    )
    rows = [
        fact(day.isoformat(), cells.text(f"{count:,} {what}"))
        for day, what, count in session.execute(query)
    ]
    return {
        "title": "Taken lately",
        "rows": rows or [fact("It has not fallen due yet", cells.text(""))],
        "open": True,
    }


def _prepare(form: ChargeForm, session: Session, who: Actor, record: Charge | None) -> None:
    kept = session.scalars(
        select(OrganisationCurrency)
        .where(*visible(who, OrganisationCurrency), OrganisationCurrency.retired_at.is_(None))
        .order_by(OrganisationCurrency.code)
    ).all()
    form.exponents = {one.code: one.exponent for one in kept}
    codes = [(one.code, f"{one.code} · {one.name}") for one in kept]
    set_choices(form.currency, codes, empty="Choose a currency")
    products = session.scalars(
        select(Product)
        .where(
            *visible(who, Product),
            Product.record_status == AUTHORIZED,
            Product.retired_at.is_(None),
        )
        .order_by(Product.code)
    ).all()
    income = [(one.id, one.title()) for one in products if one.kind == "income"]
    set_choices(form.income_product_id, income, empty="Choose an income account")
    contracts = [(one.id, one.title()) for one in products if one.is_contract]
    set_choices(form.product_id, contracts, empty="None: one account")
    if record is not None:
        del form.code
        if request.method == "GET":
            query = scoped(who, Account).where(Account.id == record.account_id)
            account = session.scalars(query).one_or_none()
            form.show(record, account.number if account else "")


@adds_cards
def charges_of_account(session: Session, who: Actor, account: Account) -> list[dict[str, Any]]:
    """Show what an account was charged on schedule, and what waits for money."""
    if account.holder == "internal" or not holds(who, "charges.view"):
        return []
    assets = select(Asset).where(
        Asset.organisation_id == account.organisation_id, Asset.account_id == account.id
    )
    known = {one.id: one for one in session.scalars(assets)}
    found = charges_of_assets(session, account.organisation_id, list(known), limit=_NEWEST)
    if not found:
        return []
    rows = []
    for one, charge in found:
        label = f"{one.due_on.isoformat()} {charge.name}"
        href = f"/admin/transactions/{one.transaction_id}" if one.transaction_id else None
        if href is not None and holds(who, "transactions.view"):
            amount = cells.money(charge.amount_minor, charge.exponent, charge.currency)
            shown = cells.text(f"{amount['text']} {charge.currency}", href=href)
        elif href is not None:
            shown = cells.money(charge.amount_minor, charge.exponent, charge.currency)
        elif one.state == "waived":
            shown = cells.text(f"{_total(charge)} waived: {one.reason}")
        else:
            reason = one.reason or "for the close of business"
            shown = cells.text(f"{_total(charge)} waits: {reason}")
        rows.append(fact(label, shown))
    if found[0][0].state == "due" and holds(who, "charges.edit"):
        href = f"/admin/accounts/{account.id}/waive-charges"
        rows.append(fact("What waits", cells.text("Waive charges", href=href)))
    return [{"title": "Charges", "rows": rows, "open": True}]


def _total(charge: Charge) -> Money:
    return Money(charge.total_minor, charge.currency, charge.exponent)


@blueprint.route(f"{PATH}/<int:charge_id>/end", methods=["GET", "POST"])
@permit("charges.edit")
def end(charge_id: int) -> Response:
    """End an authorized charge by a day, or before it begins."""
    session, form = read_session(), EndForm()
    charge = find(session, actor(), Charge, charge_id)
    day = session.get_one(Organisation, charge.organisation_id).business_date
    obstacle = obstacle_to_end(charge, day)
    if obstacle:
        raise Conflict(obstacle)
    if charge.effective_from < day:
        form.ask_for_the_day()
    return form_view(
        form,
        command=lambda: form.command(charge_id, posted_version()),
        title="End charge",
        submit_label="End charge",
        to=f"{PATH}/{charge_id}",
        done_title="Charge ended",
        record=charge,
        danger=True,
        intro=ENDS,
        summary=[
            fact("Charge", cells.text(charge.title())),
            fact("Effective From", cells.day(charge.effective_from)),
            fact("Effective To", cells.day(charge.last_day)),
        ],
    )


@blueprint.route("/admin/accounts/<int:account_id>/waive-charges", methods=["GET", "POST"])
@permit("charges.edit")
def waive(account_id: int) -> Response:
    """Waive what waits to be taken from an account, or some of it."""
    session, form = read_session(), WaiveForm()
    account = find(session, actor(), Account, account_id)
    waiting = waiting_of(session, account)
    if not waiting and not form.is_posted:
        raise Conflict("No charge of this account waits")
    offered = {}
    for one, charge in waiting:
        offered[str(one.id)] = f"{one.due_on.isoformat()} {charge.name} · {_total(charge)}"
    set_choices(form.due_ids, offered)
    if not form.is_posted:
        form.due_ids.data = list(offered)
    return form_view(
        form,
        command=judged(form, lambda: form.command(account_id)),
        title="Waive charges",
        submit_label="Waive charges",
        to=f"/admin/accounts/{account_id}",
        done_title="Charges waived",
        danger=True,
        intro=WAIVES,
        summary=[fact("Account", cells.text(account.title()))],
    )


mount_reviewed(blueprint, ReviewedPages(CHARGE, "Charge", _CHARGES, ChargeForm, _prepare, _detail))
