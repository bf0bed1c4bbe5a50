"""Names the field that a refusal is about as whoever sent the request calls it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from marshmallow import Schema, fields

from app.api.fields import Key
from app.controls.permissions import scoped
from app.kernel.errors import Missing, Refusal
from app.web.context import actor, read_session


@contextmanager
def naming_fields(schema: Schema, given: Mapping[str, Any]) -> Iterator[None]:
    """Let what is refused of `given`, as a schema took it in, name its field as the schema does.

    A record that is missing is the field's matter (422) where what was sent names it, and the
    address's (404) where it does not.
    """
    try:
        yield
    except Missing as missing:
        unknown = _no_such(schema, given)
        if unknown is None:
            raise
        raise unknown from missing
    except Refusal as refusal:
        if refusal.field:
            refusal.field = _named(schema, refusal.field)
        raise


def _no_such(schema: Schema, given: Mapping[str, Any]) -> Refusal | None:
    """Return the refusal of the first key that leads nowhere, or nowhere in the actor's sight."""
    for path, model, record_id in _keys(schema, given):
        query = scoped(actor(), model).where(model.id == record_id)
        if read_session().scalars(query).first() is None:
            noun = model.__tablename__.replace("_", " ")
            return Refusal(f"There is no such {noun}", field=path)
    return None


def _keys(
    schema: Schema, given: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, int]]:
    """Return every key that was sent: where it stands, the model it is of, and its value."""
    for name, field in schema.fields.items():
        value = given.get(name)
        if value is None:
            continue
        if isinstance(field, Key):
            yield f"{prefix}{name}", field.model_beside(given), value
        elif (inner := _inner(field)) is not None:
            for place, one in enumerate(value):
                yield from _keys(inner, one, f"{prefix}{name}.{place}.")


def _named(schema: Schema, path: str) -> str:
    """Return a field's path as the schema has it: what commands call `amount` is `amount_minor`."""
    head, _, rest = path.partition(".")
    if rest:
        place, _, name = rest.partition(".")
        inner = _inner(schema.fields.get(head))
        return f"{head}.{place}.{_named(inner, name)}" if inner is not None and name else path
    in_minor = f"{path}_minor"
    return in_minor if path not in schema.fields and in_minor in schema.fields else path


def _inner(field: Any) -> Schema | None:
    """Return the schema of a list's members, where they have one."""
    inner = field.inner if isinstance(field, fields.List) else None
    return inner.schema if isinstance(inner, fields.Nested) else None
