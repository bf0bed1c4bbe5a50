"""The counter's drawer shows who may sign, under which rule and up to which amount."""

from collections.abc import Sequence
from typing import Any

from app.accounts.terms import ANY_ONE, SIGNING_RULES
from app.controls.tenant import Organisation
from app.counter.forms import SignedForm
from app.ledger.accounts import Account
from app.mandates.models import KINDS, Mandate
from app.mandates.queries import active_mandates, currency_of, shown_limit
from app.web import cells
from app.web.context import read_session
from app.web.forms import set_choices
from app.web.pages import fact


def offer_signatories(form: SignedForm, assets: Sequence[Any]) -> list[dict[str, Any]]:
    """Let the teller tick who signed; returns the rule as lines of the summary.

    The one holder of an account that any one signs for is ticked already: the drawer stays as
    quick as it was.
    """
    session = read_session()
    account = session.get_one(Account, assets[0].account_id)
    if account.holder == "internal":
        del form.signed_by
        return []
    today = session.get_one(Organisation, account.organisation_id).business_date
    mandates = active_mandates(session, account, today)
    if not mandates:
        del form.signed_by
        return [fact("Signing Rule", cells.text("Nobody holds an active mandate"))]
    currency = currency_of(session, account)
    set_choices(form.signed_by, [(one.id, _named(one, currency)) for one in mandates])
    rule = account.signing_rule or ANY_ONE
    if len(mandates) == 1 and rule == ANY_ONE and not form.is_submitted():
        form.signed_by.data = [str(mandates[0].id)]
    return [fact("Signing Rule", cells.text(SIGNING_RULES[rule]))]


def _named(one: Mandate, currency: Any) -> str:
    limit = shown_limit(one, currency)
    return f"{one.name} · {KINDS[one.kind]}" + (f" · at most {limit}" if limit else "")
