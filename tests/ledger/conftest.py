"""Each test of the ledger works in an organisation of its own, whose books are sound after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from tests import factories
from tests.factories import House
from tests.ledger.books import seal


@pytest.fixture
def house(app: Flask, database_url: str) -> Iterator[House]:
    """An organisation that no other test knows; `verify` finds nothing when the test is over."""
    found = factories.a_house()
    yield found
    seal(found.organisation_id)
    with snapshot(database_url) as view:
        assert list(breaches(view, found.organisation_id)) == []
