"""Forms with several lines: lines are added and removed by buttons, before anything is saved."""

from typing import Any

from flask import request
from wtforms import FieldList

from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero
from app.kernel.rates import parse_percent
from app.web.forms import Form, stripped

ADD, REMOVE = "add-line", "remove-line"
MOST = 30


class LinesForm(Form):
    """A form whose `lines` grow and shrink by buttons that send it without saving."""

    lines: FieldList

    @property
    def is_posted(self) -> bool:
        """Whether the form is sent to be saved, not only for another line or one less."""
        return super().is_posted and ADD not in request.form and REMOVE not in request.form

    @property
    def has_grown(self) -> bool:
        """Whether the last line is new, and waits to be typed into."""
        return ADD in request.form

    def arrange(self, *, empty: int) -> None:
        """Show at least `empty` lines on a first visit, and do what the buttons asked for."""
        if request.method == "GET":
            while len(self.lines) < empty:
                self.lines.append_entry()
        elif ADD in request.form and len(self.lines) < MOST:
            self.lines.append_entry()
        elif REMOVE in request.form:
            self._remove(request.form[REMOVE])

    def attach(self, refusal: Refusal) -> None:
        """Put a refusal beside the line's field that it names, as lines-0-amount."""
        for line in self.lines:
            for field in line.form:
                if field.name == refusal.field:
                    field.errors = [*field.errors, refusal.sentence]
                    # The list's own errors are those of its last validation.
                    self.lines.errors = [one.errors for one in self.lines]
                    return
        super().attach(refusal)

    def _remove(self, place: str) -> None:
        """Take one line out and number the others anew, with what is typed in them."""
        typed = [line.data for line in self.lines]
        if place.isascii() and place.isdigit() and len(place) < 3 and int(place) < len(typed):  # noqa: PLR2004
            del typed[int(place)]
        while len(self.lines):
            self.lines.pop_entry()
        self.lines.last_index = -1
        for values in typed or [None]:
            self.lines.append_entry(values)


def minor_of(field: Any, exponent: int) -> int | None:
    """Read an amount into minor units; nothing typed is None, a refusal names the field."""
    if not stripped(field.data):
        return None
    try:
        return parse_minor_or_zero(field.data, exponent, name=field.label.text)
    except Refusal as refusal:
        refusal.field = field.name
        raise


def percent_in(field: Any, *, most: int = 100) -> Any:
    """Read a percentage up to `most`; nothing typed is None, a refusal names the field."""
    if not stripped(field.data):
        return None
    try:
        return parse_percent(field.data, name=field.label.text, most=most)
    except Refusal as refusal:
        refusal.field = field.name
        raise
