"""The counter's drawer shows who may sign, under which rule and up to which amount."""

from collections.abc import Sequence
from typing import Any

from app.accounts.terms import ANY_ONE, SIGNING_RULES
from app.controls.tenant import Organisation
from app.counter.forms import SignedForm
from app.ledger.accounts import Account
from app.mandates.commands import is_signed_by_any
from app.mandates.models import KINDS, Mandate, Signature
from app.mandates.queries import active_mandates, currency_of, mandates_of, shown_limit
from app.web import cells
from app.web.context import read_session
from app.web.forms import set_choices
from app.web.pages import fact


def offer_signatories(
    form: SignedForm, assets: Sequence[Any], former: Sequence[Signature] | None = None
) -> list[dict[str, Any]]:
    """Let the teller tick who signed; returns the rule as lines of the summary.

    The one holder of an account that any one signs for is ticked already: the drawer stays as
    quick as it was. Where assets of several accounts are offered, each account's are told apart.
    `former` are the signatures of a slip that is corrected: the new one is signed anew, so nobody
    is ticked.
    """
    session = read_session()
    accounts = [
        session.get_one(Account, account_id)
        for account_id in dict.fromkeys(asset.account_id for asset in assets)
    ]
    theirs = [one for one in accounts if one.holder != "internal"]
    offered = [(one, _active(one)) for one in theirs]
    choices = [
        (mandate.id, _named(mandate, currency_of(session, one)) + _of(one, theirs))
        for one, mandates in offered
        for mandate in mandates
    ]
    if not choices:
        del form.signed_by
    else:
        set_choices(form.signed_by, choices)
        if former is not None:
            form.signed_by.description = _signed_anew(former)
        elif not form.is_submitted() and not form.signed_by.data:
            form.signed_by.data = [str(one) for one in _alone(offered)]
    return [
        fact(f"Signing Rule{_of(one, theirs)}", cells.text(_rule(one, mandates)))
        for one, mandates in offered
    ]


def signed_for(form: SignedForm, account_id: int) -> tuple[int, ...]:
    """Return who was ticked of those who sign for an account, where several were offered."""
    session = read_session()
    mandates = mandates_of(session, session.get_one(Account, account_id))
    theirs = {one.id for one in mandates}
    return tuple(one for one in form.who_signed() if one in theirs)


def _active(account: Account) -> Sequence[Mandate]:
    session = read_session()
    today = session.get_one(Organisation, account.organisation_id).business_date
    return active_mandates(session, account, today)


def _alone(offered: Sequence[tuple[Account, Sequence[Mandate]]]) -> list[int]:
    """Return the one holder of each account that any one signs for."""
    return [
        mandates[0].id
        for account, mandates in offered
        if len(mandates) == 1 and is_signed_by_any(account)
    ]


def _signed_anew(former: Sequence[Signature]) -> str:
    names = ", ".join(one.name for one in former) or "nobody"
    return f"The former slip was signed by {names}. Tick who signed the corrected one."


def _rule(account: Account, mandates: Sequence[Mandate]) -> str:
    if not mandates:
        return "Nobody holds an active mandate"
    return SIGNING_RULES[account.signing_rule or ANY_ONE]


def _of(account: Account, accounts: Sequence[Account]) -> str:
    return f" · {account.number}" if len(accounts) > 1 else ""


def _named(one: Mandate, currency: Any) -> str:
    limit = shown_limit(one, currency)
    return f"{one.name} · {KINDS[one.kind]}" + (f" · at most {limit}" if limit else "")
