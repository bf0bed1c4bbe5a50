"""What the database itself refuses, in the words of people: no error of its own is shown."""

import re

from sqlalchemy.exc import IntegrityError

from app.kernel.errors import INSUFFICIENT, Conflict, Refusal

# What the database says when an account changed between its reading and its posting.
MOVED = "The account was made inactive, or its status changed, in the meantime"
_UNIQUE, _REFERENCE, _AVAILABLE = "unique", "foreign key", "ck_asset_available"
_KINDS = {"23505": _UNIQUE, "23503": _REFERENCE}
# SQLite names the columns, PostgreSQL the key; the table is the first word of both.
_EXTERNAL_ID = re.compile(r"(?:uq_|: )(\w+?)[_.]organisation_id.*external_id")


def refusal_of(error: IntegrityError) -> Refusal:
    """Return the conflict (409) that an error of the database is told as."""
    kind, said = _told(error)
    if kind == _UNIQUE:
        return _taken(said)
    if kind == _REFERENCE:
        return Conflict("The record is used elsewhere, or refers to one that is gone")
    if said == MOVED:
        return Conflict(MOVED)
    if said.endswith(_AVAILABLE):
        return Conflict(INSUFFICIENT)
    return Conflict("The database refused the change")


def _told(error: IntegrityError) -> tuple[str, str]:
    """Return the kind of rule that was broken, and its name or what our own trigger says.

    PostgreSQL speaks the language of its installation and is asked for its codes; SQLite has
    nothing but its text.
    """
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name = diagnosis.constraint_name or diagnosis.message_primary
        return _KINDS.get(diagnosis.sqlstate, ""), name or ""
    said = str(error.orig)
    return next((kind for kind in _KINDS.values() if kind in said.lower()), ""), said


def _taken(said: str) -> Conflict:
    """Say that it is taken, and name the field of an external id.

    Programs choose external ids, and meet them again when they repeat.
    """
    clash = _EXTERNAL_ID.search(said)
    if clash is None:
        return Conflict("A record with the same key exists already")
    noun = clash[1].replace("_", " ")
    return Conflict(f"Another {noun} has this External ID", field="external_id")
