"""A house, and a program that works in its administrator's name."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import factories
from tests.program import Program, a_program


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture(scope="module")
def program(app: Flask, house: factories.House) -> Program:
    return a_program(app, house.administrator)
