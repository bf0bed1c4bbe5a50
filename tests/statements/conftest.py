"""Each test of statements works in an organisation of its own."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import factories
from tests.factories import House


@pytest.fixture
def house(app: Flask) -> House:
    """An organisation that no other test knows."""
    return factories.a_house()
