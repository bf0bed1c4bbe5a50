"""The tabs beside a transaction's page, Sync status, and failing one with its reason."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.controls.permissions import find
from app.ledger.models import Transaction
from app.platforms.models import Platform
from app.trail.pages import show_history, show_logs
from app.transactions.gateways import asked_outcome
from app.transactions.pages import transaction_detail
from app.transactions.resource import PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact

blueprint = Blueprint("transaction_tabs", __name__)


@blueprint.get(f"{PATH}/<int:transaction_id>/changes")
@permit("transactions.view")
def changes(transaction_id: int) -> Response:
    """Show who changed what (V05.08)."""
    session, who = read_session(), actor()
    one = find(session, who, Transaction, transaction_id)
    detail = transaction_detail(session, who, one, tab="/changes")
    return show_history(session, who, one, detail, currency=one.currency)


@blueprint.get(f"{PATH}/<int:transaction_id>/logs")
@permit("activity.view")
def logs(transaction_id: int) -> Response:
    """Show what services did with it (V05.09)."""
    session, who = read_session(), actor()
    one = find(session, who, Transaction, transaction_id)
    detail = transaction_detail(session, who, one, tab="/logs")
    return show_logs(session, who, one, detail, currency=one.currency)


@blueprint.route(f"{PATH}/<int:transaction_id>/sync", methods=["GET", "POST"])
@permit("transactions.change-status")
def sync(transaction_id: int) -> Response:
    """Ask the platform how the transaction stands, and do what it answers (V05.02)."""
    session, who = read_session(), actor()
    one = find(session, who, Transaction, transaction_id)
    platform = session.get(Platform, one.platform_id) if one.platform_id else None
    name = platform.name if platform else "No platform"
    return confirm_view(
        command=lambda: asked_outcome(who, transaction_id),
        title="Sync status",
        body=f"{name} is asked how this transaction stands. Its answer completes or ends it.",
        rows=[
            fact("Reference", cells.ident(one.reference)),
            fact("Gateway reference", cells.text(one.external_id)),
            fact("Status now", cells.text(one.processing)),
        ],
        verb="Sync status",
        to=f"{PATH}/{one.id}",
        done_title="Status synced",
        done_text=f"{one.reference} stands as {name} says.",
    )
