"""Forms check shape only; what a command refuses is put back beside its field."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.kernel.clock import REACH, is_within_reach
from app.kernel.errors import Refusal
from app.markup.reading import CHOOSE, Reading

LONGEST_TEXT = 200
LONGEST_NOTE = 2_000
LONGEST_ID = 18
Offered: TypeAlias = Mapping[str, str] | Iterable[str] | Iterable[tuple[Any, str]]


class Form(FlaskForm):
    """A form of the house. The token is checked for every write at the door, not in the form."""

    class Meta(Reading, FlaskForm.Meta):
        """Leave the token to the application's own check."""

        csrf = False

    def attach(self, refusal: Refusal) -> None:
        """Put a refusal and its others beside the fields they name, or on top of the form."""
        for one in (refusal, *refusal.others):
            field = self._fields.get(one.field or "")
            if field is None:
                self.form_errors = [*self.form_errors, one.sentence]
            else:
                field.errors = [*field.errors, one.sentence]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that no day is one that nobody means, such as of the year 1."""
        for field in self:
            # The library cannot compare a number of 400 digits; no range reaches as far as this.
            if isinstance(field.data, int):
                field.data = min(max(field.data, -(10**LONGEST_ID)), 10**LONGEST_ID)
        is_valid = bool(super().validate(extra_validators))
        for field in self:
            if not _may_be_meant(field.data):
                field.errors = [*field.errors, f"Give {REACH}"]
                is_valid = False
        return is_valid

    @property
    def is_posted(self) -> bool:
        """Whether this request sends the form, rather than asks for it."""
        return request.method == "POST"


def _may_be_meant(value: Any) -> bool:
    day = value.date() if isinstance(value, datetime) else value
    return not isinstance(day, date) or is_within_reach(day)


def required(label: str, longest: int = LONGEST_TEXT) -> list[Any]:
    """Return the validators of a text that must be given, by more than blanks."""
    return [*chosen(label), DataRequired(f"{label} is required"), _length(label, longest)]


def optional(label: str, longest: int = LONGEST_TEXT) -> list[Any]:
    """Return the validators of a text that may be left out."""
    return [Optional(), _length(label, longest)]


def chosen(label: str) -> list[Any]:
    """Return the validators of a choice that must be made."""
    return [InputRequired(f"{label} is required")]


def stripped(value: str | None) -> str:
    """Trim what was typed."""
    return (value or "").strip()


def as_id(value: str | None) -> int | None:
    """Read a choice's value as an id; nothing chosen, or what no id can be, is None."""
    return int(value) if value and is_id(value) else None


def is_id(text: str) -> bool:
    """Tell whether a text can be a record's number; a longer one fits in no database."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def options(of: Offered, *, empty: str | None = None) -> list[SelectChoice]:
    """Return what a field offers, with a first line for "none".

    `of` are labels by their values, pairs of value and label, or texts that are their own labels.
    """
    first = [] if empty is None else [("", empty)]
    rows = of.items() if isinstance(of, Mapping) else of
    pairs = ((one, one) if isinstance(one, str) else one for one in rows)
    return [SelectChoice(str(value), label) for value, label in (*first, *pairs)]


def set_choices(field: Field, of: Offered, *, empty: str | None = None) -> None:
    """Give a select its choices, as `options` makes them; posted for an id: an id, or 422."""
    field.choices = options(of, empty=empty)
    # Elsewhere the field itself refuses what is not among its choices.
    is_open = not field.validate_choice and field.short_name.endswith(("_id", "_ids"))
    if is_open and not all(is_id(one) for one in field.raw_data or () if one):
        field.process_errors = [*field.process_errors, CHOOSE]


def _length(label: str, longest: int) -> Length:
    return Length(max=longest, message=f"{label} can have at most {longest:,} characters")
