"""Pages of mandates: the tab of an account; adding, changing and revoking one."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.accounts.tabs import adds_tab
from app.controls.approvals import LONGEST_REASON, SHORTEST_REASON
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.kernel.money import plain_decimal
from app.ledger.accounts import Account
from app.mandates.commands import RevokeMandate
from app.mandates.forms import MandateForm, TermsForm
from app.mandates.models import KINDS, Mandate
from app.mandates.pages import PATH, WORD, mandates_page
from app.mandates.queries import currency_of
from app.records.judging import judged
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail

ACCOUNTS = "/admin/accounts"
blueprint = Blueprint("mandates", __name__)
adds_tab("Mandates", WORD, permission="mandates.view", order=10)


@blueprint.get(f"{ACCOUNTS}/<int:account_id>/{WORD}")
@permit("mandates.view")
def index(account_id: int) -> Response:
    """Show who may sign for an account."""
    account = find(read_session(), actor(), Account, account_id)
    return show_detail(mandates_page(read_session(), actor(), account))


@blueprint.route(f"{ACCOUNTS}/<int:account_id>/{WORD}/new", methods=["GET", "POST"])
@permit("mandates.create")
def new(account_id: int) -> Response:
    """Add a mandate (E34.01)."""
    session = read_session()
    account = find(session, actor(), Account, account_id)
    currency, form = currency_of(session, account), MandateForm()
    form.exponent = currency.exponent
    if not form.is_posted:
        today = session.get_one(Organisation, account.organisation_id).business_date
        form.effective_from.data = today
    return form_view(
        form,
        command=judged(form, lambda: form.command(account_id)),
        title="Add Mandate",
        submit_label="Save",
        to=f"{ACCOUNTS}/{account_id}/{WORD}",
        done_title="Mandate added",
        form_fields="mandates/_fields.html",
        summary=[fact("Account", cells.text(account.title()))],
        currency=currency.code,
        precision=currency.exponent,
    )


@blueprint.route(f"{PATH}/<int:mandate_id>/edit", methods=["GET", "POST"])
@permit("mandates.edit")
def edit(mandate_id: int) -> Response:
    """Change last day, limit, contact and identity."""
    session = read_session()
    mandate = find(session, actor(), Mandate, mandate_id)
    account = session.get_one(Account, mandate.account_id)
    currency, form = currency_of(session, account), TermsForm(obj=mandate)
    form.exponent = currency.exponent
    if not form.is_posted and mandate.limit_minor is not None:
        form.limit.data = plain_decimal(mandate.limit_minor, currency.exponent)
    return form_view(
        form,
        command=judged(form, lambda: form.edit(mandate, posted_version())),
        title="Edit Mandate",
        submit_label="Save changes",
        to=f"{ACCOUNTS}/{account.id}/{WORD}",
        done_title="Mandate saved",
        record=mandate,
        form_fields="mandates/_fields.html",
        summary=_summary(mandate, account),
        currency=currency.code,
        precision=currency.exponent,
    )


@blueprint.route(f"{PATH}/<int:mandate_id>/revoke", methods=["GET", "POST"])
@permit("mandates.edit")
def revoke(mandate_id: int) -> Response:
    """End a mandate at once, after a confirmation with its reason."""
    mandate = find(read_session(), actor(), Mandate, mandate_id)
    account = read_session().get_one(Account, mandate.account_id)
    version = posted_version() if request.method == "POST" else mandate.version
    return confirm_view(
        command=lambda: RevokeMandate(mandate_id, version, request.form.get("reason", "")),
        title="Revoke Mandate",
        body="From now on this person cannot sign. What they signed before stays as it is.",
        rows=_summary(mandate, account),
        reason={"label": "Reason", "minimum": SHORTEST_REASON, "maximum": LONGEST_REASON},
        verb="Revoke",
        to=f"{ACCOUNTS}/{mandate.account_id}/{WORD}",
        done_title="Mandate revoked",
        done_text=f"{mandate.name} cannot sign any more.",
        danger=True,
        version=mandate.version,
    )


def _summary(mandate: Mandate, account: Account) -> list[dict[str, object]]:
    return [
        fact("Account", cells.text(account.title())),
        fact(KINDS[mandate.kind], cells.text(mandate.name)),
    ]
