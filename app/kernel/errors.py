"""The refusals a person may read: each carries its sentence and the HTTP status it becomes."""

from collections.abc import Callable
from typing import Any

# As `unanswered` in static/js/errors.js says it.
NOT_KNOWN = "It is not known whether this was done. Load the page again to see."
INSUFFICIENT = "Insufficient available balance"


class Refusal(Exception):
    """A request that is understood and declined; the sentence is shown to the user (422)."""

    status = 422
    title = "That could not be done"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        """Carry the sentence for the user and, where one is at fault, the form field's name."""
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.others: tuple[Refusal, ...] = ()


class Forbidden(Refusal):
    """The actor is known and lacks the permission (403)."""

    status = 403
    title = "Not permitted"


class Missing(Refusal):
    """The record is not there, or not there for this actor; the two are told alike (404)."""

    status = 404
    title = "Not found"

    def __init__(self, sentence: str = "There is nothing at this address.") -> None:
        """Take the one sentence used for unknown ids and for records out of scope."""
        super().__init__(sentence)


class Conflict(Refusal):
    """The record's state, or another's change, stands against the request (409)."""

    status = 409
    title = "That is not possible now"


class Unavailable(Refusal):
    """A part the request needs does not answer at the moment (503)."""

    status = 503
    title = "Please try again in a moment"


class Unanswered(Unavailable):
    """No answer came to the commit: what was asked for is done, or it is not (503)."""

    def __init__(self, sentence: str = NOT_KNOWN) -> None:
        """Take the one sentence that says neither."""
        super().__init__(sentence)


def all_of(*demands: Callable[[], Any]) -> list[Any]:
    """Return what each demand returns; refused with all that refuse, as `others` of the first.

    What two of them say of one field in the same words is told once.
    """
    answers, refusals = [], []
    for demand in demands:
        try:
            answers.append(demand())
        except Refusal as refusal:
            refusals += [refusal, *refusal.others]
    if refusals:
        first, *others = {(one.field, one.sentence): one for one in refusals}.values()
        first.others = tuple(others)
        raise first
    return answers
