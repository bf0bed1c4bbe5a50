"""Forward-dated transactions and standing orders as lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import CAPTURED, RECORD_STATUSES, REJECTED, STATUS_TONES
from app.controls.tenant import Organisation
from app.organisation.models import Branch
from app.organisation.queries import branch_choices
from app.records.retiring import status_filter
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.words import (
    DRAFT,
    FORWARD_PATH,
    FORWARD_STATUSES,
    ORDER_STATUSES,
    ORDERS_PATH,
    TONES,
    TYPES,
)
from app.transactions.choices import company_filter
from app.web import cells
from app.web.listing import (
    Column,
    Filter,
    Listing,
    Options,
    between,
    by_id,
    contains,
    equals,
    register,
)
from app.web.respond import row_action


def approval_badge(status: str) -> cells.Cell:
    """Show the approval by the word of the documents: the other status has a draft of its own."""
    return cells.badge(status, STATUS_TONES[status])


def status_badge(status: str) -> cells.Cell:
    """Show where a record stands on its second axis."""
    return cells.badge(status, TONES[status])


def _rows_of(model: type[Any], who: Actor, *columns: Any) -> Select[Any]:
    return (
        select(
            model.id, model.reference, model.narrative, model.total_minor, model.record_status,
            model.status, model.created_at, *columns,
            Branch.name.label("branch"), Client.name.label("client"), model.client_id,
            Organisation.base_currency, Organisation.base_exponent,
        )
        .join(Branch, Branch.id == model.branch_id)
        .join(Organisation, Organisation.id == model.organisation_id)
        .outerjoin(Client, Client.id == model.client_id)
        .where(*visible(who, model))
    )  # fmt: skip


def _forward(who: Actor) -> Select[Any]:
    return _rows_of(
        ForwardDated, who, ForwardDated.scheduled_on, ForwardDated.execution_on, ForwardDated.kind,
        ForwardDated.standing_order_id, StandingOrder.reference.label("source"),
    ).outerjoin(StandingOrder, StandingOrder.id == ForwardDated.standing_order_id)  # fmt: skip


def _orders(who: Actor) -> Select[Any]:
    return _rows_of(
        StandingOrder, who, StandingOrder.day_of_month, StandingOrder.start_on,
        StandingOrder.end_on, StandingOrder.next_scheduled_on, StandingOrder.generated_count,
        StandingOrder.retired_at,
    )  # fmt: skip


def _among(values: Sequence[str]) -> Options:
    return lambda _session, _actor: tuple((one, one) for one in values)


def _branches(session: Session, who: Actor) -> Sequence[tuple[Any, str]]:
    return branch_choices(session, who)


def _edits(module: str, path: str) -> Any:
    def actions(row: Any, who: Actor) -> list[Mapping[str, Any]]:
        is_open = row.record_status in {CAPTURED, REJECTED} and row.status == DRAFT
        if not is_open or getattr(row, "retired_at", None) or not holds(who, f"{module}.edit"):
            return []
        return [row_action("Edit", f"{path}/{row.id}/edit", "pencil")]

    return actions


def _total(row: Any) -> cells.Cell:
    return cells.money(row.total_minor, row.base_exponent, row.base_currency)


def _client(row: Any) -> cells.Cell:
    href = f"/admin/clients/{row.client_id}" if row.client else None
    return cells.text(row.client, href=href)


def _order_status(row: Any) -> cells.Cell:
    if row.retired_at is not None:
        return cells.badge("Inactive", "danger")
    return status_badge(row.status)


FORWARDS = register(
    Listing(
        name="forward-dated",
        title="Forward-Dated",
        section="Ledger Operations",
        path=FORWARD_PATH,
        select=_forward,
        key=ForwardDated.id,
        columns=(
            Column("reference", "Forward Reference", lambda row: cells.ident(row.reference),
                   sort=ForwardDated.id, priority=1),
            Column("scheduled", "Scheduled Date", lambda row: cells.day(row.scheduled_on),
                   sort=ForwardDated.scheduled_on, priority=1),
            Column("branch", "Branch", lambda row: cells.text(row.branch), priority=3),
            Column("type", "Type", lambda row: cells.text(TYPES[row.kind])),
            Column("approval", "Approval Status", lambda row: approval_badge(row.record_status),
                   sort=ForwardDated.record_status),
            Column("status", "Execution Status", lambda row: status_badge(row.status),
                   sort=ForwardDated.status, priority=1),
            Column("total", "Total LCY", _total, sort=ForwardDated.total_minor, money=True,
                   priority=1),
            Column("execution", "Execution Date", lambda row: cells.day(row.execution_on),
                   sort=ForwardDated.execution_on, shown=False),
            Column("client", "Owner", _client, shown=False),
            Column("source", "Standing order", lambda row: cells.text(
                row.source, href=f"{ORDERS_PATH}/{row.standing_order_id}" if row.source else None),
                   shown=False),
            Column("narrative", "Narrative", lambda row: cells.text(row.narrative), shown=False),
            Column("created", "Created", lambda row: cells.instant(row.created_at),
                   sort=ForwardDated.created_at, shown=False),
        ),
        filters=(
            Filter("approval", "Approval Status", "choices", equals(ForwardDated.record_status),
                   _among(RECORD_STATUSES)),
            Filter("status", "Execution Status", "choices", equals(ForwardDated.status),
                   _among(FORWARD_STATUSES)),
            Filter("type", "Transaction Type", "choices", equals(ForwardDated.kind),
                   lambda _s, _a: tuple(TYPES.items())),
            Filter("scheduled", "Scheduled", "dates", between(ForwardDated.scheduled_on)),
            Filter("branch", "Branch", "choices", by_id(ForwardDated.branch_id), _branches),
            Filter("order", "Standing order", "text", contains(StandingOrder.reference)),
        ),
        search=contains(ForwardDated.reference),
        search_hint="Reference",
        sort="-reference",
        href=lambda row: f"{FORWARD_PATH}/{row.id}",
        label=lambda row: row.reference,
        actions=_edits("forward-dated", FORWARD_PATH),
        notice=company_filter,
        empty="Plan a payment for a later day: its money is reserved once it is authorized.",
    )
)  # fmt: skip
ORDERS = register(
    Listing(
        name="standing-orders",
        title="Standing Orders",
        section="Ledger Operations",
        path=ORDERS_PATH,
        select=_orders,
        key=StandingOrder.id,
        columns=(
            Column("reference", "Reference", lambda row: cells.ident(row.reference),
                   sort=StandingOrder.id, priority=1),
            Column("day", "Day of Month", lambda row: cells.text(row.day_of_month),
                   sort=StandingOrder.day_of_month, numeric=True),
            Column("start", "Start Date", lambda row: cells.day(row.start_on),
                   sort=StandingOrder.start_on),
            Column("end", "End Date", lambda row: cells.day(row.end_on)),
            Column("frequency", "Frequency", lambda _row: cells.text("Monthly"), priority=3),
            Column("approval", "Approval Status", lambda row: approval_badge(row.record_status),
                   sort=StandingOrder.record_status),
            Column("status", "Standing Order Status", _order_status, sort=StandingOrder.status,
                   priority=1),
            Column("total", "Total LCY", _total, sort=StandingOrder.total_minor, money=True,
                   priority=1),
            Column("next", "Next Scheduled Date", lambda row: cells.day(row.next_scheduled_on),
                   shown=False),
            Column("count", "Generated Count", lambda row: cells.text(row.generated_count),
                   numeric=True, shown=False),
            Column("branch", "Branch", lambda row: cells.text(row.branch), shown=False),
            Column("client", "Owner", _client, shown=False),
            Column("narrative", "Narrative", lambda row: cells.text(row.narrative), shown=False),
            Column("created", "Created", lambda row: cells.instant(row.created_at),
                   sort=StandingOrder.created_at, shown=False),
        ),
        filters=(
            Filter("approval", "Approval Status", "choices", equals(StandingOrder.record_status),
                   _among(RECORD_STATUSES)),
            status_filter(StandingOrder, {one: one for one in ORDER_STATUSES},
                          column=StandingOrder.status, label="Standing Order Status"),
            Filter("branch", "Branch", "choices", by_id(StandingOrder.branch_id), _branches),
        ),
        search=contains(StandingOrder.reference),
        search_hint="Reference",
        sort="-reference",
        href=lambda row: f"{ORDERS_PATH}/{row.id}",
        label=lambda row: row.reference,
        actions=_edits("standing-orders", ORDERS_PATH),
        notice=company_filter,
        empty="Plan a payment for a day of each month: each is made and reserved in time.",
    )
)  # fmt: skip
