"""The Mandates tab of an account: who may sign, from when until when, up to which amount."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.pages import account_head
from app.accounts.terms import ANY_ONE, SIGNING_RULES
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.kernel.phones import spaced
from app.ledger.accounts import Account
from app.mandates.models import KINDS, Mandate
from app.mandates.queries import (
    currency_of,
    jointly_signed_for,
    mandates_of,
    shown_limit,
    signatures_of,
)
from app.mandates.rules import Signatory, rule_in_words
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/mandates"
WORD = "mandates"
_SEE_ORDER = "See their written order before you approve."
_TONES = {"Active": "success", "Upcoming": "info", "Ended": "neutral", "Revoked": "danger"}


def mandates_page(session: Session, actor: Actor, account: Account) -> dict[str, Any]:
    """Return the tab: the rule of the account, and all its mandates."""
    may_add = account.is_authorised and not account.is_closed and holds(actor, "mandates.create")
    href = f"/admin/accounts/{account.id}/{WORD}/new"
    add = row_action("Add Mandate", href, "plus", drawer=True, primary=True)
    rule = SIGNING_RULES[account.signing_rule or ANY_ONE]
    return account_head(actor, account, tab=WORD) | {
        "actions": [add] if may_add else [],
        "cards": [
            {"title": "Signing", "rows": [fact("Signing Rule", cells.text(rule))], "open": True}
        ],
        "extra": "mandates/_mandates.html",
        "mandates": [_row(session, actor, account, one) for one in mandates_of(session, account)],
    }


def signed_card(session: Session, transaction: Any) -> list[dict[str, Any]]:
    """Return a card of who signed for a transaction at the counter, where anybody did."""
    signatures = signatures_of(session, transaction)
    if not signatures:
        return []
    rows = [fact("Signing Rule", cells.text(SIGNING_RULES[signatures[0].rule]))]
    rows += [fact(KINDS[one.kind], cells.text(one.name)) for one in signatures]
    return [{"title": "Signed by", "rows": rows, "open": True}]


def joint_card(session: Session, record: Any) -> list[dict[str, Any]]:
    """Return a card of the accounts that a record's lines take from what no holder alone signs for.

    It is there until the record is decided: later their holders may be others.
    """
    if not record.is_editable and not record.is_pending:
        return []
    rows = [
        fact(account.title(), cells.text(f"{told_joint(account, signatories)}. {_SEE_ORDER}"))
        for account, signatories in jointly_signed_for(session, record)
    ]
    return [{"title": "Signing Rule", "rows": rows, "open": True}] if rows else []


def told_joint(account: Account, signatories: Sequence[Signatory]) -> str:
    """Say what an account asks of those who hold its mandates, without the full stop."""
    return f"Account {account.number} {rule_in_words(account.signing_rule, signatories)}"


def _row(session: Session, actor: Actor, account: Account, one: Mandate) -> dict[str, Any]:
    today = session.get_one(Organisation, account.organisation_id).business_date
    state = one.state_on(today)
    return {
        "id": one.id,
        "label": one.name,
        "status": cells.badge(state, _TONES[state]),
        "name": cells.text(one.name),
        "figures": _figures(session, account, one),
        "actions": _actions(actor, one),
    }


def _figures(session: Session, account: Account, one: Mandate) -> list[dict[str, Any]]:
    limit = shown_limit(one, currency_of(session, account)) or "None"
    until = cells.day(one.effective_to) if one.effective_to else cells.text("Indefinitely")
    identity = " ".join(part for part in (one.identity_type, one.identity_reference) if part)
    rows = [
        fact("Signatory Type", cells.text(KINDS[one.kind])),
        fact("Effective From", cells.day(one.effective_from)),
        fact("Effective To", until),
        fact("Transaction Limit", cells.text(limit)),
        fact(
            "Contact",
            cells.text(" · ".join(part for part in (one.email, spaced(one.phone)) if part)),
        ),
        fact("Identity", cells.text(identity)),
    ]
    client = session.get(Client, one.signatory_client_id) if one.signatory_client_id else None
    if client is not None:
        href = f"/admin/clients/{client.id}"
        rows.append(fact("Signatory Customer", cells.text(client.number, href=href, drawer=False)))
    if one.revoked_at is not None:
        rows.append(fact("Revoked", cells.text(one.revocation_reason)))
    return rows


def _actions(actor: Actor, one: Mandate) -> list[dict[str, Any]]:
    if one.revoked_at is not None or not holds(actor, "mandates.edit"):
        return []
    path = f"{PATH}/{one.id}"
    return [
        row_action("Edit", f"{path}/edit", "pencil", drawer=True),
        row_action("Revoke", f"{path}/revoke", "ban", dialog=True, danger=True),
    ]
