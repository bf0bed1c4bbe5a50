"""Codes, lines and forms that the tests of journals share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.controls.commands import handles, perform
from app.controls.identity import Actor
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.db.session import database
from app.fees.models import TransactionCode
from app.journals.commands import RecordJournal
from app.journals.lines import JournalLine
from app.ledger.accounts import Account
from app.ledger.house import house_asset
from app.ledger.models import Asset
from app.organisation.models import OrganisationCurrency
from tests.factories import BUSINESS_DATE, House
from tests.pages import form_of

NEW = "/admin/transactions/new"


@dataclass(frozen=True, slots=True)
class AddCode:
    """Add a transaction code that may be used."""

    code: str
    side: str = "both"


@dataclass(frozen=True, slots=True)
class OpenHouseAccount:
    """Open the house's account for a purpose."""

    purpose: str
    currency: str
    branch_id: int


@handles(AddCode, permission=None)
def add_code(work: Work, command: AddCode) -> int:
    row = TransactionCode(
        organisation_id=work.actor.tenant_id,
        code=command.code,
        description=command.code.title(),
        side=command.side,
        record_status=AUTHORIZED,
        levels_required=0,
        authorised_at=work.now,
    )
    return work.add(row).id


@handles(OpenHouseAccount, permission=None)
def open_house_account(work: Work, command: OpenHouseAccount) -> int:
    query = select(OrganisationCurrency.exponent).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == command.currency,
    )
    return house_asset(
        work,
        purpose=command.purpose,
        branch_id=command.branch_id,
        currency=command.currency,
        exponent=work.session.scalars(query).one(),
    )


def codes(house: House, *names: str) -> None:
    for name in names or ("GENERAL",):
        perform(AddCode(name), house.system)


def house_account(house: House, currency: str = "KES", purpose: str = "clearing") -> str:
    """Return the number of the house's account for a purpose."""
    asset_id = perform(OpenHouseAccount(purpose, currency, house.branch_id), house.system)
    return number_of(asset_id)


def number_of(asset_id: int) -> str:
    """Return the number of an asset's account."""
    with database.reading() as session:
        query = select(Account.number).join(Asset, Asset.account_id == Account.id)
        return session.scalars(query.where(Asset.id == asset_id)).one()


def line(side: str, account: str, minor: int, **more: Any) -> JournalLine:
    values = {"batch": 1, "code": "GENERAL", "currency": "", "narrative": "As agreed"} | more
    return JournalLine(side=side, account=account, amount_minor=minor, **values)


def record(house: House, *lines: JournalLine, actor: Actor | None = None, **more: Any) -> int:
    values = {"posting_date": BUSINESS_DATE, "value_date": BUSINESS_DATE} | more
    command = RecordJournal(branch_id=house.branch_id, lines=lines, **values)
    return perform(command, actor or house.administrator)


def fill(client: FlaskClient, *rows: tuple[str, str, str], path: str = NEW, **typed: Any) -> dict:
    """Return a sheet's form with a line for each (side, account, amount) in batch 1."""
    values: dict[str, Any] = {
        key: value for key, value in form_of(client, path).items() if not key.startswith("b1-")
    }
    values["b1-code"] = "GENERAL"
    for number, (side, account, amount) in enumerate(rows, start=1):
        values |= {
            f"b1-l{number}-side": side,
            f"b1-l{number}-account": account,
            f"b1-l{number}-amount": amount,
            f"b1-l{number}-narrative": "As agreed",
        }
    return values | {key.replace("__", "-"): value for key, value in typed.items()}


def post(
    client: FlaskClient, values: dict[str, Any], path: str = NEW, **headers: str
) -> TestResponse:
    sent = {key: value for key, value in values.items() if value is not None}
    return client.post(path, data=sent, headers=headers)


def rate(text: str) -> Decimal:
    return Decimal(text)
