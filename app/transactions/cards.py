"""Beside a transaction: its reversal, its record, who worked on it, and the way to delete it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import CAPTURED, STATUS_TONES, steps_of
from app.ledger.models import Transaction
from app.transactions.reversal import kept_booked
from app.transactions.review import TRANSACTION
from app.transactions.words import PATH, TONES, processing_name
from app.web import cells
from app.web.pages import fact

_ENDED = ("Canceled", "Failed", "Expired")


def side_of(session: Session, actor: Actor, one: Transaction) -> dict[str, Any]:
    """Return what the page's side shows below the workflow."""
    cards = [_record(one)]
    if one.record_status != CAPTURED:
        cards.append(_audit(session, one))
    return {
        "cards": cards,
        "chain": _chain(session, actor, one),
    }


def danger_of(actor: Actor, one: Transaction) -> dict[str, Any]:
    """Return the Danger Zone of one that may be deleted, of others nothing (E41.60-62)."""
    if not may_delete(actor, one):
        return {}
    text = "A deleted transaction leaves the list and can no longer be submitted."
    return {"danger": {"text": text, "href": f"{PATH}/{one.id}/delete"}}


def may_reverse(session: Session, actor: Actor, one: Transaction) -> bool:
    """Whether this person may reverse it: processed, no reversal itself, both halves in sight."""
    if one.processing != "Completed" or one.kind == "reversal":
        return False
    if not holds(actor, "transactions.reverse") or kept_booked(session, one):
        return False
    first_id = one.pair_id or one.id
    halves = (Transaction.id == first_id) | (Transaction.pair_id == first_id)
    of_tenant = Transaction.organisation_id == one.organisation_id
    ids = set(session.scalars(select(Transaction.id).where(of_tenant, halves)))
    return ids == set(
        session.scalars(
            select(Transaction.id).where(Transaction.id.in_(ids), *visible(actor, Transaction))
        )
    )


def may_delete(actor: Actor, one: Transaction) -> bool:
    """Whether this person may delete it: a draft or rejected one that has not ended (E41.60)."""
    return one.is_editable and not one.is_final and holds(actor, "transactions.delete")


def reversal_of(session: Session, actor: Actor, one: Transaction) -> Transaction | None:
    """Return the live reversal in sight; of a transfer's half, the reversal of both."""
    ids = {one.id, one.pair_id or one.id}
    query = select(Transaction).where(
        *visible(actor, Transaction),
        Transaction.reverses_id.in_(ids),
        Transaction.processing.not_in(_ENDED),
    )
    found = session.scalars(query).all()
    return min(found, key=lambda reversal: reversal.reverses_id != one.id, default=None)


def _chain(session: Session, actor: Actor, one: Transaction) -> dict[str, Any] | None:
    """Return the other transaction of the Reversal Chain (E41.57)."""
    if one.kind == "reversal":
        mine = Transaction.id == one.reverses_id
        query = select(Transaction).where(*visible(actor, Transaction), mine)
        other, word, reason = session.scalars(query).one_or_none(), "Reverses", one.description
    else:
        other, word = reversal_of(session, actor, one), "Reversed by"
        reason = other.description if other else ""
    if other is None:
        return None
    rows = [
        fact(word, cells.ident(other.reference)),
        fact("Processing Status", _processing(other)),
        fact("Posting date", cells.day(other.posting_date)),
        fact("Reversal reason", cells.text(reason)),
    ]
    return {"rows": rows, "href": f"{PATH}/{other.id}"}


def _record(one: Transaction) -> dict[str, Any]:
    status = cells.badge(one.record_status, STATUS_TONES[one.record_status])
    rows = [
        fact("Approval Status", status),
        fact("Processing Status", _processing(one)),
        fact("ID", cells.ident(str(one.id))),
        fact("Version", cells.text(one.version)),
        fact("Created", cells.instant(one.created_at)),
        fact("Updated", cells.instant(one.updated_at)),
    ]
    if one.rejection_reason:
        rows.append(fact("Rejection Reason", cells.text(one.rejection_reason)))
    if one.reversed_at is not None:
        rows.append(fact("Reversed", cells.instant(one.reversed_at)))
    if one.retired_at is not None:
        rows.append(fact("Deleted", cells.instant(one.retired_at)))
    return {"title": "Record Info", "rows": rows, "open": True}


def _audit(session: Session, one: Transaction) -> dict[str, Any]:
    """Return who made it, who changed it last, and who approved it at each level (E41.46)."""
    mine = (
        Activity.organisation_id == one.organisation_id,
        Activity.entity == TRANSACTION.key,
        Activity.entity_id == one.id,
    )
    logged = select(Activity.actor_name, Activity.occurred_at).where(*mine)
    first = session.execute(logged.order_by(Activity.id).limit(1)).first()
    last = session.execute(logged.order_by(Activity.id.desc()).limit(1)).first()
    rows = [fact("Created by", _who(first)), fact("Last modified by", _who(last))]
    current = [
        act for act in steps_of(session, TRANSACTION.key, one) if act.cycle == one.review_cycle
    ]
    rows += [
        fact("Authorized by", _who((act.who, act.at)))
        for act in current
        if act.act == "self-authorised"
    ]
    approved = {act.level: (act.who, act.at) for act in current if act.act == "approved"}
    rows += [
        fact(f"L{level} approver", _who(approved.get(level)))
        for level in range(one.levels_required or 0, 0, -1)
        if level in approved or one.is_pending
    ]
    return {"title": "Audit Information", "rows": rows, "open": True}


def _who(act: Any) -> cells.Cell:
    if act is None:
        return cells.text("")
    name, when = act
    return cells.text(f"{name} · {cells.instant(when)['text']}")


def _processing(one: Transaction) -> cells.Cell:
    return cells.badge(processing_name(one.processing), TONES[one.processing])
