"""The teller's drawers: deposit, withdrawal, transfer and bonus, of an asset or of an account."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.assets.queries import asset_row, assets_of_account
from app.assets.resource import amount_cell, demand_bookable, obstacle_to_booking
from app.controls.permissions import find, holds
from app.counter.commands import MoveAtCounter
from app.counter.forms import (
    BonusForm,
    CodeForm,
    DepositForm,
    MovementForm,
    SignedForm,
    TransferForm,
    WithdrawForm,
)
from app.counter.prices import is_live, preview
from app.counter.queries import find_receivers, receiver_named, sub_types_offered
from app.counter.signing import offer_signatories
from app.funding.resource import source_choices
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Transaction
from app.mandates.models import Signature
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import fact, form_view
from app.web.respond import render, wants_fragment

blueprint = Blueprint("counter", __name__)
ASSETS = "/admin/assets"
ACCOUNTS = "/admin/accounts"
_METHODS = ["GET", "POST"]


@blueprint.route(f"{ASSETS}/<int:asset_id>/deposit", methods=_METHODS)
@permit("assets.deposit")
def deposit(asset_id: int) -> Response:
    """Take money in for an asset (W08.39)."""
    return _deposit([asset_row(read_session(), actor(), asset_id)], to=f"{ASSETS}/{asset_id}")


@blueprint.route(f"{ACCOUNTS}/<int:account_id>/deposit", methods=_METHODS)
@permit("assets.deposit")
def deposit_to_account(account_id: int) -> Response:
    """Take money in for one of an account's assets (W07.20)."""
    return _deposit(_assets_of(account_id), to=f"{ACCOUNTS}/{account_id}")


@blueprint.route(f"{ASSETS}/<int:asset_id>/withdraw", methods=_METHODS)
@permit("assets.withdraw")
def withdraw(asset_id: int) -> Response:
    """Pay money out of an asset (W08.41)."""
    return _withdraw([asset_row(read_session(), actor(), asset_id)], to=f"{ASSETS}/{asset_id}")


@blueprint.route(f"{ACCOUNTS}/<int:account_id>/withdraw", methods=_METHODS)
@permit("assets.withdraw")
def withdraw_from_account(account_id: int) -> Response:
    """Pay money out of one of an account's assets (W07.20)."""
    return _withdraw(_assets_of(account_id), to=f"{ACCOUNTS}/{account_id}")


@blueprint.route(f"{ASSETS}/<int:asset_id>/transfer", methods=_METHODS)
@permit("assets.transfer")
def transfer(asset_id: int) -> Response:
    """Move money to another asset."""
    row, form = asset_row(read_session(), actor(), asset_id), TransferForm()
    form.counter_asset_id.render_kw = {"data-combobox": f"{ASSETS}/{asset_id}/receivers"}
    return _transfer(form, [row], word="Transfer", to=f"{ASSETS}/{asset_id}")


@blueprint.get(f"{ASSETS}/<int:asset_id>/receivers")
@permit("assets.transfer")
def receivers(asset_id: int) -> Response:
    """Find whom a transfer out of the asset may go to: who holds its currency."""
    session, who = read_session(), actor()
    source = asset_row(session, who, asset_id)
    found = find_receivers(session, who, request.args.get("q", ""), source)
    return render("journals/_accounts.html", accounts=found)


@blueprint.route(f"{ACCOUNTS}/<int:account_id>/qr-payment", methods=_METHODS)
@permit("assets.transfer")
def pay_by_code(account_id: int) -> Response:
    """Pay whoever's QR code is scanned, at once: a scanner types it like a keyboard (W01.08)."""
    assets = _assets_of(account_id)
    return _transfer(CodeForm(), assets, word="QR payment", to=f"{ACCOUNTS}/{account_id}")


@blueprint.route(f"{ASSETS}/<int:asset_id>/bonus", methods=_METHODS)
@permit("assets.deposit")
def bonus(asset_id: int) -> Response:
    """Credit an asset's bonus (W08.51)."""
    row, form = asset_row(read_session(), actor(), asset_id), BonusForm()

    def command(asset: Any) -> CreditBonus:
        return CreditBonus(asset.id, form.minor("amount", asset.exponent), form.particulars())

    return movement(form, [row], command, word="Bonus", to=f"{ASSETS}/{asset_id}")


def _transfer(form: TransferForm, assets: Sequence[Any], *, word: str, to: str) -> Response:
    def command(asset: Any) -> MoveAtCounter:
        typed = form.counter_asset_id.data or ""
        counter_id = receiver_named(read_session(), actor(), typed, asset)
        amount_minor = form.minor("amount", asset.exponent)
        moved = Transfer(asset.id, counter_id, amount_minor, form.particulars())
        return MoveAtCounter(moved, form.who_signed())

    return movement(form, assets, command, word=word, to=to, kind="transfer")


def _deposit(assets: Sequence[Any], *, to: str) -> Response:
    form = DepositForm()
    form.offer_sources(_sources(assets, only_verified=False))
    if not any(row.is_limited for row in assets):
        del form.bonus

    def command(asset: Any) -> Deposit:
        return Deposit(
            asset.id,
            form.minor("amount", asset.exponent),
            form.particulars(),
            bonus_minor=form.bonus_minor(asset.exponent),
            funding_source_id=form.funding_source(),
        )

    return movement(form, assets, command, word="Deposit", to=to, kind="deposit")


def _withdraw(assets: Sequence[Any], *, to: str) -> Response:
    form = WithdrawForm()
    form.offer_sources(_sources(assets, only_verified=True))
    if not any(row.bonus_minor for row in assets):
        del form.bucket

    def command(asset: Any) -> MoveAtCounter:
        moved = Withdraw(
            asset.id,
            form.minor("amount", asset.exponent),
            form.particulars(),
            is_bonus=bool(form.bucket and form.bucket.data == "bonus"),
            funding_source_id=form.funding_source(),
        )
        return MoveAtCounter(moved, form.who_signed())

    return movement(form, assets, command, word="Withdrawal", to=to, kind="withdrawal")


def movement(
    form: MovementForm,
    assets: Sequence[Any],
    command: Callable[[Any], Any],
    *,
    word: str,
    to: str,
    kind: str = "",
) -> Response:
    """Show the form with the balances, and record what is typed.

    `kind` is what its charges are looked up by; a movement without one is free.
    """
    may_look = holds(actor(), "transactions.view")
    return drawer(
        form,
        assets,
        kind=kind,
        command=lambda: command(form.chosen_asset(assets)),
        title=word,
        submit_label="Save",
        to=to,
        done_title=word,
        told=lambda transaction_id: _told(word, transaction_id),
        opened=lambda answer: f"/admin/transactions/{answer}" if may_look else None,
    )


def drawer(
    form: MovementForm,
    assets: Sequence[Any],
    *,
    kind: str,
    facts: Sequence[dict[str, Any]] = (),
    costs: Callable[[], dict[str, Any]] | None = None,
    former: Sequence[Signature] | None = None,
    **page: Any,
) -> Response:
    """Show a movement's form: the balances, who may sign, what it costs; the rest is `form_view`'s.

    `facts` stand before the balances; `costs` works out what the price list alone does not say;
    `former` are the signatures of the slip that is corrected.
    """
    if not form.is_posted:
        demand_bookable(assets)
    form.offer(assets)
    if "sub_type" in form:
        own, added = sub_types_offered(read_session(), actor(), assets[0].project_id, kind)
        form.offer_sub_types(own, added)
    rule = offer_signatories(form, assets, former) if isinstance(form, SignedForm) else []
    if costs is None and kind:
        costs = partial(preview, form, assets, kind)
    breakdown = costs() if costs else None
    if breakdown and is_live() and wants_fragment():
        priced = {"breakdown": breakdown}
        return render("resource/form.html", fragment="counter/_priced.html", form_page=priced)
    alone = assets[0] if len(assets) == 1 else None
    return form_view(
        form,
        form_fields="counter/_fields.html",
        foot="counter/_sums.html" if breakdown else "",
        summary=[*facts, *_summary(assets), *rule],
        obstacle=obstacle_to_booking(alone) if alone is not None else "",
        currency=alone.currency if alone else "",
        precision=alone.exponent if alone else 0,
        breakdown=breakdown,
        **page,
    )


def _sources(assets: Sequence[Any], *, only_verified: bool) -> list[tuple[int, str]]:
    ids = [row.id for row in assets]
    return source_choices(read_session(), actor(), ids, only_verified=only_verified)


def _assets_of(account_id: int) -> list[Any]:
    find(read_session(), actor(), Account, account_id)
    assets = assets_of_account(read_session(), actor(), account_id)
    if not assets:
        raise Conflict("This account has no asset. Add one first.")
    active = [row for row in assets if row.is_active]
    return active or assets[:1]


def _summary(assets: Sequence[Any]) -> list[dict[str, Any]]:
    if len(assets) > 1:
        return [
            fact(f"Available · {row.uid}", amount_cell(row, "available_minor")) for row in assets
        ]
    row = assets[0]
    facts = [
        fact("Owner", cells.text(row.owner or row.account_name)),
        fact("Asset", cells.ident(row.uid)),
        fact("Available", amount_cell(row, "available_minor")),
        fact("On hold", amount_cell(row, "held_minor")),
    ]
    if row.bonus_minor:
        facts.append(fact("Bonus", amount_cell(row, "bonus_minor")))
    return facts


def _told(word: str, transaction_id: int) -> tuple[str, str, str]:
    """Say whether the money moved or waits, and what is available now."""
    one = read_session().get_one(Transaction, transaction_id)
    row = asset_row(read_session(), actor(), one.asset_id)
    balance = Money(row.available_minor, row.currency, row.exponent)
    if one.posted_at is not None:
        return f"{word} completed", f"Available: {balance}", "success"
    outcome = "waits for approval" if one.is_pending else "waits for its status"
    hands = "Pay nothing out yet. " if one.kind == "withdrawal" else ""
    return f"{word} {outcome}", f"{hands}Available: {balance}", "warning"
