"""A client who pays in their own area signs by that, where their signature alone is enough."""

from collections.abc import Sequence

from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.mandates.commands import is_signed_by_any
from app.mandates.queries import mandates_of, signatories_of
from app.mandates.rules import obstacle_to_signing, signatures_needed

AT_COUNTER = "This account needs {whom} to sign: pay at the counter"
ENDED = "You do not sign for this account any more: pay at the counter"
_WHOM = {"all": "all holders", "two": "two holders", "majority": "more than half of its holders"}


def demand_signed_by_owner(
    work: Work, account: Account, *, amount_minor: int, currency: str
) -> Sequence[int]:
    """Return the mandates by which the account's client signs for an amount.

    None where no mandate names the client, such as a company, and any one may sign. Refused (422):
    where more must sign than the client, above their limit, where their mandate has ended.
    """
    session, rule = work.session, account.signing_rule
    signatories = signatories_of(session, account, amount_minor=amount_minor, currency=currency)
    own = {
        one.id
        for one in mandates_of(session, account)
        if one.signatory_client_id == account.client_id
    }
    is_enough = own or is_signed_by_any(account)
    if signatures_needed(rule, signatories) > 1 or not is_enough:
        raise Refusal(AT_COUNTER.format(whom=_WHOM[rule]), field="asset_id")
    if not own:
        return ()
    signed = [one.mandate_id for one in signatories if one.mandate_id in own]
    if not signed:
        raise Refusal(ENDED, field="asset_id")
    sentence = obstacle_to_signing(rule, signatories, signed)
    if sentence is not None:
        raise Refusal(sentence, field="amount")
    return signed
