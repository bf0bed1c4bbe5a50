"""The lists of transaction codes, commission types and fee groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import CAPTURED, REJECTED
from app.fees.models import BASES, KINDS, SIDES, CommissionType, CompanyFee, TransactionCode
from app.ledger.accounts import Product
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.records.pages import usual_actions
from app.records.retiring import active_filter, status_filter
from app.records.reviewed import standing_cell
from app.reference.fee_groups import FeeGroup
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains, equals
from app.web.respond import row_action

CODES_PATH = "/admin/transaction-codes"
COMMISSIONS_PATH = "/admin/commission-types"
FEES_PATH = "/admin/company-fees"
SECTION = "Financial Config"


def draft_actions(module: str, path: str, row: Any, who: Actor) -> list[dict[str, Any]]:
    """Return what may be done with a draft or rejected record: edit it, delete it."""
    return usual_actions(path, module, row, who) if _is_draft(row) else []


def edit_action(module: str, path: str, row: Any, who: Actor) -> list[dict[str, Any]]:
    """Return the button that edits a draft or rejected record."""
    if not (_is_draft(row) and holds(who, f"{module}.edit")):
        return []
    return [row_action("Edit", f"{path}/{row.id}/edit", "pencil", drawer=True)]


def _is_draft(row: Any) -> bool:
    return row.retired_at is None and row.record_status in {CAPTURED, REJECTED}


def _codes(actor: Actor) -> Select[Any]:
    code = TransactionCode
    return select(
        code.id, code.code, code.description, code.side, code.record_status, code.created_at,
        code.retired_at,
    ).where(*visible(actor, code))  # fmt: skip


def _commissions(actor: Actor) -> Select[Any]:
    one = CommissionType
    return (
        select(
            one.id, one.code, one.name, one.currency, one.basis, one.kinds, one.record_status,
            one.created_at, one.retired_at, Product.name.label("income"),
            TransactionCode.code.label("booked"),
        )
        .join(Product, Product.id == one.income_product_id)
        .join(TransactionCode, TransactionCode.id == one.transaction_code_id)
        .where(*visible(actor, one))
    )  # fmt: skip


def _groups(actor: Actor) -> Select[Any]:
    fees = select(func.count()).where(
        CompanyFee.group_id == FeeGroup.id, CompanyFee.retired_at.is_(None)
    )
    clients = select(func.count()).where(
        Client.organisation_id == FeeGroup.organisation_id,
        Client.fee_group_id == FeeGroup.id,
        Client.retired_at.is_(None),
    )
    return (
        select(
            FeeGroup.id,
            FeeGroup.name,
            FeeGroup.is_default,
            FeeGroup.created_at,
            FeeGroup.retired_at,
            Project.name.label("project"),
            fees.scalar_subquery().label("fees"),
            clients.scalar_subquery().label("clients"),
        )
        .join(Project, Project.id == FeeGroup.project_id)
        .where(*visible(actor, FeeGroup))
    )


def _group_actions(row: Any, who: Actor) -> Sequence[Mapping[str, Any]]:
    path, actions = f"{FEES_PATH}/{row.id}", []
    if row.retired_at is not None:
        return ()
    if holds(who, "fees.create"):
        href = f"{FEES_PATH}/fees/new?group={row.id}"
        actions.append(row_action("Add fee to", href, "plus", drawer=True, primary=True))
    if holds(who, "fees.edit"):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True, primary=True))
    if holds(who, "fees.delete"):
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


def _holds_for(row: Any) -> cells.Cell:
    if row.retired_at is not None:
        return cells.badge("Inactive", "danger")
    return cells.badge("General", "primary") if row.is_default else cells.text("Its customers")


def _customers(row: Any) -> cells.Cell:
    """Show how many are assigned; the general group holds for those besides who are to none."""
    is_general = row.is_default and row.retired_at is None
    return cells.text(f"{row.clients} and all without a group" if is_general else row.clients)


def _options(names: Mapping[str, str]) -> Any:
    return lambda _session, _actor: tuple(names.items())


CODES = Listing(
    name="transaction-codes",
    title="Transaction Codes",
    section=SECTION,
    path=CODES_PATH,
    select=_codes,
    key=TransactionCode.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=TransactionCode.code,
               priority=1),
        Column("description", "Description", lambda row: cells.text(row.description),
               sort=TransactionCode.description, priority=1),
        Column("side", "Used for", lambda row: cells.text(SIDES[row.side]),
               sort=TransactionCode.side),
        Column("status", "Status", standing_cell,
               sort=TransactionCode.record_status, priority=1),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=TransactionCode.created_at, shown=False),
    ),
    filters=(
        Filter("side", "Used for", "choices", equals(TransactionCode.side), _options(SIDES)),
        status_filter(TransactionCode),
    ),
    search=contains(TransactionCode.code, TransactionCode.description),
    search_hint="Code or description",
    sort="code",
    href=lambda row: f"{CODES_PATH}/{row.id}",
    label=lambda row: row.code,
    actions=lambda row, who: draft_actions("transaction-codes", CODES_PATH, row, who),
    empty="Create the first code: entries of journals and commissions are booked under one.",
)  # fmt: skip

COMMISSIONS = Listing(
    name="commission-types",
    title="Commission Types",
    section=SECTION,
    path=COMMISSIONS_PATH,
    select=_commissions,
    key=CommissionType.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=CommissionType.code,
               priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=CommissionType.name,
               priority=1),
        Column("currency", "Currency", lambda row: cells.text(row.currency),
               sort=CommissionType.currency),
        Column("basis", "Basis", lambda row: cells.text(BASES[row.basis]),
               sort=CommissionType.basis),
        Column("kinds", "Charged on",
               lambda row: cells.text(", ".join(KINDS[kind] for kind in row.kinds))),
        Column("income", "Income account", lambda row: cells.text(row.income),
               sort=Product.name, priority=3),
        Column("booked", "Transaction code", lambda row: cells.text(row.booked),
               sort=TransactionCode.code, priority=3),
        Column("status", "Status", standing_cell,
               sort=CommissionType.record_status, priority=1),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=CommissionType.created_at, shown=False),
    ),
    filters=(
        Filter("basis", "Basis", "choices", equals(CommissionType.basis), _options(BASES)),
        status_filter(CommissionType),
    ),
    search=contains(CommissionType.code, CommissionType.name),
    search_hint="Code or name",
    sort="code",
    href=lambda row: f"{COMMISSIONS_PATH}/{row.id}",
    label=lambda row: row.code,
    actions=lambda row, who: draft_actions("commission-types", COMMISSIONS_PATH, row, who),
    empty="Create the first commission type, then add its bands.",
)  # fmt: skip

GROUPS = Listing(
    name="company-fees",
    title="Company Fees",
    section="Core Banking",
    path=FEES_PATH,
    select=_groups,
    key=FeeGroup.id,
    columns=(
        Column("name", "Group", lambda row: cells.text(row.name), sort=FeeGroup.name, priority=1),
        Column("default", "Holds for", _holds_for, priority=1),
        Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name),
        Column("fees", "Fees", lambda row: cells.text(row.fees), numeric=True),
        Column("clients", "Customers", _customers, numeric=True),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=FeeGroup.created_at, shown=False),
    ),
    filters=(
        Filter("project", "Project", "choices", by_id(FeeGroup.project_id), project_choices),
        Filter("general", "General groups", "flag", lambda _value: FeeGroup.is_default),
        active_filter(FeeGroup),
    ),
    search=contains(FeeGroup.name),
    search_hint="Name of a group",
    sort="name",
    label=lambda row: row.name,
    actions=_group_actions,
    expand=lambda row: f"{FEES_PATH}/{row.id}",
    empty="Add the first group, then the fees it charges.",
)  # fmt: skip
