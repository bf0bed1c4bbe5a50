"""Account Configuration > Account Conditions: list, one condition, its versions and products."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.conditions.checks import PRODUCTS
from app.conditions.commands import CONDITION, NOT_OPEN
from app.conditions.forms import ConditionForm, PreviewForm, ProductsForm, SupersedeForm
from app.conditions.linking import NOT_AUTHORISED
from app.conditions.models import AccountCondition, BaseRate
from app.conditions.pages import PATH, condition_detail, often
from app.conditions.preview_page import preview_page
from app.conditions.queries import can_be_superseded, linked_products
from app.controls.identity import Actor
from app.controls.permissions import find, visible
from app.controls.review import AUTHORIZED
from app.kernel.errors import Conflict
from app.ledger.accounts import Product
from app.organisation.models import OrganisationCurrency
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, contains
from app.web.pages import fact, form_view
from app.web.respond import render

blueprint = Blueprint("conditions", __name__)
_FIRST_LINES = 2


def _select(actor: Actor) -> Select[Any]:
    return select(
        AccountCondition.id,
        AccountCondition.code,
        AccountCondition.name,
        AccountCondition.currency,
        AccountCondition.effective_from,
        AccountCondition.effective_to,
        AccountCondition.posting_frequency,
    ).where(*visible(actor, AccountCondition))


_CONDITIONS = Listing(
    name="account-conditions",
    title="Account Conditions",
    section="Account Configuration",
    path=PATH,
    select=_select,
    key=AccountCondition.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=AccountCondition.code,
               priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=AccountCondition.name,
               priority=1),
        Column("currency", "Currency", lambda row: cells.text(row.currency),
               sort=AccountCondition.currency),
        Column("from", "Effective From", lambda row: cells.day(row.effective_from),
               sort=AccountCondition.effective_from),
        Column("to", "Effective To", lambda row: cells.day(row.effective_to)),
        Column("posting", "Posting", lambda row: cells.text(often(row.posting_frequency)),
               priority=3),
    ),
    filters=(
        Filter("open", "Open-ended", "flag",
               lambda _value: AccountCondition.effective_to.is_(None)),
    ),
    search=contains(AccountCondition.code, AccountCondition.name),
    search_hint="Code or name",
    sort="code",
    label=lambda row: row.code,
    empty="Create the first condition: it says what interest accounts bear.",
)  # fmt: skip


def _prepare(
    form: ConditionForm, session: Session, who: Actor, record: AccountCondition | None
) -> None:
    kept = session.scalars(
        select(OrganisationCurrency)
        .where(*visible(who, OrganisationCurrency), OrganisationCurrency.retired_at.is_(None))
        .order_by(OrganisationCurrency.code)
    ).all()
    form.exponents = {one.code: one.exponent for one in kept}
    if record is not None:
        form.kept_currency = record.currency
        if request.method == "GET":
            form.show(record)
    form.arrange(empty=max(_FIRST_LINES, len(form.lines) + 1))
    rates = select(BaseRate).where(
        *visible(who, BaseRate), BaseRate.record_status == AUTHORIZED, BaseRate.retired_at.is_(None)
    )
    # One row stands for its code: the engine takes the one in force each day.
    newest = {one.code: one for one in session.scalars(rates.order_by(BaseRate.effective_from))}
    if record is not None and record.base_rate_id:
        own = session.get_one(BaseRate, record.base_rate_id)
        newest[own.code] = own
    set_choices(form.base_rate_id, [(one.id, f"{one.code} · {one.name}")
                                    for one in newest.values()], empty="None")  # fmt: skip
    products = session.scalars(
        select(Product)
        .where(
            *visible(who, Product),
            Product.record_status == AUTHORIZED,
            Product.retired_at.is_(None),
            ~Product.is_contract,
        )
        .order_by(Product.code)
    ).all()
    for column, (_name, kind) in PRODUCTS.items():
        rows = [(one.id, one.title()) for one in products if one.kind == kind]
        set_choices(form[column], rows, empty="None")
    if record is not None:
        del form.code, form.currency
    else:
        codes = [(one.code, f"{one.code} · {one.name}") for one in kept]
        set_choices(form.currency, codes, empty="Choose a currency")


@blueprint.route(f"{PATH}/<int:condition_id>/products", methods=["GET", "POST"])
@permit("account-conditions.edit")
def link_products(condition_id: int) -> Response:
    """Choose the products whose accounts follow a condition (E32.09)."""
    session, who = read_session(), actor()
    record = find(session, who, AccountCondition, condition_id)
    if not record.is_authorised:
        raise Conflict(NOT_AUTHORISED)
    linked = [one.id for one in linked_products(session, record)]
    form = ProductsForm(product_ids=[str(one) for one in linked])
    fitting = or_(Product.currency.is_(None), Product.currency == record.currency)
    offered = select(Product).where(
        *visible(who, Product),
        or_(
            Product.id.in_(linked),
            Product.is_contract
            & (Product.record_status == AUTHORIZED)
            & Product.retired_at.is_(None)
            & fitting,
        ),
    )
    rows = session.scalars(offered.order_by(Product.code))
    set_choices(form.product_ids, [(one.id, one.title()) for one in rows])
    return form_view(
        form,
        command=lambda: form.command(condition_id),
        title=f"Products of {record.code}",
        submit_label="Save changes",
        to=f"{PATH}/{condition_id}",
        done_title="Products linked",
    )


@blueprint.route(f"{PATH}/<int:condition_id>/supersede", methods=["GET", "POST"])
@permit("account-conditions.supersede")
def supersede(condition_id: int) -> Response:
    """Draft the next version of a condition (E32.21-26)."""
    record = find(read_session(), actor(), AccountCondition, condition_id)
    if not can_be_superseded(read_session(), record):
        raise Conflict(NOT_OPEN)
    form = SupersedeForm()
    return form_view(
        form,
        command=lambda: form.command(condition_id),
        title=f"Supersede {record.code}",
        submit_label="Supersede",
        to=PATH,
        done_title="Draft of the new version created",
        done_text="Change its rules, then submit it.",
        opened=lambda new_id: f"{PATH}/{new_id}",
        summary=[
            fact("Account condition", cells.text(record.title())),
            fact("Effective From", cells.day(record.effective_from)),
        ],
    )


@blueprint.get(f"{PATH}/<int:condition_id>/preview")
@permit("account-conditions.view")
def preview(condition_id: int) -> Response:
    """Show what an authorized condition would bear (E32.27-30)."""
    record = find(read_session(), actor(), AccountCondition, condition_id)
    if not record.is_authorised:
        raise Conflict("Interest Preview is for authorized conditions")
    form = PreviewForm(request.args)
    page = preview_page(read_session(), record, form, is_asked="balance" in request.args)
    return render(
        "conditions/preview.html",
        fragment="conditions/_preview.html",
        status=422 if page["error"] else 200,
        form=form,
        page=page,
    )


mount_reviewed(
    blueprint,
    ReviewedPages(
        CONDITION,
        "Account Condition",
        _CONDITIONS,
        ConditionForm,
        _prepare,
        condition_detail,
        form_fields="conditions/_fields.html",
    ),
)
