"""Pages of deliveries: an account's Statements tab, and the queue of what is to be printed."""

from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, Select, select
from werkzeug.wrappers import Response

from app.accounts.tabs import adds_tab
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.deliveries.commands import LeaveUnprinted, MarkPrinted
from app.deliveries.forms import ConfigForm
from app.deliveries.models import StatementDelivery
from app.deliveries.pages import WORD, config_shown, delivery_state, statements_page
from app.ledger.accounts import Account
from app.organisation.models import Branch
from app.organisation.queries import branch_choices
from app.statements.commands import shown_date
from app.statements.models import FAILED, READY, Statement
from app.statements.resource import SHOWN_STATE
from app.web import cells
from app.web.bulk import bulk_view
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, between, by_id, contains
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.resource import Resource, mount
from app.web.respond import row_action

ACCOUNTS = "/admin/accounts"
PATH = "/admin/print-queue"
blueprint = Blueprint("deliveries", __name__)
adds_tab("Statements", WORD, permission="statements.view", order=20)
_STATES = (("", "To be printed"), ("printed", "Printed"), ("all", "All"))


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            StatementDelivery.id,
            StatementDelivery.statement_id,
            StatementDelivery.first_day,
            StatementDelivery.last_day,
            StatementDelivery.to_print,
            StatementDelivery.to_mail,
            StatementDelivery.mailed_at,
            StatementDelivery.printed_at,
            Account.number,
            Account.name,
            Branch.name.label("branch"),
            Statement.refusal,
            DueWork.message,
            SHOWN_STATE.label("state"),
        )
        .join(Account, Account.id == StatementDelivery.account_id)
        .join(Branch, Branch.id == StatementDelivery.branch_id)
        .join(Statement, Statement.id == StatementDelivery.statement_id)
        .outerjoin(DueWork, DueWork.id == Statement.work_id)
        .where(*visible(actor, StatementDelivery), StatementDelivery.to_print)
    )


def _state(row: Any) -> cells.Cell:
    if row.printed_at is None and row.state not in {READY, FAILED}:
        return cells.badge("Being made", "info")
    return cells.badge(*delivery_state(row, row.state))


def _reason(row: Any) -> cells.Cell:
    return cells.text((row.refusal or row.message) if row.state == FAILED else "")


def _with_state(value: str) -> ColumnElement[bool]:
    if value == "printed":
        return StatementDelivery.printed_at.is_not(None)
    return StatementDelivery.id > 0


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    if row.state == FAILED and holds(who, "statements.create"):
        left = f"{PATH}/{row.id}/left"
        return [row_action("Take off the queue", left, "x", dialog=True, danger=True)]
    if row.state != READY:
        return []
    href = f"/admin/statements/{row.statement_id}/download"
    actions = [row_action("Download", href, "download")]
    if row.printed_at is None and holds(who, "statements.create"):
        printed = f"{PATH}/{row.id}/printed"
        actions.append(row_action("Mark as printed", printed, "check", dialog=True))
    return actions


def _bulk(who: Actor) -> list[dict[str, Any]]:
    if not holds(who, "statements.create"):
        return []
    return [{"label": "Mark as printed", "href": f"{PATH}/printed", "danger": False}]


_QUEUE = Listing(
    name="print-queue",
    title="Print Queue",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=StatementDelivery.id,
    columns=(
        Column("statement", "Statement",
               lambda row: cells.ident(f"STM-{row.statement_id:08d}",
                                       href=f"/admin/statements/{row.statement_id}"),
               sort=StatementDelivery.statement_id, priority=1),
        Column("account", "Account", lambda row: cells.text(f"{row.number} {row.name}"),
               sort=Account.number, priority=1),
        Column("period", "Period",
               lambda row: cells.text(f"{shown_date(row.first_day)} to "
                                      f"{shown_date(row.last_day)}"),
               sort=StatementDelivery.last_day),
        Column("branch", "Branch", lambda row: cells.text(row.branch), sort=Branch.name),
        Column("state", "State", _state, priority=1),
        Column("reason", "Why it failed", _reason, priority=3),
        Column("printed", "Printed", lambda row: cells.instant(row.printed_at), shown=False),
    ),
    filters=(
        Filter("state", "State", "choice", _with_state, lambda _session, _actor: _STATES,
               default=StatementDelivery.printed_at.is_(None)),
        Filter("branch", "Branch", "choices", by_id(StatementDelivery.branch_id), branch_choices),
        Filter("until", "Last day", "dates", between(StatementDelivery.last_day)),
    ),
    search=contains(Account.number, Account.name),
    search_hint="Account",
    sort="statement",
    label=lambda row: f"STM-{row.statement_id:08d}",
    actions=_actions,
    bulk=_bulk,
    empty="Statements that go by post come here at the close of business that ends their period.",
)  # fmt: skip
mount(Resource(_QUEUE, StatementDelivery, "Statement", "statements"), blueprint)


@blueprint.route(f"{PATH}/<int:delivery_id>/printed", methods=["GET", "POST"])
@permit("statements.create")
def printed(delivery_id: int) -> Response:
    """Tick a statement as printed."""
    return confirm_view(
        command=lambda: MarkPrinted(delivery_id),
        title="Mark as printed",
        body="It leaves the queue, and the log keeps who printed it.",
        rows=_told(delivery_id),
        verb="Mark as printed",
        to=PATH,
        done_title="Statement printed",
    )


@blueprint.route(f"{PATH}/<int:delivery_id>/left", methods=["GET", "POST"])
@permit("statements.create")
def left(delivery_id: int) -> Response:
    """Take a statement off the queue that could not be made."""
    return confirm_view(
        command=lambda: LeaveUnprinted(delivery_id),
        title="Take off the queue",
        body="The statement could not be made and is not printed. Its account goes on telling so.",
        rows=_told(delivery_id),
        verb="Take off the queue",
        danger=True,
        to=PATH,
        done_title="Statement taken off the queue",
    )


@blueprint.route(f"{PATH}/printed", methods=["GET", "POST"])
@permit("statements.create")
def printed_many() -> Response:
    """Tick all chosen statements as printed."""
    return bulk_view(
        _QUEUE,
        command=MarkPrinted,
        name=lambda one: find(read_session(), actor(), StatementDelivery, one).title(),
        verb="Mark",
        noun="statement",
        body="They leave the queue. What is not made yet is left in it.",
        done_word="printed",
    )


def _told(delivery_id: int) -> list[dict[str, Any]]:
    """Say whose statement it is and until when."""
    delivery = find(read_session(), actor(), StatementDelivery, delivery_id)
    account = read_session().get_one(Account, delivery.account_id)
    return [
        fact("Account", cells.text(account.title())),
        fact("Statement until", cells.day(delivery.last_day)),
    ]


@blueprint.get(f"{ACCOUNTS}/<int:account_id>/{WORD}")
@permit("statements.view")
def tab(account_id: int) -> Response:
    """Show how an account's statements are delivered (E35.04)."""
    account = find(read_session(), actor(), Account, account_id)
    return show_detail(statements_page(read_session(), actor(), account))


@blueprint.route(f"{ACCOUNTS}/<int:account_id>/{WORD}/configure", methods=["GET", "POST"])
@permit("accounts.edit")
def configure(account_id: int) -> Response:
    """Say how often and by which way (E35.01)."""
    session, who = read_session(), actor()
    account = find(session, who, Account, account_id)
    config = config_shown(session, who, account)
    form = ConfigForm(obj=config)
    return form_view(
        form,
        command=lambda: form.command(account_id, posted_version() if config else None),
        title="Configure Statement",
        submit_label="Save",
        to=f"{ACCOUNTS}/{account_id}/{WORD}",
        done_title="Statement configuration saved",
        record=config,
        summary=[fact("Account", cells.text(account.title()))],
    )
