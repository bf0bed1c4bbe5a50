"""A charge that fell due and was not taken is waived, for a reason; an account waits for it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.ending.commands import keeps_open
from app.charges.models import Charge, ChargeDue
from app.controls.approvals import checked_reason
from app.controls.audit import RecordChange
from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.counts import counted
from app.kernel.errors import Conflict, Refusal, all_of
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Asset

NONE_CHOSEN = "Choose the charges to waive"
TAKEN = "A charge that you chose does not wait any more. Look again at what is due"


@dataclass(frozen=True, slots=True)
class WaiveCharges:
    """Forgo charges that fell due for an account and wait, for a reason."""

    account_id: int
    due_ids: tuple[int, ...]
    reason: str


@handles(WaiveCharges, permission="charges.edit")
def waive_charges(work: Work, command: WaiveCharges) -> int:
    """Waive them for good, on a closed account as well; returns how many.

    Refused (422): none chosen, no reason of 5 to 500 characters. Refused (409): one that was taken
    or waived meanwhile.
    """
    account = find(work.session, work.actor, Account, command.account_id)
    chosen = set(command.due_ids)
    reason, _ = all_of(lambda: checked_reason(command.reason), lambda: _demand_some(chosen))
    query = _waiting(account).where(ChargeDue.id.in_(chosen))
    query = query.order_by(ChargeDue.asset_id, ChargeDue.id)
    # The close that is about to take one of them has its row locked.
    rows = work.session.execute(query.with_for_update(of=ChargeDue)).all()
    if len(rows) != len(chosen):
        raise Conflict(TAKEN, field="due_ids")
    fields = {}
    for one, charge in rows:
        one.state, one.reason = "waived", reason
        amount = Money(charge.total_minor, charge.currency, charge.exponent)
        told = {"field": f"charge due {one.due_on.isoformat()}", "kind": "removed"}
        fields[str(one.id)] = told | {"old": f"{charge.code} {amount}", "new": None}
    work.changes.append(_noted(account, fields, reason))
    return len(rows)


def waiting_of(session: Session, account: Account) -> list[tuple[ChargeDue, Charge]]:
    """Return what fell due for an account and was neither taken nor waived, the oldest first."""
    rows = session.execute(_waiting(account).order_by(ChargeDue.due_on, ChargeDue.id))
    return [(row[0], row[1]) for row in rows]


@keeps_open
def waiting_charges(work: Work, account: Account) -> str:
    """Say how many charges wait: on a closed account they could never be taken."""
    waiting = _waiting(account).with_only_columns(func.count())
    count = work.session.scalars(waiting).one()
    if not count:
        return ""
    return (
        f"Account cannot be closed: {counted(count, 'charge waits', 'charges wait')} to be taken. "
        "Whoever keeps the charges waives what is not to be paid, under Charges on its page"
    )


def _demand_some(chosen: set[int]) -> None:
    if not chosen:
        raise Refusal(NONE_CHOSEN, field="due_ids")


def _waiting(account: Account) -> Select[Any]:
    return (
        select(ChargeDue, Charge)
        .join(Charge, Charge.id == ChargeDue.charge_id)
        .join(Asset, Asset.id == ChargeDue.asset_id)
        .where(
            ChargeDue.organisation_id == account.organisation_id,
            Asset.account_id == account.id,
            ChargeDue.state == "due",
        )
    )


def _noted(account: Account, fields: dict[str, dict[str, Any]], reason: str) -> RecordChange:
    """Tell in the log what the account was let off: of dues themselves it keeps none."""
    return RecordChange(
        "account", account.id, account.title(), "modified", account.organisation_id, fields,
        reason=reason,
    )  # fmt: skip
