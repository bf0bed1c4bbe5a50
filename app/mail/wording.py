"""What the letters are called, what fills them, and who may word them otherwise."""

from collections.abc import Callable
from dataclasses import dataclass

from app.controls.work import Work


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of the house: its name, the words its callers fill in, those it cannot lack."""

    name: str
    places: tuple[str, ...]
    needed: tuple[str, ...] = ()


_ALWAYS = ("brand", "site")
_PASSWORD = ("name", "email", "password", "until", *_ALWAYS)
LETTERS = {
    "welcome": Letter("Invitation", _PASSWORD, ("email", "password")),
    "temporary-password": Letter("Temporary password", _PASSWORD, ("email", "password")),
    "reset-password": Letter("Password reset", ("name", "link", "minutes", *_ALWAYS), ("link",)),
    "password-changed": Letter("Password changed", ("name", "when", *_ALWAYS)),
    "address-changed": Letter("Sign-in address changed", ("name", "former", "when", *_ALWAYS)),
    "approvals-waiting": Letter("Approvals waiting", ("name", "count", "days", "oldest", *_ALWAYS)),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter in other words, with places in braces, and the language it is in."""

    subject: str
    body: str
    language: str = "en"


# The work under way, the letter and its recipient's address, to other words or None.
Choose = Callable[[Work, str, str], Wording | None]


class _Writer:
    choose: Choose = staticmethod(lambda _work, _letter, _to: None)


def words_letters(choose: Choose) -> Choose:
    """Register what finds other words for a letter; a higher floor keeps them."""
    _Writer.choose = staticmethod(choose)
    return choose


def wording_of(work: Work, letter: str, to: str) -> Wording | None:
    """Return the words a letter has for whom it goes to, None for those of the house."""
    return _Writer.choose(work, letter, to)
