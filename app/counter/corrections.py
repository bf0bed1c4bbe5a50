"""A movement that was sent back is corrected in the drawer it was first typed in."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response
from wtforms import StringField

from app.assets.queries import asset_row
from app.controls.permissions import find
from app.counter.exchange import exchange_costs
from app.counter.forms import (
    BonusForm,
    DepositForm,
    MovementForm,
    SignedForm,
    TransferForm,
    WithdrawForm,
    description_field,
    value_date_field,
)
from app.counter.prices import preview
from app.counter.queries import sub_types
from app.counter.views import drawer
from app.counter.wallets import EarningForm, PayoutForm
from app.kernel.errors import Conflict, Forbidden
from app.kernel.money import plain_decimal
from app.ledger.models import Transaction
from app.mandates.queries import signatures_of
from app.transactions.amendments import NOT_A_MOVEMENT, NOT_THE_MAKER, EditTransaction
from app.transactions.exchange import Exchange
from app.transactions.pages import may_correct
from app.transactions.review import lines_of
from app.transactions.words import PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import required, stripped
from app.web.guard import permit
from app.web.pages import fact, posted_version

blueprint = Blueprint("corrections", __name__)


class GivenForm(MovementForm):
    """What a client gives of one currency; the other follows from the rates."""

    amount = StringField("Given", required("Given"))
    description = description_field()
    value_date = value_date_field()


FORMS: dict[str, type[MovementForm]] = {
    "deposit": DepositForm,
    "withdrawal": WithdrawForm,
    "payout": PayoutForm,
    "transfer_out": TransferForm,
    "exchange": GivenForm,
    "earning": EarningForm,
    "bonus": BonusForm,
}
# Whom the money is of and where it goes was chosen when it was first handed in.
_CORRECTED = {
    "asset_id",
    "amount",
    "signed_by",
    "sub_type",
    "description",
    "source",
    "source_email",
    "beneficiary",
    "value_date",
}


@blueprint.route(f"{PATH}/<int:transaction_id>/amend", methods=["GET", "POST"])
@permit("transactions.edit")
def amend(transaction_id: int) -> Response:
    """Correct a transaction that was sent back, and hand it in again (E42.18, E42.28)."""
    one = find(read_session(), actor(), Transaction, transaction_id)
    if not may_correct(actor(), one):
        raise Forbidden(NOT_THE_MAKER) if one.is_editable else Conflict(_not_editable(one))
    form = _form_of(one)
    return drawer(
        form,
        [asset_row(read_session(), actor(), one.asset_id)],
        kind="" if one.kind == "bonus" else one.kind.removesuffix("_out"),
        facts=_facts(one),
        costs=_costs(form, one),
        former=signatures_of(read_session(), one),
        command=lambda: _correction(one, form),
        title="Edit transaction",
        submit_label="Save & Submit",
        secondary={"name": "draft", "value": "1", "label": "Save as Draft"},
        to=f"{PATH}/{one.id}",
        done_title="Transaction saved" if request.form.get("draft") else "Transaction submitted",
        record=one,
        sent_back=one.rejection_reason or "",
    )


def _form_of(one: Transaction) -> MovementForm:
    """Return the form it was first typed in, with what may be corrected, as it stands."""
    if one.kind not in FORMS:
        raise Conflict(NOT_A_MOVEMENT)
    amount = plain_decimal(one.amount_minor, one.exponent)
    known = sub_types(read_session(), actor()).get(one.project_id or 0, [])
    label = next((it.label for it in known if it.id == one.sub_type_id and not it.is_system), "")
    form = FORMS[one.kind](obj=one, amount=amount, sub_type=label)
    for name in [field.name for field in form if field.name not in _CORRECTED]:
        del form[name]
    form["value_date"].description = ""
    return form


def _facts(one: Transaction) -> list[dict[str, Any]]:
    facts = [fact("Reference", cells.ident(one.reference))]
    if one.kind in {"transfer_out", "exchange"} and one.counter_asset_id is not None:
        row = asset_row(read_session(), actor(), one.counter_asset_id)
        receiver = f"{row.owner or row.account_name} · {row.account_number}"
        facts.append(fact("Receives", cells.text(receiver)))
    return facts


def _costs(form: MovementForm, one: Transaction) -> Callable[[], dict[str, Any]] | None:
    """Return what works out an exchange at today's rates, or a bonus; others are just priced."""
    if one.kind == "withdrawal" and any(line.bucket == "bonus" for line in lines_of(one)):
        row = asset_row(read_session(), actor(), one.asset_id)
        return partial(preview, form, [row], one.kind, is_bonus=True)
    if one.kind != "exchange":
        return None
    given, received = (
        asset_row(read_session(), actor(), asset_id or 0)
        for asset_id in (one.asset_id, one.counter_asset_id)
    )

    def exchange() -> Exchange:
        return Exchange(given.id, received.id, form.minor("amount", given.exponent))

    return partial(exchange_costs, exchange, given, received)


def _correction(one: Transaction, form: MovementForm) -> EditTransaction:
    def text(name: str) -> str:
        return stripped(form[name].data) if name in form else getattr(one, name)

    return EditTransaction(
        transaction_id=one.id,
        version=posted_version(),
        amount_minor=form.minor("amount", one.exponent),
        description=text("description"),
        source=text("source"),
        beneficiary=text("beneficiary"),
        source_email=text("source_email"),
        submit=not request.form.get("draft"),
        value_date=form["value_date"].data,
        signed_by=form.who_signed() if isinstance(form, SignedForm) else None,
        sub_type=stripped(form["sub_type"].data) if "sub_type" in form else None,
    )


def _not_editable(one: Transaction) -> str:
    if one.is_pending:
        return "Transaction is awaiting approval and cannot be changed"
    return "Transaction is already finalized and cannot be changed"
