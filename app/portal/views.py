"""Pages of the clients' own area: balances, movements and statements."""

from typing import Any

from flask import Blueprint, Response, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField

from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.interest.queries import Accrued, accrued_of
from app.kernel.errors import Missing, Refusal
from app.ledger.models import Asset
from app.portal import pages
from app.portal.pages import PATH
from app.portal.queries import (
    holds_on,
    movements_of,
    own_accounts,
    own_asset,
    stated_assets,
    upcoming_payments,
)
from app.portal.visitor import visitor
from app.statements.commands import RequestStatement
from app.statements.forms import PeriodForm
from app.statements.queries import statement_page, statements_of
from app.statements.views import send_statement
from app.web.context import actor, organisation
from app.web.forms import as_id, options
from app.web.guard import permit
from app.web.respond import done, form_key, render, submit

blueprint = Blueprint("portal", __name__)
_STATEMENTS = f"{PATH}/statements"
_FULL_PAGE = 50


class StatementForm(PeriodForm):
    """What a client asks to be stated, and over which days."""

    of = SelectField("Statement of", validate_choice=False)


@blueprint.app_context_processor
def portal() -> dict[str, Any]:
    """Give templates the frame of the clients' area when a client is signed in."""
    if not current_user.is_authenticated or actor().scope.client_id is None:
        return {}
    return {"portal": LocalProxy(lambda: pages.frame(actor(), organisation()))}


@blueprint.get(PATH)
@permit("portal.view")
def overview() -> Response:
    """Show every account with what is available, on hold and booked."""
    session, who, tenant = visitor()
    accounts = [pages.account_card(one) for one in own_accounts(session, who)]
    return render(
        "portal/balances.html",
        first_name=current_user.user.first_name,
        as_of=pages.shown_date(tenant.business_date),
        accounts=accounts,
        upcoming=pages.upcoming_lines(upcoming_payments(session, who)),
    )


@blueprint.get(f"{PATH}/assets/<int:asset_id>")
@permit("portal.view")
def movements(asset_id: int) -> Response:
    """Show an asset's movements, fifty a page, with the balance after each."""
    session, who, _tenant = visitor()
    account, asset = own_asset(session, who, asset_id)
    page = movements_of(
        session,
        asset,
        older_than=as_id(request.args.get("older")),
        newer_than=as_id(request.args.get("newer")),
    )
    return render(
        "portal/movements.html",
        account=account,
        purse=pages.balances(asset, _accrued(session, asset)),
        title=pages.asset_name(account, asset),
        days=pages.movement_days(page, asset),
        holds=pages.hold_lines(holds_on(session, asset), asset),
        pager=pages.pager(page, f"{PATH}/assets/{asset_id}"),
        statement_href=f"{_STATEMENTS}?of=asset-{asset_id}",
    )


def _accrued(session: Session, asset: Asset) -> Accrued:
    return accrued_of(session, asset.organisation_id, [asset.id]).get(asset.id, Accrued())


@blueprint.route(_STATEMENTS, methods=["GET", "POST"])
@permit("portal.view")
def statements() -> BaseResponse:
    """List the statements that were made, and ask for another."""
    session, who, tenant = visitor()
    form, status = _statement_form(session, who, tenant), 200
    if form.is_posted:
        status = 422
        if form.validate():
            subject, record_id = _subject(form.of.data)
            days = form.days(tenant.business_date)
            try:
                submit(RequestStatement(subject, record_id, *days))
            except Refusal as refusal:
                status = refusal.status
                form.attach(refusal)
            else:
                text = "You may leave the page; it is made meanwhile."
                return done("Your statement is being made", text, to=_STATEMENTS)
    before_id = as_id(request.args.get("before"))
    made = statements_of(session, who, client_id=who.scope.client_id, before_id=before_id)
    return render(
        "portal/statements.html",
        status=status,
        form=form,
        key=form_key(),
        statements=[pages.statement_line(one) for one in made],
        older_href=f"{_STATEMENTS}?before={made[-1].statement.id}"
        if len(made) == _FULL_PAGE
        else None,
    )


@blueprint.get(f"{_STATEMENTS}/<int:statement_id>")
@permit("portal.view")
def statement(statement_id: int) -> Response:
    """Show how far one statement is; alone when the list looks again."""
    session, who, _tenant = visitor()
    one = pages.statement_line(statement_page(session, who, statement_id))
    return render("portal/statement.html", fragment="portal/_statement.html", one=one)


@blueprint.get(f"{_STATEMENTS}/<int:statement_id>/download")
@permit("portal.view")
def file(statement_id: int) -> Response:
    """Send the client's own statement, byte for byte."""
    visitor()
    return send_statement(statement_id)


def _statement_form(session: Session, who: Actor, tenant: Organisation) -> StatementForm:
    form = StatementForm()
    form.offer_months(tenant.business_date)
    assets = {
        f"asset-{asset.id}": pages.asset_title(account, asset)
        for account, asset in stated_assets(session, who)
    }
    everything = {f"client-{who.scope.client_id}": "All my accounts"}
    form.of.choices = options(assets if len(assets) == 1 else everything | assets)
    asked = request.args.get("of")
    if not form.is_posted and asked in {one.value for one in form.of.choices}:
        form.of.data = asked
    return form


def _subject(value: str | None) -> tuple[str, int]:
    subject, _, record_id = (value or "").partition("-")
    found = as_id(record_id)
    if subject not in {"client", "asset"} or found is None:
        raise Missing
    return subject, found
