"""The signing rules: how many of those who hold a mandate must sign (E34.09-12)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

_TWO = 2


@dataclass(frozen=True, slots=True)
class Signatory:
    """One who holds an active mandate; `limit` is told where the amount is above theirs.

    `client_id` is the customer they are: mandates of one customer are those of one person.
    """

    mandate_id: int
    name: str
    kind: str
    limit: str | None = None
    client_id: int | None = None

    @property
    def person(self) -> tuple[int | None, int]:
        """Whose hand it is: the customer's, or, of whom no more is known, the mandate's own."""
        return (self.client_id, 0) if self.client_id is not None else (None, self.mandate_id)


def signatures_needed(rule: str, signatories: Sequence[Signatory]) -> int:
    """Return how many persons of these must sign; no rule is that of any one."""
    holders = len({one.person for one in signatories})
    return {"all": holders, "two": _TWO, "majority": holders // 2 + 1}.get(rule, 1)


def may_sign_alone(rule: str, signatories: Sequence[Signatory]) -> bool:
    """Tell whether the signature of some one of these is enough."""
    return any(
        obstacle_to_signing(rule, signatories, (one.mandate_id,)) is None for one in signatories
    )


def obstacle_to_signing(
    rule: str, signatories: Sequence[Signatory], signed: Collection[int]
) -> str | None:
    """Return the sentence that says what is missing of those who signed, or None.

    Persons are counted, not mandates: who holds two of them signs once.
    """
    if not signatories:
        return "Nobody holds an active mandate for this account. Add one first"
    by_id = {one.mandate_id: one for one in signatories}
    if not set(signed) <= by_id.keys():
        return "Choose those who signed from the list"
    for mandate_id in sorted(signed):
        if by_id[mandate_id].limit is not None:
            one = by_id[mandate_id]
            return f"{one.name} may sign for at most {one.limit} a transaction"
    holders = len({one.person for one in signatories})
    signing = len({by_id[mandate_id].person for mandate_id in signed})
    needed = signatures_needed(rule, signatories)
    if signing >= needed:
        return None
    told = {
        "all": f"All {holders} mandate holders must sign",
        "two": "Two mandate holders must sign",
        "majority": f"More than half of the {holders} mandate holders must sign",
    }.get(rule, "One mandate holder must sign")
    return f"{told}: {signing} of {needed} signed"


def rule_in_words(rule: str, signatories: Sequence[Signatory]) -> str:
    """Return what an account asks of its holders, and their names, each with a limit in the way.

    It goes on from the account's name: "asks that all 3 of its holders sign: Ann, Ben, Cleo".
    """
    if not signatories:
        return "has nobody who holds an active mandate"
    people = {one.person: one for one in signatories}.values()
    names = ", ".join(
        f"{one.name} (at most {one.limit})" if one.limit else one.name for one in people
    )
    holders, needed = len(people), signatures_needed(rule, signatories)
    if needed == 1:
        return f"asks for more than any one of its holders may sign for: {names}"
    told = {
        "all": f"all {holders} of its holders",
        "two": f"{_TWO} of its {holders} holders" if holders > _TWO else "two holders",
        "majority": f"{needed} of its {holders} holders, more than half,",
    }[rule]
    return f"asks that {told} sign: {names}"
