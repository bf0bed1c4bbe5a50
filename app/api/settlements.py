"""Settlements: a batch of payments, judged row by row and posted by the worker (W01.30)."""

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.fields import PageQuery, Text, amount, currency, page_of, paged
from app.api.interface import Blueprint, carry_out
from app.controls.due_work import DueWork
from app.controls.permissions import find, scoped
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero, plain_decimal
from app.organisation.models import OrganisationCurrency
from app.payments.commands import SettlePayments
from app.payments.files import MOST_ROWS, TypedRow
from app.payments.models import POLICIES, ROW_STATES, WRONG, PaymentFile, PaymentRow
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint("settlements", "Batches of payments, posted all or past what fails.")


class PaymentGiven(Schema):
    """One payment, between the numbers of two accounts."""

    debit_account = Text(shortest=1, required=True)
    credit_account = Text(shortest=1, required=True)
    amount_minor = amount(required=True)
    currency = currency(required=True)
    narrative = Text(load_default="")
    reference = Text(load_default="", metadata={"description": "Used once in the books"})


class SettlementGiven(Schema):
    """A batch of payments."""

    name = Text(shortest=1, longest=100, required=True)
    policy = fields.String(
        load_default="all",
        validate=validate.OneOf(tuple(POLICIES)),
        metadata={"description": "all: post all or none; skip: post past what fails"},
    )
    again = fields.Boolean(
        load_default=False,
        metadata={"description": "Make payments of an earlier settlement once more"},
    )
    payments = fields.List(
        fields.Nested(PaymentGiven), required=True, validate=validate.Length(1, MOST_ROWS)
    )


class CountsShown(Schema):
    """How many rows stand where."""

    good = fields.Integer()
    wrong = fields.Integer()
    posted = fields.Integer()
    failed = fields.Integer()


class SettlementShown(Schema):
    """How a settlement stands; `state` is new, posting, posted, partly or failed."""

    id = fields.Integer()
    reference = fields.String()
    name = fields.String()
    policy = fields.String()
    record_status = fields.String()
    state = fields.String()
    refusal = fields.String(metadata={"description": "Why nothing was posted"})
    total_minor = fields.Integer(metadata={"description": "Good rows, in base currency"})
    fees_minor = fields.Integer(
        allow_none=True,
        metadata={"description": "What they cost, in base currency; null where nobody asked then"},
    )
    progress_percent = fields.Integer()
    counts = fields.Nested(CountsShown)
    version = fields.Integer()
    created_at = fields.DateTime()


class PaymentShown(Schema):
    """A row with its verdict, and the transaction it became."""

    line = fields.Integer()
    debit_account = fields.String()
    credit_account = fields.String()
    amount_minor = fields.Integer(
        allow_none=True,
        metadata={"description": "As it was given; null where it could not be read"},
    )
    currency = fields.String()
    narrative = fields.String()
    reference = fields.String()
    state = fields.String(metadata={"enum": list(ROW_STATES)})
    reason = fields.String()
    transaction_id = fields.Integer(allow_none=True)


class SettlementListed(SettlementShown):
    """A settlement in a list, without its counts."""

    class Meta:
        """Leave out what is counted for each."""

        exclude = ("counts", "progress_percent")


@blueprint.read("/settlements")
@permit("payments.view")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, paged(SettlementListed))
def list_settlements(asked: dict[str, Any]) -> Any:
    """List settlements and files of payments."""
    query = scoped(actor(), PaymentFile).where(PaymentFile.retired_at.is_(None))
    return page_of(read_session(), query, PaymentFile.id, asked)


@blueprint.write("/settlements")
@permit("payments.create")
@blueprint.arguments(SettlementGiven)
@blueprint.response(202, SettlementShown)
def settle(given: dict[str, Any]) -> dict[str, Any]:
    """Send a batch of payments.

    Every row is judged at once. What can be posted as you chose is handed in, and posted by the
    worker once it is approved: read the settlement until its state is posted, partly or failed.
    """
    exponents = _exponents()
    rows = tuple(
        _row(number, one, exponents) for number, one in enumerate(given["payments"], start=1)
    )
    return _shown(carry_out(SettlePayments(given["name"], given["policy"], rows, given["again"])))


@blueprint.read("/settlements/<int:settlement_id>")
@permit("payments.view")
@blueprint.response(200, SettlementShown)
def show_settlement(settlement_id: int) -> dict[str, Any]:
    """Read how a settlement stands."""
    return _shown(settlement_id)


@blueprint.read("/settlements/<int:settlement_id>/rows")
@permit("payments.view")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, paged(PaymentShown))
def list_rows(asked: dict[str, Any], settlement_id: int) -> Any:
    """List a settlement's rows with their verdicts."""
    record = find(read_session(), actor(), PaymentFile, settlement_id)
    query = select(PaymentRow).where(
        PaymentRow.organisation_id == record.organisation_id,
        PaymentRow.payment_file_id == record.id,
    )
    page, exponents = page_of(read_session(), query, PaymentRow.id, asked), _exponents()
    return page | {"items": [_row_shown(row, exponents) for row in page["items"]]}


def _exponents() -> dict[str, int]:
    query = select(OrganisationCurrency.code, OrganisationCurrency.exponent).where(
        OrganisationCurrency.organisation_id == actor().tenant_id
    )
    return {row.code: row.exponent for row in read_session().execute(query)}


def _row(number: int, given: dict[str, Any], exponents: dict[str, int]) -> TypedRow:
    """Write a payment as a line of a file is typed, for files and programs are judged alike."""
    code = given["currency"]
    if code not in exponents:
        raise Refusal(f"The currency {code} is not kept", field=f"payments.{number - 1}.currency")
    return TypedRow(
        line=number,
        debit_account=given["debit_account"],
        credit_account=given["credit_account"],
        amount=plain_decimal(given["amount_minor"], exponents[code]),
        currency=code,
        narrative=given["narrative"],
        reference=given["reference"],
    )


def _row_shown(row: PaymentRow, exponents: dict[str, int]) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in PaymentShown().fields}
    return shown | {"amount_minor": _given_minor(row, exponents)}


def _given_minor(row: PaymentRow, exponents: dict[str, int]) -> int | None:
    """Return the amount as it was given: of a wrong row nothing is kept but its text."""
    if row.state != WRONG:
        return row.amount_minor
    if row.currency not in exponents:
        return None
    try:
        return parse_minor_or_zero(row.amount, exponents[row.currency])
    except Refusal:
        return None


def _shown(settlement_id: int) -> dict[str, Any]:
    session = read_session()
    record = find(session, actor(), PaymentFile, settlement_id)
    counts = dict.fromkeys(ROW_STATES, 0) | _by_state(session, record)
    job = session.get(DueWork, record.work_id) if record.work_id else None
    names = set(SettlementShown().fields) - {"counts", "progress_percent"}
    return {name: getattr(record, name) for name in names} | {
        "counts": counts,
        "progress_percent": job.progress_percent if job else 0,
    }


def _by_state(session: Session, record: PaymentFile) -> dict[str, int]:
    mine = PaymentRow.payment_file_id == record.id
    query = select(PaymentRow.state, func.count()).where(mine).group_by(PaymentRow.state)
    return {row[0]: row[1] for row in session.execute(query)}
