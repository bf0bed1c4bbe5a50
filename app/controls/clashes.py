"""What the database itself refuses, in the words of people: no error of its own is shown."""

import re

from sqlalchemy.exc import IntegrityError

from app.kernel.errors import Conflict, Refusal

# What the database says when an account changed between its reading and its posting.
MOVED = "The account was made inactive, or its status changed, in the meantime"
# SQLite names the columns, PostgreSQL the key; the table is the first word of both.
_EXTERNAL_ID = re.compile(r"(?:uq_|: )(\w+?)[_.]organisation_id.*external_id")


def refusal_of(error: IntegrityError) -> Refusal:
    """Return the conflict (409) that an error of the database is told as."""
    text = str(error.orig).lower()
    if "unique" in text:
        return _taken(text.partition("\n")[0])
    if "foreign key" in text:
        return Conflict("The record is used elsewhere, or refers to one that is gone")
    if MOVED.lower() in text:
        return Conflict(MOVED)
    if "available" in text:
        return Conflict("Insufficient available balance")
    return Conflict("The database refused the change")


def _taken(text: str) -> Conflict:
    """Say that it is taken, and name the field of an external id.

    Programs choose external ids, and meet them again when they repeat.
    """
    clash = _EXTERNAL_ID.search(text)
    if clash is None:
        return Conflict("A record with the same key exists already")
    noun = clash[1].replace("_", " ")
    return Conflict(f"Another {noun} has this External ID", field="external_id")
