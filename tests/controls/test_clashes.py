"""What the database refuses is told by its codes, whatever language it speaks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy.exc import IntegrityError

from app.controls.clashes import MOVED, refusal_of


class _German(Exception):
    """An error as PostgreSQL raises it where its messages are German."""

    def __init__(self, sqlstate: str, name: str | None, message: str) -> None:
        super().__init__(message)
        self.diag = SimpleNamespace(
            sqlstate=sqlstate, constraint_name=name, message_primary=message
        )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            _German("23505", "uq_client_organisation_id_external_id", "doppelter Schlüsselwert"),
            "Another client has this External ID",
        ),
        (
            _German("23505", "uq_desk_name", "doppelter Schlüsselwert"),
            "A record with the same key exists already",
        ),
        (
            _German("23503", "fk_client_desk_id", "verletzt Fremdschlüssel-Constraint"),
            "The record is used elsewhere, or refers to one that is gone",
        ),
        (
            _German("23514", "ck_asset_available", "verletzt Check-Constraint"),
            "Insufficient available balance",
        ),
        (_German("23514", None, MOVED), MOVED),
        (
            _German("23514", "ck_card_state", "verletzt Check-Constraint"),
            "The database refused the change",
        ),
    ],
)
def test_a_clash_is_told_the_same_where_the_database_speaks_german(error, sentence):
    assert refusal_of(IntegrityError("", None, error)).sentence == sentence
