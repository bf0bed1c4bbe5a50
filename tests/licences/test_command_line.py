"""An organisation is made from the shell, ready to sign in to."""

import re

from flask import Flask
from sqlalchemy import select

from app.controls.numbering import initialised
from app.controls.tenant import Organisation
from app.db.session import database
from app.licences.cli import create_organisation
from tests import factories


def run(app: Flask, *arguments: str):
    return app.test_cli_runner().invoke(create_organisation, arguments)


def test_it_is_registered_with_the_others():
    from app.command_line import command_line

    assert "create-organisation" in command_line.commands


def test_it_makes_an_organisation_with_numbering_and_prints_the_login(app: Flask):
    name, email = factories.unique("Shell bank"), factories.unique_email()
    result = run(app, name, "--email", email, "--country", "ug", "--currency", "UGX")
    assert result.exit_code == 0, result.output
    with database.reading() as session:
        made = session.scalars(select(Organisation).where(Organisation.name == name)).one()
        assert (made.country, made.base_currency) == ("UG", "UGX")
        assert made.time_zone == "Africa/Kampala"
        assert initialised(session, made.id)
    login = re.search(rf"Sign in as {email} with the password (\S+)", result.output)
    browser = app.test_client()
    answer = factories.signed_in(browser, email, login.group(1))
    assert answer.headers["Location"] == "/admin/dashboard"


def test_what_is_refused_is_told_in_a_sentence(app: Flask):
    email = factories.unique_email()
    name = factories.unique("Shell bank")
    for arguments, sentence in (
        (("--expires-on", "2020-01-01"), "License expiry must be in the future"),
        (("--country", "XX"), "Choose a country by its two letters"),
        (("--currency", "XYZ"), "Choose a base currency from the list"),
        (("--country", "US"), "Choose a time zone: the country has several"),
        (("--time-zone", "Mars/Base"), "Choose a time zone from the list"),
        (("--password", "short"), "Password must be at least 8 characters"),
    ):
        result = run(app, name, "--email", email, *arguments)
        assert result.exit_code == 1
        assert sentence in result.output
    with database.reading() as session:
        assert session.scalar(select(Organisation.id).where(Organisation.name == name)) is None
