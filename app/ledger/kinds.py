"""The kinds and statuses of transactions, and which kinds bring money in or take it out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

KINDS = (
    "deposit", "withdrawal", "transfer_out", "transfer_in", "bonus", "journal", "opening",
    "exchange", "reversal", "revaluation", "earning", "payout", "invoice_payment",
)  # fmt: skip
PROCESSING_STATUSES = (
    "Pending", "Processing", "Completed", "Canceled", "Failed", "Reversed", "Expired",
)  # fmt: skip
FINAL = frozenset({"Completed", "Canceled", "Failed", "Reversed", "Expired"})
# Lifetime sums of a wallet: what came from outside and what left (W08.50, V02.05-06). A transfer
# between two assets, an exchange or a journal is neither; the check of the books knows both lists.
INCOMING = frozenset({"deposit", "earning"})
OUTGOING = frozenset({"withdrawal", "payout", "invoice_payment"})
# Movements of a customer's own money; the others may be the house's: interest, gifts, corrections.
CUSTOMER_KINDS = frozenset({
    "deposit", "withdrawal", "payout", "invoice_payment", "transfer_out", "transfer_in", "exchange",
})  # fmt: skip
# Made of lines of any number: their header names the amount of one of them.
COMPOSED = frozenset({"journal", "revaluation"})
# Both sides of a transfer have a transaction of their own: the other side's is not shown twice.
TRANSFERS = ("transfer_out", "transfer_in")
# The batch of a transfer's lines on the receiving side.
RECEIVING = 2


def given_minor(kind: str, lines: Iterable[dict[str, Any]]) -> int:
    """Return what kept lines debit in base currency; of a transfer, on its sending side."""
    left_out = RECEIVING if kind == "transfer_out" else None
    debits = [line for line in lines if line["side"] == "D" and line.get("batch", 1) != left_out]
    return sum(line["base_minor"] for line in debits)


def earners(kind: str, lines: Iterable[Any]) -> set[int]:
    """Return the assets that an earning leaves no poorer: what is withheld of it takes none out.

    So its net effect is judged (E21.02): tax on interest is no debit of the interest's account.
    """
    if kind != "earning":
        return set()
    net: Counter[int] = Counter()
    for line in lines:
        net[line.asset_id] += line.amount_minor if line.side == "C" else -line.amount_minor
    return {asset_id for asset_id, minor in net.items() if minor >= 0}


def comes_in(one: Any) -> bool:
    """Tell whether money comes to the transaction's own asset, from the other it names.

    An exchange has both directions: it leaves the own asset, and its reversal gives that back.
    """
    is_given_back: bool = one.direction == "both" and one.kind == "reversal"
    return one.direction == "in" or is_given_back


def summed(sums_minor: Mapping[str, int], kinds: Collection[str]) -> int:
    """Add up the sums of some kinds, where sums are kept by kind."""
    return sum(sums_minor.get(kind, 0) for kind in kinds)


def kind_name(kind: str) -> str:
    """Return a kind as people read it: transfer_out → "Transfer out"."""
    return kind.replace("_", " ").capitalize()
