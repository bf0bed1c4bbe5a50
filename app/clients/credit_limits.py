"""A customer's total credit limit: what all their facilities together may come to."""

from dataclasses import dataclass

from app.clients.models import Client
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.money import MAXIMUM_BASE_MINOR


@dataclass(frozen=True, slots=True)
class SetCreditLimit:
    """Limit a customer's credit, in minor units of base currency; None takes the limit away."""

    client_id: int
    version: int
    limit_minor: int | None


@handles(SetCreditLimit, permission="clients.credit-limit")
def set_credit_limit(work: Work, command: SetCreditLimit) -> int:
    """Set it without a new approval of the customer (E27.23); a stale version is refused.

    A limit below what was granted already takes nothing back: it stops what comes after.
    """
    client = find_locked(work, Client, command.client_id, command.version)
    if command.limit_minor is not None and not 0 <= command.limit_minor <= MAXIMUM_BASE_MINOR:
        raise Refusal("Credit limit must be 0 or more", field="limit")
    client.credit_limit_minor = command.limit_minor
    return client.id
