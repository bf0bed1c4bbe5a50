"""Accounts and their assets: inquiry with balances, opening, import and export."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Response, stream_with_context
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.accounts.bulk import MOST_ROWS, POLICIES, AccountRow, ImportAccounts
from app.accounts.commands import OpenAccount
from app.api.fields import ExternalId, PageQuery, Text, currency, key_of, page_of, paged
from app.api.interface import Blueprint, carry_out
from app.assets.queries import asset_row, asset_select
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import find, holds, scoped, visible
from app.db.session import database
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.organisation.models import Branch
from app.reference.models import AccountType
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.respond import note_export

blueprint = Blueprint("accounts", "Accounts, their assets and what is available on them.")
_BATCH = 500


class AssetShown(Schema):
    """One currency of an account. Balances are in minor units, with `exponent` decimals."""

    id = fields.Integer()
    uid = fields.String()
    account_id = fields.Integer()
    account_number = fields.String()
    client_id = fields.Integer(allow_none=True)
    project_id = fields.Integer(allow_none=True)
    currency = fields.String()
    exponent = fields.Integer()
    is_active = fields.Boolean()
    ledger_minor = fields.Integer(metadata={"description": "What is booked"})
    held_minor = fields.Integer(metadata={"description": "What is reserved"})
    overdraft_minor = fields.Integer(metadata={"description": "How far it may go below zero"})
    available_minor = fields.Integer(
        metadata={"description": "ledger less held, plus the permitted overdraft"}
    )
    virtual_minor = fields.Integer(
        metadata={"description": "ledger plus pending in, less pending out"}
    )
    bonus_minor = fields.Integer()
    pending_in_minor = fields.Integer()
    pending_out_minor = fields.Integer()
    iban = fields.String(allow_none=True)
    external_id = fields.String(allow_none=True)


class AccountShown(Schema):
    """An account."""

    id = fields.Integer()
    number = fields.String()
    public_id = fields.String()
    name = fields.String()
    holder = fields.String(metadata={"description": "client, agent or internal"})
    product_id = fields.Integer()
    client_id = fields.Integer(allow_none=True)
    account_type_id = fields.Integer(allow_none=True)
    project_id = fields.Integer(allow_none=True)
    branch_id = fields.Integer()
    currency = fields.String()
    external_id = fields.String(allow_none=True)
    is_active = fields.Boolean()
    record_status = fields.String()
    version = fields.Integer()
    created_at = fields.DateTime()


class AccountInquiry(AccountShown):
    """An account with its assets, for keys that may read assets."""

    assets = fields.List(fields.Nested(AssetShown))


class AccountQuery(PageQuery):
    """Which accounts are asked for."""

    client_id = key_of("the customer", Client, is_asked=True)
    number = Text()
    external_id = Text()
    is_active = fields.Boolean()


class AssetQuery(PageQuery):
    """Which assets are asked for."""

    client_id = key_of("the customer", Client, is_asked=True)
    account_id = key_of("the account", Account, is_asked=True)
    currency = currency()


class AccountGiven(Schema):
    """An account to open."""

    product_id = key_of("the product", Product, required=True)
    currency = currency(required=True)
    client_id = key_of("the customer", Client, load_default=None, allow_none=True)
    is_agent = fields.Boolean(load_default=False)
    account_type_id = key_of("the account type", AccountType, load_default=None, allow_none=True)
    branch_id = key_of("the branch", Branch, load_default=None, allow_none=True)
    external_id = ExternalId()


class RowGiven(Schema):
    """An account of an import, by codes and numbers."""

    product_code = Text(shortest=1, required=True)
    currency = currency(required=True)
    client_number = Text(load_default="")
    account_type = Text(load_default="", metadata={"description": "The label of the type"})
    external_id = Text(load_default="")


class ImportGiven(Schema):
    """Accounts to open together."""

    policy = fields.String(
        load_default="all",
        validate=validate.OneOf(POLICIES),
        metadata={"description": "all: one refused row opens none; skip: the others are opened"},
    )
    accounts = fields.List(
        fields.Nested(RowGiven), required=True, validate=validate.Length(1, MOST_ROWS)
    )


class ImportedShown(Schema):
    """What became of a row: the account, or why there is none."""

    id = fields.Integer(allow_none=True)
    number = fields.String(allow_none=True)
    reason = fields.String()


class ImportShown(Schema):
    """What became of an import, in the order of its rows."""

    opened = fields.Integer()
    refused = fields.Integer()
    rows = fields.List(fields.Nested(ImportedShown))


@blueprint.read("/accounts")
@permit("accounts.view")
@blueprint.arguments(AccountQuery, location="query")
@blueprint.response(200, paged(AccountShown))
def list_accounts(asked: dict[str, Any]) -> Any:
    """List accounts."""
    query = scoped(actor(), Account)
    for name in ("client_id", "number", "external_id", "is_active"):
        if name in asked:
            query = query.where(getattr(Account, name) == asked[name])
    return page_of(read_session(), query, Account.id, asked)


@blueprint.read("/accounts/<int:account_id>")
@permit("accounts.view")
@blueprint.response(200, AccountInquiry)
def show_account(account_id: int) -> dict[str, Any]:
    """Inquire about an account.

    Its assets come with what is booked, held and available, for keys that may read assets.
    """
    return _inquiry(account_id)


@blueprint.write("/accounts")
@permit("accounts.create")
@blueprint.arguments(AccountGiven)
@blueprint.response(201, AccountInquiry)
def open_account(given: dict[str, Any]) -> dict[str, Any]:
    """Open an account with its first asset, and hand it in."""
    return _inquiry(carry_out(OpenAccount(**given)))


@blueprint.write("/accounts/import")
@permit("accounts.create")
@blueprint.arguments(ImportGiven)
@blueprint.response(200, ImportShown)
def import_accounts(given: dict[str, Any]) -> Any:
    """Open many accounts by one request.

    Each row is judged by itself; the answer tells row by row which account was opened, or why none.
    """
    rows = tuple(AccountRow(**one) for one in given["accounts"])
    return carry_out(ImportAccounts(given["policy"], rows))


@blueprint.read("/accounts/export")
@permit("accounts.view")
@blueprint.response(200, RowGiven, content_type="application/x-ndjson",
                    description="One JSON object a line, as the import takes them, "
                    "with number and record_status")  # fmt: skip
def export_accounts() -> Response:
    """Export every account in sight, one JSON object a line.

    Each line can be sent to the import as it is, without `number` and `record_status`.
    """
    note_export("accounts.ndjson")
    lines = stream_with_context(_lines(actor()))
    response = Response(lines, mimetype="application/x-ndjson")
    response.headers.set("Content-Disposition", "attachment", filename="accounts.ndjson")
    return response


@blueprint.read("/assets")
@permit("assets.view")
@blueprint.arguments(AssetQuery, location="query")
@blueprint.response(200, paged(AssetShown))
def list_assets(asked: dict[str, Any]) -> Any:
    """List assets with their balances."""
    query = asset_select(actor())
    for name in ("client_id", "account_id", "currency"):
        if name in asked:
            query = query.where(getattr(Asset, name) == asked[name])
    return page_of(read_session(), query, Asset.id, asked, scalars=False)


@blueprint.read("/assets/<int:asset_id>")
@permit("assets.view")
@blueprint.response(200, AssetShown)
def show_asset(asset_id: int) -> Any:
    """Read an asset with its balances."""
    return asset_row(read_session(), actor(), asset_id)


def _inquiry(account_id: int) -> dict[str, Any]:
    session, who = read_session(), actor()
    account = find(session, who, Account, account_id)
    shown = {name: getattr(account, name) for name in AccountShown().fields}
    if holds(who, "assets.view"):
        query = asset_select(who).where(Asset.account_id == account.id).order_by(Asset.id)
        shown["assets"] = session.execute(query).all()
    return shown


def _lines(who: Actor) -> Iterator[str]:
    query = (
        select(
            Account.number, Account.currency, Account.external_id, Account.record_status,
            Product.code, Client.number.label("client"), AccountType.label.label("type"),
        )
        .join(Product, Product.id == Account.product_id)
        .outerjoin(Client, Client.id == Account.client_id)
        .outerjoin(AccountType, AccountType.id == Account.account_type_id)
        .where(*visible(who, Account))
        .order_by(Account.id)
    )  # fmt: skip
    with database.streaming() as session:
        for row in session.execute(query.execution_options(yield_per=_BATCH)):
            line = {
                "number": row.number,
                "record_status": row.record_status,
                "product_code": row.code,
                "client_number": row.client or "",
                "account_type": row.type or "",
                "currency": row.currency,
                "external_id": row.external_id or "",
            }
            yield json.dumps(line) + "\n"
