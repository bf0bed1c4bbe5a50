"""What the document says holds: whatever fits it, or does not, is answered as it says."""

from __future__ import annotations

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import factories
from tests.program import a_key

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# The same few requests each time: this guards the document, it does not search for surprises.
FEW = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_interface_answers_as_its_document_says(app: Flask):
    house = factories.a_house(currencies=("KES", "USD"))
    factories.a_funded_asset(house, 100_00)
    # It reads no answer that travels compressed.
    headers = {
        "Authorization": f"Bearer {a_key(house.administrator)}",
        "Accept-Encoding": "identity",
    }
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [one.ok() for one in document.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        @FEW
        @given(case=operation.as_strategy())
        def probe(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        probe()
