"""Files of payments as a teller uploads them, and what became of them."""

from __future__ import annotations

import io
from collections.abc import Iterable

from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.payments.models import PaymentFile, PaymentRow
from tests.due import work_of
from tests.factories import House
from tests.pages import form_of

PATH = "/admin/payments"
HEAD = ("Debit account", "Credit account", "Amount", "Currency", "Narrative", "Reference")


def number(asset_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Account, session.get_one(Asset, asset_id).account_id).number


def upload(
    browser: FlaskClient,
    rows: Iterable[tuple[object, ...]],
    *,
    policy: str = "all",
    content: bytes | None = None,
    **more: str,
) -> tuple[int, str]:
    """Upload rows as CSV, or the content given; returns the status and the page or address."""
    text = "\n".join(",".join(str(value) for value in row) for row in (HEAD, *rows))
    data = form_of(browser, f"{PATH}/new") | {
        "name": "Salaries",
        "policy": policy,
        "file": (io.BytesIO(content if content is not None else text.encode()), "salaries.csv"),
        **more,
    }
    answer = browser.post(f"{PATH}/new", data=data, content_type="multipart/form-data")
    return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)


def newest(house: House) -> PaymentFile:
    with database.reading() as session:
        query = select(PaymentFile).where(PaymentFile.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(PaymentFile.id.desc())).first()


def rows_of(record: PaymentFile) -> list[PaymentRow]:
    with database.reading() as session:
        query = select(PaymentRow).where(PaymentRow.payment_file_id == record.id)
        return list(session.scalars(query.order_by(PaymentRow.line)))


def approve(house: House, record: PaymentFile) -> None:
    perform(SubmitRecord("payments", record.id), house.administrator)
    work_of(house.organisation_id)
