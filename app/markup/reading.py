"""How forms read what is typed: a line is one line, and what is amiss is said in our words."""

from typing import Any, ClassVar

from wtforms import PasswordField, StringField, TextAreaField

from app.kernel.texts import meant_line

CHOOSE = "Choose from the list"
# Lines are typed into the one; the other holds a secret, which is taken as it was typed.
_AS_TYPED = (TextAreaField, PasswordField)


class _Words:
    """The library's sentences, some of them in other words."""

    known: ClassVar[dict[str, str]] = {
        "Not a valid date value.": "This is no day of the calendar, such as 2026-11-20",
        "Not a valid time value.": "This is no time, such as 16:30",
        "Not a valid datetime value.": "This is no day and time, such as 2026-11-20 16:30",
        "Not a valid choice.": CHOOSE,
        "Not a valid integer value.": "This is no whole number",
        "Not a valid decimal value.": "This is no number",
    }

    def gettext(self, sentence: str) -> str:
        """Return what is said instead of a sentence."""
        return self.known.get(sentence, sentence)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Return the sentence for one or for many."""
        return one if number == 1 else many


_WORDS = _Words()


class Reading:
    """The part of a form's Meta that is the same for every form."""

    def get_translations(self, form: Any) -> Any:
        """Say what the library says of days in words of ours."""
        del form
        return _WORDS

    def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
        """Make the field; text of one line loses what breaks or turns it."""
        field = super().bind_field(form, unbound_field, options)  # type: ignore[misc]
        if isinstance(field, StringField) and not isinstance(field, _AS_TYPED):
            field.filters = (*field.filters, _on_one_line)
        return field


def _on_one_line(value: Any) -> Any:
    return meant_line(value) if isinstance(value, str) else value
