"""The name of the record that a list is narrowed to, for the chip that says so."""

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.web.forms import is_id
from app.web.listing import Options


def named(key: str, model: type[Any], *others: str) -> Options:
    """Return the options of a filter that an address gives a record's id: that record's name.

    `others` are columns whose text the address may hold instead. What is out of sight has none.
    """

    def options(session: Session, who: Actor) -> Sequence[tuple[str, str]]:
        return name_of(session, who, model, request.args.get(key, ""), *others)

    return options


def name_of(
    session: Session, who: Actor, model: type[Any], typed: str, *others: str
) -> list[tuple[str, str]]:
    """Return what was typed with the name of the record it means, if there is one in sight."""
    meant = [getattr(model, column) == typed for column in others]
    if is_id(typed):
        meant.append(model.id == int(typed))
    if not typed or not meant:
        return []
    query = select(model).where(*visible(who, model), or_(*meant)).limit(1)
    return [(typed, one.title()) for one in session.scalars(query)]
