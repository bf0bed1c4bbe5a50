"""A posted transaction is undone by another that mirrors it: amounts, rates and all (E41.51)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.controls.commands import STALE, handles
from app.controls.numbering import take_ids
from app.controls.permissions import find, visible
from app.controls.review import CAPTURED, step
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.ledger.headers import named
from app.ledger.journal import Line
from app.ledger.kinds import RECEIVING
from app.ledger.models import Entry, Transaction, TransactionAsset
from app.transactions.originals import locked_halves, mark_reversed
from app.transactions.review import TRANSACTION, WAITING, lines_as_text
from app.transactions.settings import current_settings

SHORTEST_REASON = 10
LONGEST_REASON = 500
TOO_SHORT = f"Reversal reason must be at least {SHORTEST_REASON} characters."
TOO_LONG = f"Reversal reason can have at most {LONGEST_REASON} characters."
ALREADY = "This transaction is reversed already"
NOT_PROCESSED = "Only a processed transaction can be reversed"
OF_A_REVERSAL = "A reversal cannot be reversed; record the transaction anew"
Keeper: TypeAlias = Callable[[Session, Transaction], str]
_keepers: list[Keeper] = []
_OPPOSITE = {"in": "out", "out": "in", "both": "both"}
_COPIED = (
    "organisation_id", "sub_type_id", "project_id", "desk_id", "branch_id", "client_id",
    "manager_id", "account_id", "account_type_id", "asset_id", "amount_minor", "currency",
    "exponent", "base_minor", "settled_minor", "settled_currency", "settled_exponent",
    "exchange_rate",
)  # fmt: skip


def keeps_booked(function: Keeper) -> Keeper:
    """Register what says why a transaction cannot be reversed; "" where it can."""
    _keepers.append(function)
    return function


def kept_booked(session: Session, one: Transaction) -> str:
    """Return the sentence of the first floor above that keeps a transaction booked, or ""."""
    return next((told for keeper in _keepers if (told := keeper(session, one))), "")


@dataclass(frozen=True, slots=True)
class ReverseTransaction:
    """Undo a processed transaction; of a transfer, both halves together."""

    transaction_id: int
    reason: str
    version: int | None = None


@handles(ReverseTransaction, permission="transactions.reverse")
def reverse_transaction(work: Work, command: ReverseTransaction) -> int:
    """Draft the mirror of what was posted and show the original as Reversed (E41.54, E41.56).

    Returns the reversal's id. The money moves when the reversal is authorised. Refused: a reason
    under 10 characters (422); what is not processed, is reversed already or is a reversal (409).
    """
    reason = _reason(command.reason)
    one = find(work.session, work.actor, Transaction, command.transaction_id)
    originals = locked_halves(work, one)
    _demand_reversible(work, one, originals, command.version)
    lines = _mirrored(work, originals)
    header = reversal_header(work, originals[0], reason)
    header["counter_asset_id"] = _other_side(originals[0], lines)
    reversal = work.add(
        Transaction(
            **header, processing=WAITING, record_status=CAPTURED, lines=lines_as_text(lines)
        )
    )
    step(work, TRANSACTION, reversal, "created")
    keep_assets(work, reversal, {line.asset_id for line in lines})
    settings = current_settings(work)
    for original in originals:
        status_id = settings.status_of(original.project_id, "Reversed")
        mark_reversed(work, original, status_id)
    return reversal.id


def reversal_header(work: Work, original: Transaction, reason: str) -> dict[str, Any]:
    """Return the columns of a reversal's row that its original and the moment decide.

    It is worth from the original's day on, so that no interest is left of what never was.
    """
    (transaction_id,) = take_ids(work, "transaction", 1)
    return {
        **named(work, transaction_id),
        **{name: getattr(original, name) for name in _COPIED},
        "kind": "reversal",
        "direction": _OPPOSITE[original.direction],
        "counter_asset_id": original.counter_asset_id,
        "posting_date": work.business_date,
        "value_date": original.value_date,
        "description": reason,
        "reverses_id": original.id,
    }


def keep_assets(work: Work, transaction: Transaction, asset_ids: set[int]) -> None:
    """Let the lists of other assets than the header's two find the transaction."""
    others = asset_ids - {transaction.asset_id, transaction.counter_asset_id}
    shared = {"organisation_id": transaction.organisation_id, "transaction_id": transaction.id}
    if others:
        rows = [shared | {"asset_id": asset_id} for asset_id in sorted(others)]
        work.session.execute(insert(TransactionAsset), rows)


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) < SHORTEST_REASON:
        raise Refusal(TOO_SHORT, field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refusal(TOO_LONG, field="reason")
    return reason


def _demand_reversible(
    work: Work, one: Transaction, originals: list[Transaction], version: int | None
) -> None:
    ids = [original.id for original in originals]
    seen = select(Transaction.id).where(Transaction.id.in_(ids), *visible(work.actor, Transaction))
    if len(work.session.scalars(seen).all()) < len(originals):
        raise Missing
    if any(original.kind == "reversal" for original in originals):
        raise Conflict(OF_A_REVERSAL)
    if any(original.processing == "Reversed" for original in originals):
        raise Conflict(ALREADY)
    if any(original.processing != "Completed" for original in originals):
        raise Conflict(NOT_PROCESSED)
    if told := kept_booked(work.session, one):
        raise Conflict(told)
    if version is not None and one.version != version:
        raise Conflict(STALE)


def _mirrored(work: Work, originals: list[Transaction]) -> tuple[Line, ...]:
    """Return the entries with debit and credit swapped, at their own rates and base amounts."""
    lines: list[Line] = []
    for number, original in enumerate(originals):
        query = select(Entry).where(Entry.transaction_id == original.id).order_by(Entry.line)
        entries = work.session.scalars(query).all()
        batches = _batches(original, len(entries))
        lines += [
            _mirror(entry, batch=RECEIVING if number else batch)
            for entry, batch in zip(entries, batches, strict=True)
        ]
    return tuple(lines)


def _batches(original: Transaction, count: int) -> list[int]:
    kept = original.lines or []
    if original.kind != "journal" or len(kept) != count:
        return [1] * count
    return [line["batch"] for line in kept]


def _mirror(entry: Entry, *, batch: int) -> Line:
    return Line(
        entry.asset_id,
        "C" if entry.side == "D" else "D",
        entry.amount_minor,
        entry.base_minor,
        entry.rate,
        rate_source=entry.rate_source,
        bucket=entry.bucket,
        code=entry.code,
        narrative=f"Reversal: {entry.narrative}" if entry.narrative else "",
        batch=batch,
    )


def _other_side(original: Transaction, lines: tuple[Line, ...]) -> int | None:
    """Return whom the header names opposite; of a transfer, the branch's clearing account.

    So each half of a reversed transfer is found beside its own asset alone.
    """
    if original.kind != "transfer_out":
        return original.counter_asset_id
    own = [line.asset_id for line in lines if line.batch != RECEIVING]
    return next(asset_id for asset_id in own if asset_id != original.asset_id)
