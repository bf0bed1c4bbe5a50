"""A payment as a movement: between customers a pair, else a deposit or a withdrawal."""

from app.controls.work import Work
from app.ledger.locking import LockedAsset
from app.transactions.charging import charged, transferred
from app.transactions.houses import clearing_of
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement


def movement_of(
    work: Work,
    debit: LockedAsset,
    credit: LockedAsset,
    amount_minor: int,
    *,
    particulars: Particulars,
    file_id: int | None,
) -> tuple[Movement, Movement | None]:
    """Return what a payment moves, with its fees; of a transfer, both halves.

    It is judged (`file_id` None, for there is no file yet) and posted as the same movement.
    """
    more = {"context_kind": "payment_file", "context_id": file_id}
    if debit.is_limited and credit.is_limited:
        sent, received = clearing_of(work, debit, credit)
        sending, receiving = (debit, sent), (credit, received)
        return transferred(
            work, sending, receiving, amount_minor, particulars=particulars, more=more
        )
    legs = (Leg(debit, credit, amount_minor),)
    if credit.is_limited:
        movement = Movement("deposit", "in", credit, debit, legs, particulars, more=more)
    else:
        movement = Movement("withdrawal", "out", debit, credit, legs, particulars, more=more)
    return charged(work, movement), None


def sides_of(movement: Movement, debit: LockedAsset) -> tuple[int, int]:
    """Return what one account pays in all and what the other receives, in minor units.

    A fee on top is paid by the one that is debited; every other is taken from what is received.
    """
    amount, *fees = movement.legs
    on_top_minor = sum(fee.amount_minor for fee in fees if fee.debit.id == debit.id)
    deducted_minor = sum(fee.amount_minor for fee in fees) - on_top_minor
    return amount.amount_minor + on_top_minor, amount.amount_minor - deducted_minor
