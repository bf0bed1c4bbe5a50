"""A whole bank's configuration goes into an empty organisation and comes out the same."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from app import demonstration
from app.access.models import Role, User, UserRole
from app.access.roles import ADMINISTRATOR
from app.controls.tenant import Organisation
from app.db.session import database
from tests import factories
from tests.configuration.files import apply, exported, preview_of, read_errors

PASSWORD = "a password for everybody"


@pytest.fixture(scope="module")
def text(app: Flask) -> str:
    """The demonstration's configuration, as its administrator exports it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTINGHOUSE_DEMO_PASSWORD", PASSWORD)
        demonstration.ensure()
    with database.reading() as session:
        query = (
            select(User.email)
            .join(UserRole, UserRole.user_id == User.id)
            .join(Role, Role.id == UserRole.role_id)
            .join(Organisation, Organisation.id == User.organisation_id)
            .where(Organisation.name == "Savanna Savings", Role.name == ADMINISTRATOR)
        )
        email = session.scalars(query).first()
    browser = app.test_client()
    factories.signed_in(browser, email, PASSWORD)
    return exported(browser)


def test_it_comes_out_of_an_empty_organisation_as_it_went_in(app: Flask, text: str):
    with database.reading() as session:
        bank = session.scalars(
            select(Organisation).where(Organisation.name == "Savanna Savings")
        ).one()
    house = factories.a_house(
        currencies=(), base=bank.base_currency, business_date=bank.business_date
    )
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    answer = apply(browser, text)
    assert answer.status_code == 303, read_errors(answer)
    mine, theirs = json.loads(text)["tables"], json.loads(exported(browser))["tables"]
    assert list(mine) == list(theirs)
    print([key for key in mine if not mine[key]])
    for key, rows in mine.items():
        assert [one for one in rows if one not in theirs[key]] == [], key
    assert "There is nothing to do" in preview_of(browser, text)
