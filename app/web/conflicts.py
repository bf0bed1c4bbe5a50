"""What is saved now beside what was typed, where a record changed under an open form (409)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flask import request
from sqlalchemy import inspect
from wtforms import Field, SelectField

from app.controls.commands import STALE
from app.kernel.errors import Conflict, Refusal
from app.web.context import read_session
from app.web.forms import Form
from app.web.respond import SENT_ALREADY

Row: TypeAlias = dict[str, str]
_SAVED_NEXT_TIME = {STALE, SENT_ALREADY}


def conflict_of(
    refusal: Refusal, record: Any, rows: Callable[[], list[Row]]
) -> dict[str, Any] | None:
    """Return what a refused form shows where its record is no longer what it was made from.

    `rows` compares them, once the record is read afresh; `can_save` tells whether the form is
    taken when it is sent again.
    """
    if not isinstance(refusal, Conflict) or getattr(record, "version", None) is None:
        return None
    read_session().refresh(record)
    if str(record.version) == request.form.get("version", str(record.version)):
        return None
    return {"rows": rows(), "can_save": refusal.sentence in _SAVED_NEXT_TIME}


def version_of(record: Any, conflict: Mapping[str, Any] | None) -> str | int | None:
    """Return the version that a form is about: that of now only once both were shown."""
    version: int | None = getattr(record, "version", None)
    if version is None or (conflict and conflict["can_save"]):
        return version
    return request.form.get("version") or version


def compared(form: Form, record: Any, *, names: Mapping[str, str] | None = None) -> list[Row]:
    """Return the fields that say something else than the record does, in the form's words.

    `names` tells the columns of fields that are called otherwise.
    """
    columns = inspect(record).mapper.column_attrs.keys()
    rows = []
    for field in form:
        column = (names or {}).get(field.name, field.name)
        if column not in columns:
            continue
        saved, typed = _said(field, getattr(record, column)), _said(field, field.data)
        if saved != typed:
            rows.append({"label": field.label.text, "before": saved, "after": typed})
    return rows


def _said(field: Field, value: Any) -> str:
    """Write a value as its field shows it: a choice by its name."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(field, SelectField):
        named = {str(key): str(name) for key, name, *_ in field.iter_choices()}
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(named.get(str(one), str(one)) for one in chosen)
    return str(value)
