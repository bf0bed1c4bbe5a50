"""Files of payments and their rows as lists."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from app.access.models import User
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.tenant import Organisation
from app.payments.models import ROW_STATES, PaymentFile, PaymentRow
from app.records.naming import named
from app.records.retiring import status_filter
from app.records.reviewed import standing_cell
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains, equals

PATH = "/admin/payments"
ROWS_PATH = "/admin/payment-rows"
STATES = {
    "new": ("Not posted", "neutral"),
    "posting": ("Posting", "info"),
    "posted": ("Posted", "success"),
    "partly": ("Posted in part", "warning"),
    "failed": ("Failed", "danger"),
}
_ROW_TONES = {"good": "info", "wrong": "danger", "posted": "success", "failed": "danger"}


def _files(actor: Actor) -> Select[Any]:
    return (
        select(
            PaymentFile.id, PaymentFile.name, PaymentFile.row_count, PaymentFile.wrong_count,
            PaymentFile.total_minor, PaymentFile.state, PaymentFile.record_status,
            PaymentFile.created_at, PaymentFile.retired_at,
            Organisation.base_currency, Organisation.base_exponent,
            (User.first_name + " " + User.last_name).label("maker"),
        )
        .join(Organisation, Organisation.id == PaymentFile.organisation_id)
        .outerjoin(User, User.id == PaymentFile.uploaded_by)
        .where(*visible(actor, PaymentFile))
    )  # fmt: skip


def _rows(actor: Actor) -> Select[Any]:
    return (
        select(
            PaymentRow.id, PaymentRow.line, PaymentRow.debit_account, PaymentRow.credit_account,
            PaymentRow.amount, PaymentRow.amount_minor, PaymentRow.exponent, PaymentRow.currency,
            PaymentRow.debited_minor, PaymentRow.credited_minor, PaymentRow.narrative,
            PaymentRow.reference, PaymentRow.state, PaymentRow.reason,
            PaymentRow.transaction_id, PaymentFile.name.label("file"),
        )
        .join(PaymentFile, PaymentFile.id == PaymentRow.payment_file_id)
        .where(*visible(actor, PaymentFile))
    )  # fmt: skip


def _amount(row: Any) -> cells.Cell:
    if not row.amount_minor:
        return cells.text(row.amount)
    return cells.money(row.amount_minor, row.exponent, row.currency)


def _fees(row: Any) -> cells.Cell:
    fees_minor = (row.debited_minor or 0) - (row.credited_minor or 0)
    return cells.money(fees_minor, row.exponent, row.currency) if fees_minor else cells.text("")


def _row_state(row: Any) -> cells.Cell:
    return cells.badge(ROW_STATES[row.state], _ROW_TONES[row.state])


def _row_href(row: Any) -> str | None:
    return f"/admin/transactions/{row.transaction_id}" if row.transaction_id else None


def _of_file(value: Any) -> ColumnElement[bool]:
    return by_id(PaymentRow.payment_file_id)(value)


FILES = Listing(
    name="payments",
    title="Payment files",
    section="Core Banking",
    path=PATH,
    select=_files,
    key=PaymentFile.id,
    columns=(
        Column("reference", "Reference", lambda row: cells.ident(f"PAY-{row.id:06d}"),
               sort=PaymentFile.id, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=PaymentFile.name,
               priority=1),
        Column("total", "Total", lambda row: cells.money(
            row.total_minor, row.base_exponent, row.base_currency),
            sort=PaymentFile.total_minor, money=True, priority=1),
        Column("rows", "Rows", lambda row: cells.count(row.row_count),
               sort=PaymentFile.row_count, numeric=True),
        Column("wrong", "Wrong", lambda row: cells.count(row.wrong_count),
               sort=PaymentFile.wrong_count, numeric=True),
        Column("status", "Status", standing_cell,
               sort=PaymentFile.record_status, priority=1),
        Column("posting", "Posting", lambda row: cells.badge(*STATES[row.state]), priority=1),
        Column("maker", "Uploaded by", lambda row: cells.text(row.maker)),
        Column("created", "Uploaded", lambda row: cells.instant(row.created_at),
               sort=PaymentFile.created_at),
    ),
    filters=(
        status_filter(PaymentFile),
        Filter("posting", "Posting", "choices", equals(PaymentFile.state),
               lambda _s, _a: tuple((key, one[0]) for key, one in STATES.items())),
    ),
    search=contains(PaymentFile.name, PaymentFile.file_name),
    search_hint="Name of a file",
    sort="-reference",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.name,
    empty="Upload a CSV or XLSX of payments, such as a salary run.",
)  # fmt: skip

ROWS = Listing(
    name="payment-rows",
    title="Payments of files",
    section="Core Banking",
    path=ROWS_PATH,
    select=_rows,
    key=PaymentRow.id,
    columns=(
        Column("line", "Line", lambda row: cells.text(row.line), sort=PaymentRow.id,
               numeric=True),
        Column("state", "Verdict", _row_state, sort=PaymentRow.state, priority=1),
        Column("reason", "Reason", lambda row: cells.text(row.reason)),
        Column("debit", "Debit account", lambda row: cells.text(row.debit_account),
               sort=PaymentRow.debit_account),
        Column("credit", "Credit account", lambda row: cells.text(row.credit_account),
               sort=PaymentRow.credit_account),
        Column("amount", "Amount", _amount, sort=PaymentRow.amount_minor, money=True),
        Column("fees", "Fees", _fees, money=True),
        Column("narrative", "Narrative", lambda row: cells.text(row.narrative)),
        Column("reference", "Reference", lambda row: cells.text(row.reference)),
        Column("file", "File", lambda row: cells.text(row.file), shown=False),
    ),
    filters=(
        Filter("state", "Verdict", "choices", equals(PaymentRow.state),
               lambda _s, _a: tuple(ROW_STATES.items())),
        Filter("file", "File number", "text", _of_file, named("file", PaymentFile)),
    ),
    search=contains(PaymentRow.debit_account, PaymentRow.credit_account, PaymentRow.narrative,
                    PaymentRow.reference),
    search_hint="Account, narrative or reference",
    sort="line",
    href=_row_href,
    label=lambda row: f"line {row.line}",
    empty="Rows appear here when a file is uploaded.",
)  # fmt: skip
