"""The register of holds: who holds what on which asset, why, until when; placing and releasing."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request
from sqlalchemy import Select, select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import DateTimeLocalField, StringField, TextAreaField
from wtforms.validators import Optional

from app.assets.queries import asset_row, within_amounts
from app.assets.resource import PATH as ASSETS
from app.assets.resource import amount_cell
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.holds.commands import (
    LONGEST_REASON,
    SHORTEST_REASON,
    PlaceHold,
    ReleaseHold,
    demand_releasable,
    find_hold,
)
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.ledger.models import Asset, Hold, Transaction
from app.records.naming import named
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, required, stripped
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days
from app.web.pages import confirm_view, fact, form_view, show_detail
from app.web.resource import Resource, mount
from app.web.respond import row_action

blueprint = Blueprint("holds", __name__)
PATH = "/admin/holds"
STATES = {"active": "Active", "captured": "Captured", "released": "Released"}
TONES = {"active": "warning", "captured": "success", "released": "neutral"}
_METHODS = ["GET", "POST"]


class HoldForm(Form):
    """An amount to reserve, why, and until when."""

    amount = StringField("Amount", required("Amount"))
    reason = TextAreaField("Reason", required("Reason"))
    expires_at = DateTimeLocalField(
        "Until", [Optional()], description="Released by itself then; empty means until released"
    )

    def command(self, row: Any) -> PlaceHold:
        """Return the command; the time is one of the organisation's zone."""
        try:
            amount_minor = parse_minor(self.amount.data or "", row.exponent)
        except Refusal as refusal:
            refusal.field = "amount"
            raise
        return PlaceHold(
            row.id, amount_minor, stripped(self.reason.data), _instant(self.expires_at.data)
        )


@blueprint.route(f"{ASSETS}/<int:asset_id>/holds/new", methods=_METHODS)
@permit("assets.adjust-holds")
def place(asset_id: int) -> BaseResponse:
    """Reserve money on an asset by hand."""
    row, form = asset_row(read_session(), actor(), asset_id), HoldForm()
    return form_view(
        form,
        command=lambda: form.command(row),
        title="Place hold",
        submit_label="Place hold",
        to=f"{ASSETS}/{asset_id}",
        done_title="Hold placed",
        form_fields="counter/_fields.html",
        summary=[
            fact("Asset", cells.ident(row.uid)),
            fact("Available", amount_cell(row, "available_minor")),
            fact("On hold", amount_cell(row, "held_minor")),
        ],
        currency=row.currency,
        precision=row.exponent,
    )


@blueprint.get(f"{PATH}/<int:hold_id>")
@permit("assets.view")
def show(hold_id: int) -> Response:
    """Show one hold."""
    session, who = read_session(), actor()
    hold = find_hold(session, who, hold_id)
    row = asset_row(session, who, hold.asset_id)
    return show_detail(_detail(who, hold, row, _transaction(who, hold)))


@blueprint.route(f"{PATH}/<int:hold_id>/release", methods=_METHODS)
@permit("assets.adjust-holds")
def release(hold_id: int) -> BaseResponse:
    """Free what was held by hand, with a reason."""
    session, who = read_session(), actor()
    hold = find_hold(session, who, hold_id)
    if request.method == "GET":
        demand_releasable(hold)
    row = asset_row(session, who, hold.asset_id)
    amount = cells.money(hold.amount_minor, row.exponent, row.currency)
    return confirm_view(
        command=lambda: ReleaseHold(hold_id, request.form.get("reason", "")),
        title="Release hold",
        body="What is held becomes available at once. A hold ends once.",
        rows=[fact("Asset", cells.ident(row.uid)), fact("Amount", amount),
              fact("Held because", cells.text(hold.reason))],
        reason={"label": "Reason", "minimum": SHORTEST_REASON, "maximum": LONGEST_REASON},
        verb="Release hold",
        to=f"{PATH}/{hold_id}",
        done_title="Hold released",
    )  # fmt: skip


def _instant(typed: datetime | None) -> datetime | None:
    if typed is None:
        return None
    try:
        return typed.replace(tzinfo=ZoneInfo(g.get("time_zone", "UTC"))).astimezone(UTC)
    except OverflowError:
        raise Refusal("Until must be a date such as 2026-11-20", field="expires_at") from None


def _transaction(who: Actor, hold: Hold) -> Transaction | None:
    query = select(Transaction).where(
        *visible(who, Transaction), Transaction.id == (hold.transaction_id or 0)
    )
    return read_session().scalars(query).one_or_none()


def _detail(who: Actor, hold: Hold, row: Any, transaction: Transaction | None) -> dict[str, Any]:
    asset = f"{ASSETS}/{row.id}"
    origin = cells.text("")
    if transaction is not None and holds(who, "transactions.view"):
        href = f"/admin/transactions/{transaction.id}"
        origin = cells.text(transaction.reference, href=href, drawer=False)
    rows = [
        fact("Asset", cells.text(f"{row.currency} · {row.uid}", href=asset, drawer=False)),
        fact("Owner", cells.text(row.owner or row.account_name)),
        fact("Amount", cells.money(hold.amount_minor, row.exponent, row.currency)),
        fact("Why", cells.text(hold.reason)),
        fact("Who", cells.text(hold.placed_by_name or "The transaction")),
        fact("Transaction", origin),
        fact("Placed at", cells.instant(hold.created_at)),
        fact("Until", cells.instant(hold.expires_at)),
        fact("Ended at", cells.instant(hold.ended_at)),
        fact("Ended because", cells.text(hold.ended_reason)),
    ]
    return {
        "title": f"Hold {hold.id}",
        "subtitle": f"{row.currency} · {row.owner or row.account_name}",
        "ident": "",
        "badge": {"text": STATES[hold.state], "tone": TONES[hold.state]},
        "back": {"label": "Holds", "href": PATH},
        "actions": _actions(hold, who),
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": 1,
    }


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    is_by_hand = row.transaction_id is None and row.placed_by_name
    if row.state != "active" or not is_by_hand or not holds(who, "assets.adjust-holds"):
        return []
    return [row_action("Release", f"{PATH}/{row.id}/release", "lock-open", dialog=True)]


_OWN = ("id", "asset_id", "transaction_id", "amount_minor", "state", "reason", "placed_by_name",
        "expires_at", "ended_at", "ended_reason", "created_at")  # fmt: skip


def _select(who: Actor) -> Select[Any]:
    return (
        select(
            *(getattr(Hold, name) for name in _OWN),
            Asset.uid, Asset.currency, Asset.exponent, Asset.client_id,
            Client.name.label("owner"),
            Transaction.reference,
        )
        .join(Asset, Asset.id == Hold.asset_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .outerjoin(Transaction, Transaction.id == Hold.transaction_id)
        .where(*visible(who, Asset))
    )  # fmt: skip


HOLDS = Listing(
    name="holds",
    title="Holds",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=Hold.id,
    columns=(
        Column("id", "ID", lambda row: cells.ident(str(row.id)), sort=Hold.id, priority=1),
        Column("amount", "Amount", lambda row: cells.money(
            row.amount_minor, row.exponent, row.currency), sort=Hold.amount_minor, money=True,
            priority=1),
        Column("asset", "Asset", lambda row: cells.text(
            row.uid, href=f"{ASSETS}/{row.asset_id}"), priority=1),
        Column("owner", "Owner", lambda row: cells.text(row.owner)),
        Column("state", "State", lambda row: cells.badge(STATES[row.state], TONES[row.state]),
               priority=1),
        Column("reason", "Why", lambda row: cells.text(
            row.reason.removesuffix(row.reference or "").strip())),
        Column("who", "Who", lambda row: cells.text(row.placed_by_name or "The transaction")),
        Column("transaction", "Transaction", lambda row: cells.text(
            row.reference, href=f"/admin/transactions/{row.transaction_id}"
            if row.transaction_id else None)),
        Column("expires", "Until", lambda row: cells.instant(row.expires_at)),
        Column("created", "Placed at", lambda row: cells.instant(row.created_at),
               sort=Hold.created_at, shown=False),
        Column("ended", "Ended at", lambda row: cells.instant(row.ended_at), shown=False),
        Column("ended-because", "Ended because", lambda row: cells.text(row.ended_reason),
               shown=False),
    ),
    filters=(
        Filter("state", "State", "choices", equals(Hold.state),
               lambda _s, _a: tuple(STATES.items())),
        Filter("asset", "Asset", "text", by_id(Hold.asset_id), named("asset", Asset)),
        Filter("amount", "Amount", "range", within_amounts(Hold.amount_minor)),
        Filter("created", "Placed", "dates", within_days(Hold.created_at)),
    ),
    search=contains(Asset.uid, Client.name, Hold.reason, Transaction.reference),
    search_hint="Asset, owner, reason or transaction",
    sort="-id",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: f"hold {row.id}",
    actions=_actions,
    empty="A withdrawal that waits holds its amount; holds by hand are placed on an asset.",
)  # fmt: skip
mount(Resource(HOLDS, Hold, "Hold", "assets"), blueprint)
