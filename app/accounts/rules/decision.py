"""Which status an account goes to by the activity rules: a pure decision (E22.05, E22.07)."""

from collections.abc import Iterable
from dataclasses import dataclass

IDLE, ZERO, BELOW = "idle", "zero", "below"


@dataclass(frozen=True, slots=True)
class Rule:
    """An approved rule; `threshold` is days (idle) or minor units of base currency (below)."""

    id: int
    kind: str
    threshold: int | None
    status_id: int
    priority: int


@dataclass(frozen=True, slots=True)
class AccountActivity:
    """What the rules judge of an account.

    `idle_days` counts from its last movement that somebody made, or from its approval where there
    is none; what the house books by itself does not count. It is empty when every asset holds
    nothing at all; `worth_minor` is all of them in base currency. It owes when one is overdrawn.
    """

    idle_days: int
    is_empty: bool
    worth_minor: int
    owes: bool = False


def status_for(rules: Iterable[Rule], activity: AccountActivity) -> int | None:
    """Return the target of the rule with the highest priority (1) whose condition is met.

    Of two with one priority, the older goes first. None where no rule applies.
    """
    met = [rule for rule in rules if is_met(rule, activity)]
    first = min(met, key=lambda rule: (rule.priority, rule.id), default=None)
    return first.status_id if first else None


def is_met(rule: Rule, activity: AccountActivity) -> bool:
    """Tell whether the rule's condition is true; "for X days" includes the Xth day.

    Whoever owes is not inactive by a small balance: it is to be repaid.
    """
    threshold = rule.threshold or 0
    if rule.kind == IDLE:
        return activity.idle_days >= threshold
    if rule.kind == ZERO:
        return activity.is_empty
    return not activity.owes and activity.worth_minor < threshold
