"""A house in two currencies, and a teller who uploads files of payments there."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories
from tests.factories import House


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def teller(app: Flask, house: House) -> FlaskClient:
    _, email, password = factories.a_user(house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    return browser
