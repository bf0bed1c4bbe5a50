"""Pages that ask before a transaction is reversed or deleted."""

import json

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response

from app.controls.permissions import find
from app.kernel.errors import Conflict
from app.ledger.models import Transaction
from app.transactions.cards import may_delete, may_reverse, reversal_of
from app.transactions.deletion import DeleteTransaction
from app.transactions.queries import told_amount
from app.transactions.reversal import (
    ALREADY,
    LONGEST_REASON,
    NOT_PROCESSED,
    OF_A_REVERSAL,
    SHORTEST_REASON,
    ReverseTransaction,
    kept_booked,
)
from app.transactions.words import PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact, posted_version

blueprint = Blueprint("transaction_endings", __name__)
_METHODS = ["GET", "POST"]
_DONE_BY_HTMX, _DONE = 204, 303


@blueprint.route(f"{PATH}/<int:transaction_id>/reverse", methods=_METHODS)
@permit("transactions.reverse")
def reverse(transaction_id: int) -> Response:
    """Ask for the reason, reverse, and lead to the reversal (E41.52, E41.55)."""
    one = find(read_session(), actor(), Transaction, transaction_id)
    if request.method == "GET" and not may_reverse(read_session(), actor(), one):
        raise Conflict(kept_booked(read_session(), one) or _why_not(one))
    answer = confirm_view(
        command=lambda: ReverseTransaction(
            one.id, request.form.get("reason", ""), posted_version()
        ),
        title="Reverse transaction",
        body="This action cannot be undone. A transaction that swaps debits and credits is "
        f"drafted, and {one.reference} shows Reversed from now on.",
        rows=_summary(one),
        reason={
            "label": "Reversal Reason",
            "minimum": SHORTEST_REASON,
            "maximum": LONGEST_REASON,
        },
        verb="Confirm Reversal",
        to=f"{PATH}/{one.id}",
        done_title="Reversal created",
        danger=True,
        version=one.version,
    )
    if answer.status_code not in {_DONE, _DONE_BY_HTMX}:
        return answer
    reversal = reversal_of(read_session(), actor(), one)
    to = f"{PATH}/{reversal.id}" if reversal else f"{PATH}/{one.id}"
    return _lead(answer, to, "Reversal created", "The money moves when it is authorized.")


@blueprint.route(f"{PATH}/<int:transaction_id>/delete", methods=_METHODS)
@permit("transactions.delete")
def delete(transaction_id: int) -> Response:
    """Ask, delete a draft or rejected one, and lead back to the list (E41.60)."""
    one = find(read_session(), actor(), Transaction, transaction_id)
    if request.method == "GET" and not may_delete(actor(), one):
        raise Conflict("Only a draft or rejected transaction can be deleted")
    answer = confirm_view(
        command=lambda: DeleteTransaction(one.id, posted_version()),
        title="Delete transaction",
        body="It leaves the list of transactions and can no longer be submitted. "
        "Its record stays to be looked at.",
        rows=_summary(one),
        verb="Delete transaction",
        to=PATH,
        done_title="Transaction deleted",
        done_text=one.reference,
        danger=True,
        version=one.version,
    )
    if answer.status_code != _DONE_BY_HTMX:
        return answer
    return _lead(answer, PATH, "Transaction deleted", one.reference)


def _lead(answer: Response, to: str, title: str, text: str) -> Response:
    """Let a finished answer leave the page it was asked on for another."""
    if answer.status_code == _DONE_BY_HTMX:
        flash(json.dumps({"title": title, "text": text}), "success")
        answer.headers["HX-Trigger"] = json.dumps({"panel:done": {"href": to}})
    else:
        answer.headers["Location"] = to
    return answer


def _summary(one: Transaction) -> list[dict[str, object]]:
    amount = str(told_amount(read_session(), one))
    return [
        fact("Reference", cells.ident(one.reference)),
        fact("Amount", cells.text(amount)),
        fact("Posting date", cells.day(one.posting_date)),
    ]


def _why_not(one: Transaction) -> str:
    if one.kind == "reversal":
        return OF_A_REVERSAL
    return ALREADY if one.processing == "Reversed" else NOT_PROCESSED
