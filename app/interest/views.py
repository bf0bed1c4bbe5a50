"""Interest on screen: the card of an account's page, and the list of all that was posted."""

from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.cards import adds_cards
from app.assets.resource import currencies
from app.conditions.models import SIDES, AccountCondition
from app.conditions.pages import PATH as CONDITIONS_PATH
from app.conditions.queries import condition_of, own_code
from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.controls.tenant import Organisation
from app.interest.models import InterestPosting
from app.interest.posting import Left
from app.interest.queries import accrued_of, assets_of, postings_of
from app.interest.settling import SettleInterest
from app.interest.waiting import waiting_of
from app.kernel.money import format_minor
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.records.naming import named
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import is_id
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, between, contains, equals
from app.web.pages import confirm_view, fact
from app.web.resource import Resource, mount

blueprint = Blueprint("interest", __name__)
PATH = "/admin/interest-postings"
_NEWEST = 4


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            *(getattr(InterestPosting, name) for name in _OWN),
            Asset.uid,
            Asset.currency,
            Asset.exponent,
            Account.id.label("account_id"),
            Account.number,
            Account.name.label("account_name"),
            AccountCondition.code,
        )
        .join(Asset, Asset.id == InterestPosting.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(AccountCondition, AccountCondition.id == InterestPosting.condition_id)
        .where(InterestPosting.organisation_id == actor.organisation_id, *visible(actor, Asset))
    )


_OWN = (
    "id", "condition_id", "side", "from_day", "to_day", "accrued_minor", "gross_minor",
    "tax_minor", "posted_on", "transaction_id",
)  # fmt: skip


def _of_account(value: str) -> ColumnElement[bool]:
    if is_id(value):
        return Account.id == int(value)
    return (Account.number == value) | (Account.uid == value) | (Account.public_id == value)


def _amount(name: str) -> Any:
    return lambda row: cells.money(getattr(row, name), row.exponent, row.currency)


def _outcome(row: Any) -> cells.Cell:
    if row.transaction_id is None:
        return cells.badge("Waived", "warning")
    return cells.text("Posted", href=f"/admin/transactions/{row.transaction_id}")


_POSTINGS = Listing(
    name="interest-postings",
    title="Interest",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=InterestPosting.id,
    columns=(
        Column("account", "Account",
               lambda row: cells.ident(row.number, href=f"/admin/accounts/{row.account_id}"),
               priority=1),
        Column("name", "Account name", lambda row: cells.text(row.account_name), priority=3),
        Column("side", "Side", lambda row: cells.text(SIDES[row.side])),
        Column("from", "From", lambda row: cells.day(row.from_day)),
        Column("to", "To", lambda row: cells.day(row.to_day), sort=InterestPosting.to_day,
               priority=1),
        Column("accrued", "Accrued", _amount("accrued_minor"), money=True, shown=False),
        Column("gross", "Interest", _amount("gross_minor"), sort=InterestPosting.gross_minor,
               money=True, priority=1),
        Column("tax", "Tax", _amount("tax_minor"), money=True),
        Column("condition", "Condition",
               lambda row: cells.text(row.code, href=f"{CONDITIONS_PATH}/{row.condition_id}")),
        Column("outcome", "Outcome", _outcome, priority=1),
    ),
    filters=(
        Filter("account", "Account", "text", _of_account,
               named("account", Account, "number")),
        Filter("side", "Side", "choice", equals(InterestPosting.side),
               lambda _session, _actor: tuple(SIDES.items())),
        Filter("currency", "Currency", "choices", equals(Asset.currency), currencies),
        Filter("to", "Period ends", "dates", between(InterestPosting.to_day)),
        Filter("waived", "Waived", "flag",
               lambda _value: InterestPosting.transaction_id.is_(None)),
    ),
    search=contains(Account.number, Account.name, AccountCondition.code),
    search_hint="Account or condition",
    sort="-to",
    label=lambda row: f"interest of {row.number}",
    empty="Interest is posted at the close of business that ends its period.",
)  # fmt: skip
mount(Resource(_POSTINGS, InterestPosting, "Interest", "accounts"), blueprint)


@blueprint.route("/admin/accounts/<int:account_id>/settle-interest", methods=["GET", "POST"])
@permit("accounts.change-status")
def settle(account_id: int) -> Response:
    """Post what an account accrued, after a confirmation that shows it."""
    session, account = read_session(), find(read_session(), actor(), Account, account_id)
    return confirm_view(
        command=lambda: SettleInterest(account_id),
        title="Post accrued interest",
        body="It is posted to the account today, without waiting for the end of its period: for "
        "an account that is to be closed.",
        rows=[
            fact("Account", cells.text(account.title())),
            *_accrued(session, account, assets_of(session, account)),
        ],
        verb="Post interest",
        to=f"/admin/accounts/{account_id}",
        done_title="Interest posted",
    )


@adds_cards
def interest_of_account(session: Session, who: Actor, account: Account) -> list[dict[str, Any]]:
    """Show the condition of a client's account, what it accrued to date, and its history."""
    if account.holder == "internal":
        return []
    today = session.get_one(Organisation, account.organisation_id).business_date
    condition = condition_of(session, account, today)
    assets = assets_of(session, account)
    rows = [fact("Interest condition", _condition(session, who, account, condition))]
    accrued = _accrued(session, account, assets)
    if accrued and holds(who, "accounts.change-status"):
        href = f"/admin/accounts/{account.id}/settle-interest"
        accrued.append(fact("Before closing", cells.text("Post accrued interest", href=href)))
    rows += accrued
    if accrued:
        rows += [_waiting(one, assets) for one in waiting_of(session, who, today, tuple(assets))]
    history = postings_of(session, account.organisation_id, list(assets), limit=_NEWEST)
    rows += [_posting(who, one, assets[one.asset_id]) for one in history]
    if history:
        more = cells.text("All interest", href=f"{PATH}?account={account.id}", drawer=False)
        rows.append(fact("History", more))
    is_told = condition is not None or len(rows) > 1
    return [{"title": "Interest", "rows": rows, "open": is_told}]


def _condition(
    session: Session, who: Actor, account: Account, condition: AccountCondition | None
) -> cells.Cell:
    if condition is None:
        return cells.text("None: this account bears no interest")
    own = own_code(session, account) == condition.code
    shown = f"{condition.title()} · {'its own' if own else 'of its product'}"
    href = f"{CONDITIONS_PATH}/{condition.id}"
    return cells.text(shown, href=href if holds(who, "account-conditions.view") else None)


def _accrued(session: Session, account: Account, assets: dict[int, Asset]) -> list[dict[str, Any]]:
    rows = []
    found = accrued_of(session, account.organisation_id, list(assets))
    for asset_id, one in sorted(found.items()):
        asset = assets[asset_id]
        for label, minor in (
            ("Accrued interest to date", one.credit_minor),
            ("Accrued overdraft interest to date", one.debit_minor),
        ):
            if minor:
                rows.append(fact(label, cells.money(minor, asset.exponent, asset.currency)))
    return rows


def _waiting(one: Left, assets: dict[int, Asset]) -> dict[str, Any]:
    """Say why interest of a period that has ended is not posted, as a charge that waits does."""
    due, asset = one.due, assets[one.due.asset_id]
    shown = f"{format_minor(due.settled.gross_minor, asset.exponent)} {asset.currency}"
    label = f"{due.from_day.isoformat()} to {due.to_day.isoformat()}"
    return fact(label, cells.text(f"{shown} waits: {one.reason}"))


def _posting(who: Actor, one: InterestPosting, asset: Asset) -> dict[str, Any]:
    label = f"{one.from_day.isoformat()} to {one.to_day.isoformat()}"
    if one.is_waived:
        return fact(label, cells.badge("Waived", "warning"))
    sign = "" if one.side == "C" else "\N{MINUS SIGN}"
    shown = f"{sign}{format_minor(one.net_minor, asset.exponent)} {asset.currency}"
    href = f"/admin/transactions/{one.transaction_id}"
    return fact(label, cells.text(shown, href=href if holds(who, "transactions.view") else None))
