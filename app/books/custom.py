"""Reports that people compose: entries grouped and added up as they chose (W01.24)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, case, cast, extract, func, select
from sqlalchemy.orm import Session

from app.books.models import CustomReport
from app.books.parameters import Parameters
from app.books.sums import CREDIT, DEBIT
from app.books.tables import Column, Row, Table
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import scoped, visible
from app.db.sums import exact_sum
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset, Entry, Transaction, kind_name
from app.organisation.models import Branch, Project

MOST_GROUPS = 10_000
_PAGE_GROUPS = 500
_MONTH = cast(
    extract("year", Entry.posting_date) * 100 + extract("month", Entry.posting_date), Integer
)


def _as_it_is(value: Any) -> Any:
    return value


def _month(value: int) -> str:
    return f"{value // 100}-{value % 100:02d}"


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something entries can be grouped by, and how its value is read."""

    label: str
    expression: Any
    read: Callable[[Any], Any] = _as_it_is


DIMENSIONS = {
    "day": Dimension("Day", Entry.posting_date),
    "month": Dimension("Month", _MONTH, _month),
    "branch": Dimension("Branch", Branch.name),
    "project": Dimension("Project", Project.name),
    "product": Dimension("Product", Product.code + " " + Product.name),
    "product-kind": Dimension("Class", Product.kind, str.capitalize),
    "account": Dimension("Account", Account.number),
    "client": Dimension("Customer", Client.number + " " + Client.name),
    "currency": Dimension("Currency", Entry.currency),
    "type": Dimension("Transaction type", Transaction.kind, kind_name),
    "code": Dimension("Transaction code", Entry.code),
}
MEASURES = {
    "count": ("Entries", func.count(Entry.id)),
    "debit": ("Debit", DEBIT),
    "credit": ("Credit", CREDIT),
    "net": (
        "Credit less debit",
        exact_sum(case((Entry.side == "C", Entry.base_minor), else_=-Entry.base_minor)),
    ),
}


def custom_reports(session: Session, actor: Actor) -> Sequence[CustomReport]:
    """Return the organisation's own reports by name."""
    return session.scalars(scoped(actor, CustomReport).order_by(CustomReport.name)).all()


def custom_table(session: Session, asked: Parameters, report: CustomReport) -> Table:
    """Work a composed report out for the days asked for, inside the scope of who asks."""
    columns = tuple(Column(key, DIMENSIONS[key].label) for key in report.groups) + tuple(
        Column(key, MEASURES[key][0], "count" if key == "count" else "money")
        for key in report.measures
    )
    most = _PAGE_GROUPS if asked.is_page else MOST_GROUPS
    found = session.execute(_query(asked, report).limit(most + 1)).all()
    notes = (f"The first {most:,} lines are shown.",) if len(found) > most else ()
    return Table(
        title=report.name,
        columns=columns,
        rows=_rows(asked, report, found[:most]),
        facts=(("From", asked.first.isoformat()), ("To", asked.last.isoformat())),
        notes=notes,
    )


def _query(asked: Parameters, report: CustomReport) -> Select[Any]:
    groups = [DIMENSIONS[key].expression for key in report.groups]
    measures = [MEASURES[key][1] for key in report.measures]
    query = (
        select(*groups, *measures)
        .select_from(Entry)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .join(Asset, Asset.id == Entry.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(Product, Product.id == Account.product_id)
        .outerjoin(Branch, Branch.id == Account.branch_id)
        .outerjoin(Project, Project.id == Asset.project_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .where(
            *visible(asked.actor, Asset),
            Entry.organisation_id == asked.actor.tenant_id,
            Entry.posting_date.between(asked.first, asked.last),
        )
        .group_by(*groups)
        .order_by(*groups)
    )
    return query if asked.branch_id is None else query.where(Account.branch_id == asked.branch_id)


def _rows(asked: Parameters, report: CustomReport, found: Sequence[Any]) -> Iterator[Row]:
    totals = dict.fromkeys(report.measures, 0)
    width = len(report.groups)
    for line in found:
        values: dict[str, Any] = {
            key: "" if value is None else DIMENSIONS[key].read(value)
            for key, value in zip(report.groups, line[:width], strict=True)
        }
        for key, value in zip(report.measures, line[width:], strict=True):
            totals[key] += int(value)
            values[key] = _figure(asked, key, int(value))
        yield Row(values)
    sums = {key: _figure(asked, key, total) for key, total in totals.items()}
    yield Row({report.groups[0]: "Total", **sums}, "total")


def _figure(asked: Parameters, key: str, value: int) -> Any:
    return value if key == "count" else asked.base.money(value)
