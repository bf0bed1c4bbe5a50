"""Transactions: listed, read, priced, posted, told how they ended, reversed."""

from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.api.fields import PageQuery, Text, amount, currency, key_of, page_of, paged
from app.api.interface import Blueprint, carry_out
from app.api.movements import (
    DepositGiven,
    ExchangeGiven,
    PreviewGiven,
    TransferGiven,
    WithdrawalGiven,
)
from app.clients.models import Client
from app.controls.permissions import find
from app.counter.commands import MoveAtCounter
from app.fees.queries import price_for_asset
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.kinds import KINDS, PROCESSING_STATUSES
from app.ledger.models import Asset, Transaction
from app.platforms.client import STATUSES
from app.transactions.breakdown import available_after
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.exchange import Exchange
from app.transactions.gateways import RecordOutcome
from app.transactions.kinds import Particulars
from app.transactions.queries import listed
from app.transactions.reversal import LONGEST_REASON, SHORTEST_REASON, ReverseTransaction
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint(
    "transactions", "Deposits, withdrawals, transfers and exchanges, and their reversals."
)


class TransactionShown(Schema):
    """A transaction; amounts are minor units of `currency`, with `exponent` decimals."""

    id = fields.Integer()
    reference = fields.String()
    public_id = fields.String()
    kind = fields.String(metadata={"enum": list(KINDS)})
    direction = fields.String()
    status = fields.String(attribute="processing", metadata={"enum": list(PROCESSING_STATUSES)})
    record_status = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    exponent = fields.Integer()
    fee_minor = fields.Integer()
    tax_minor = fields.Integer()
    settled_minor = fields.Integer(allow_none=True)
    settled_currency = fields.String(allow_none=True)
    asset_id = fields.Integer()
    counter_asset_id = fields.Integer(allow_none=True)
    account_id = fields.Integer()
    client_id = fields.Integer(allow_none=True)
    project_id = fields.Integer(allow_none=True)
    sub_type_id = fields.Integer(allow_none=True)
    description = fields.String()
    source_email = fields.String()
    external_id = fields.String(allow_none=True)
    reverses_id = fields.Integer(allow_none=True)
    pair_id = fields.Integer(allow_none=True)
    posting_date = fields.Date()
    value_date = fields.Date()
    posted_at = fields.DateTime(allow_none=True)
    settled_at = fields.DateTime(allow_none=True)
    failure_code = fields.String(allow_none=True)
    failure_reason = fields.String(allow_none=True)
    version = fields.Integer()
    created_at = fields.DateTime()


class TransactionQuery(PageQuery):
    """Which transactions are asked for."""

    client_id = key_of("the customer", Client, is_asked=True)
    account_id = key_of("the account", Account, is_asked=True)
    asset_id = key_of("the asset", Asset, is_asked=True)
    kind = fields.String(validate=validate.OneOf(KINDS))
    status = fields.String(attribute="processing", validate=validate.OneOf(PROCESSING_STATUSES))
    external_id = Text()
    posted_from = fields.Date()
    posted_to = fields.Date()


class ChargeShown(Schema):
    """A charge, by the rule that makes it."""

    name = fields.String()
    amount_minor = fields.Integer()
    tax_minor = fields.Integer()
    is_on_top = fields.Boolean()


class PreviewShown(Schema):
    """The breakdown of a movement before it is posted."""

    currency = fields.String()
    exponent = fields.Integer()
    gross_minor = fields.Integer()
    charges = fields.List(fields.Nested(ChargeShown))
    fee_minor = fields.Integer()
    tax_minor = fields.Integer()
    net_minor = fields.Integer()
    available_after_minor = fields.Integer()


class OutcomeGiven(Schema):
    """How an external payment stands; what completes a top-up says how much was paid."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    failure_code = Text(load_default="")
    failure_reason = Text(has_lines=True, load_default="")
    amount_minor = amount(load_default=None)
    currency = currency(load_default="")


class ReversalGiven(Schema):
    """Why a transaction is undone."""

    reason = Text(has_lines=True, shortest=SHORTEST_REASON, longest=LONGEST_REASON, required=True)


@blueprint.read("/transactions")
@permit("transactions.view")
@blueprint.arguments(TransactionQuery, location="query")
@blueprint.response(200, paged(TransactionShown))
def list_transactions(asked: dict[str, Any]) -> Any:
    """List transactions, oldest first; a period that runs back is refused (422)."""
    first, last = asked.get("posted_from"), asked.get("posted_to")
    if first and last and first > last:
        raise Refusal("posted_from must not be after posted_to", field="posted_from")
    named = ("client_id", "account_id", "asset_id", "kind", "processing", "external_id")
    equal = {name: asked[name] for name in named if name in asked}
    query = select(Transaction).where(*listed(actor())).filter_by(**equal)
    if first:
        query = query.where(Transaction.posting_date >= first)
    if last:
        query = query.where(Transaction.posting_date <= last)
    return page_of(read_session(), query, Transaction.id, asked)


@blueprint.read("/transactions/<int:transaction_id>")
@permit("transactions.view")
@blueprint.response(200, TransactionShown)
def show_transaction(transaction_id: int) -> Transaction:
    """Read a transaction."""
    return find(read_session(), actor(), Transaction, transaction_id)


@blueprint.read("/transactions/preview")
@permit("transactions.view")
@blueprint.arguments(PreviewGiven, location="query")
@blueprint.response(200, PreviewShown)
def preview(asked: dict[str, Any]) -> dict[str, Any]:
    """Ask what a movement would cost; nothing is written."""
    asset = _asset(asked)
    kind, session = asked["kind"], read_session()
    named = {name: asked[name] for name in ("amount_minor", "sub_type")}
    quote = price_for_asset(session, asset, kind=kind, **named)
    after = available_after(quote, kind=kind, available_minor=asset.available_minor)
    names = ("gross_minor", "charges", "fee_minor", "tax_minor", "net_minor")
    return {name: getattr(quote, name) for name in names} | {
        "currency": asset.currency,
        "exponent": asset.exponent,
        "available_after_minor": after,
    }


@blueprint.write("/transactions/deposits")
@permit("assets.deposit")
@blueprint.arguments(DepositGiven)
@blueprint.response(201, TransactionShown)
def deposit(given: dict[str, Any]) -> Transaction:
    """Post a deposit; above the amounts of the rules it waits for approval."""
    source = given["funding_source_id"]
    return _recorded(Deposit(*_core(given), funding_source_id=source))


@blueprint.write("/transactions/withdrawals")
@permit("assets.withdraw")
@blueprint.arguments(WithdrawalGiven)
@blueprint.response(201, TransactionShown)
def withdraw(given: dict[str, Any]) -> Transaction:
    """Post a withdrawal; one that waits holds its amount."""
    return _signed(given, Withdraw(*_core(given), funding_source_id=given["funding_source_id"]))


@blueprint.write("/transactions/transfers")
@permit("assets.transfer")
@blueprint.arguments(TransferGiven)
@blueprint.response(201, TransactionShown)
def transfer(given: dict[str, Any]) -> Transaction:
    """Post a transfer; the answer is its sending half."""
    asset_id, amount_minor, particulars = _core(given)
    command = Transfer(asset_id, given["counter_asset_id"], amount_minor, particulars)
    return _signed(given, command)


@blueprint.write("/transactions/exchanges")
@permit("assets.exchange")
@blueprint.arguments(ExchangeGiven)
@blueprint.response(201, TransactionShown)
def exchange(given: dict[str, Any]) -> Transaction:
    """Exchange an amount into the currency of another asset of the same customer."""
    asset_id, amount_minor, particulars = _core(given)
    command = Exchange(asset_id, given["counter_asset_id"], amount_minor)
    return _recorded(replace(command, particulars=particulars))


@blueprint.write("/transactions/<int:transaction_id>/outcome")
@permit("transactions.change-status")
@blueprint.arguments(OutcomeGiven)
@blueprint.response(200, TransactionShown)
def tell_outcome(given: dict[str, Any], transaction_id: int) -> Transaction:
    """Tell how an external payment ended: it is completed, failed, expired or cancelled by that."""
    find(read_session(), actor(), Transaction, transaction_id)
    carry_out(RecordOutcome(transaction_id, **given))
    return find(read_session(), actor(), Transaction, transaction_id)


@blueprint.write("/transactions/<int:transaction_id>/reversal")
@permit("transactions.reverse")
@blueprint.arguments(ReversalGiven)
@blueprint.response(201, TransactionShown)
def reverse(given: dict[str, Any], transaction_id: int) -> Transaction:
    """Draft the reversal of a transaction; the money moves when it is handed in and authorised."""
    return _recorded(ReverseTransaction(transaction_id, given["reason"]))


def _core(given: dict[str, Any]) -> tuple[int, int, Particulars]:
    """Return asset, amount and particulars; refuses (422) another currency than the asset's."""
    asset = _asset(given)
    names = ("description", "source", "beneficiary", "external_id", "value_date")
    said: dict[str, Any] = {name: given[name] for name in names}
    for name in ("sub_type", "source_email"):
        said[name] = given.get(name, "")
    return asset.id, given["amount_minor"], Particulars(**said)


def _asset(given: dict[str, Any]) -> Asset:
    asset = find(read_session(), actor(), Asset, given["asset_id"])
    if asset.currency != given["currency"]:
        raise Refusal(f"The asset is kept in {asset.currency}", field="currency")
    return asset


def _signed(given: dict[str, Any], movement: Withdraw | Transfer) -> Transaction:
    return _recorded(MoveAtCounter(movement, tuple(given["signed_by"]), is_by_program=True))


def _recorded(command: Any) -> Transaction:
    return find(read_session(), actor(), Transaction, carry_out(command))
