"""The fields of the interface: texts that any database keeps, amounts that are whole numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.db import cursors
from app.kernel.countries import known_countries
from app.kernel.money import MAXIMUM_MINOR
from app.kernel.texts import can_be_kept, meant, meant_line
from app.web.forms import LONGEST_TEXT, is_id

LARGEST_ID = 10**18 - 1
MOST_ROWS = 200
USUAL_ROWS = 50


class Text(fields.String):
    """A text of limited length without what PostgreSQL keeps in none; on one line, or on many."""

    def __init__(
        self,
        *,
        longest: int = LONGEST_TEXT,
        shortest: int = 0,
        has_lines: bool = False,
        **more: Any,
    ) -> None:
        """Take a limit of characters, and whether people write it in as many lines as they like."""
        super().__init__(validate=validate.Length(min=shortest, max=longest), **more)
        self.has_lines = has_lines

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        text = super()._deserialize(value, *args, **more)
        if text is None or not can_be_kept(text):
            raise ValidationError("A text holds a character that cannot be kept.")
        return (meant(text) if self.has_lines else meant_line(text)).strip()


class CountryCode(Text):
    """The two letters of a country, in whichever case they are sent; or nothing."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> str:
        code = str(super()._deserialize(value, *args, **more)).upper()
        if code and code not in known_countries():
            raise ValidationError("This is not the code of a country, such as KE.")
        return code


class CurrencyCode(Text):
    """The code of a currency, in whichever case it is sent."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> str:
        return str(super()._deserialize(value, *args, **more)).upper()


class ExternalId(Text):
    """An id of another system; an empty one is none, for no two records share one."""

    def __init__(self, **more: Any) -> None:
        """Take what describes it; it may be left out."""
        super().__init__(load_default=None, allow_none=True, **more)

    def deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        """Read the text, and leave it out where it is empty."""
        return super().deserialize(value, *args, **more) or None


class Whole(fields.Integer):
    """A whole number: in a body as JSON has it, in an address as digits, and nothing else."""

    def __init__(self, *, low: int, high: int, is_asked: bool = False, **more: Any) -> None:
        """Take the smallest and the largest; `is_asked` is a number of an address."""
        super().__init__(validate=validate.Range(low, high), **more)
        self.is_asked = is_asked

    def _validated(self, value: Any) -> int:
        if self.is_asked and isinstance(value, str) and is_id(value):
            return int(value)
        if self.is_asked or type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class Key(Whole):
    """The id of a record of a model, which may be chosen by what is sent beside it."""

    def __init__(
        self, model: type[Any] | Callable[[Mapping[str, Any]], type[Any]], **more: Any
    ) -> None:
        """Take the model, or how it is found."""
        super().__init__(low=1, high=LARGEST_ID, **more)
        self.model = model

    def model_beside(self, given: Mapping[str, Any]) -> type[Any]:
        """Return the model that the id is looked for in."""
        return self.model if isinstance(self.model, type) else self.model(given)


class Exact(fields.String):
    """An exact decimal, written as text without an exponent."""

    def _serialize(self, value: Any, *_args: Any, **_more: Any) -> str:
        return format(value, "f")


def key_of(
    what: str, model: type[Any] | Callable[[Mapping[str, Any]], type[Any]], **more: Any
) -> Key:
    """Return a field for the id of a record."""
    return Key(model, metadata={"description": f"Id of {what}"}, **more)


def amount(**more: Any) -> Whole:
    """Return a field for an amount in minor units of the currency beside it."""
    about = {"description": "In minor units of the currency, such as cents", "example": 125_000}
    return Whole(low=1, high=MAXIMUM_MINOR, metadata=about, **more)


def currency(**more: Any) -> CurrencyCode:
    """Return a field for the code of a currency."""
    return CurrencyCode(longest=12, shortest=3, metadata={"example": "KES"}, **more)


class Problem(Schema):
    """RFC 9457 problem details."""

    class _Error(Schema):
        field = fields.String()
        detail = fields.String()

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "The sentence a person can read"})
    request_id = fields.String()
    errors = fields.List(fields.Nested(_Error))


class PageQuery(Schema):
    """Which page of a list is asked for."""

    cursor = Text(longest=1_000, metadata={"description": "The `next_cursor` of the page before"})
    limit = Whole(
        low=1,
        high=MOST_ROWS,
        is_asked=True,
        load_default=USUAL_ROWS,
        metadata={"description": "How many rows at most"},
    )


def paged(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of rows."""
    name = f"{item.__name__}Page"
    next_cursor = fields.String(allow_none=True, metadata={"description": "Null on the last page"})
    members = {"items": fields.List(fields.Nested(item)), "next_cursor": next_cursor}
    return type(name, (Schema,), {"__doc__": "A page of a list.", **members})


def page_of(
    session: Session, query: Select[Any], key: Any, asked: dict[str, Any], *, scalars: bool = True
) -> dict[str, Any]:
    """Return one page in the order of the key, and where the next one begins.

    A cursor that is none is refused (422). `scalars` False gives rows of several columns.
    """
    if asked.get("cursor"):
        query = query.where(key > cursors.decode(asked["cursor"], key)[1])
    query = query.add_columns(key.label("sorted_by"), key.label("key"))
    rows = session.execute(query.order_by(key).limit(asked["limit"] + 1)).all()
    shown = rows[: asked["limit"]]
    more = cursors.encode(shown[-1]) if len(rows) > len(shown) else None
    return {"items": [row[0] for row in shown] if scalars else shown, "next_cursor": more}
