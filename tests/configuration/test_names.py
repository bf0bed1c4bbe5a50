"""A record is named by its identity: by one field, or by its parts with strokes between them."""

from itertools import product

from app.configuration.records import name_in
from app.controls.portable import portable_tables

PARTS = (
    "",
    "a",
    "b",
    "/",
    "//",
    "a / b",
    "a // b",
    "a /",
    "/ b",
    "a/b",
    "a / / b",
    "a /b",
    "/ / /",
)


def table_of(key):
    return next(table for table in portable_tables() if table.key == key)


def test_a_name_of_one_field_stays_as_it_is(app):
    assert name_in(table_of("branches"), {"name": "Nairobi / West"}) == "Nairobi / West"


def test_a_name_of_several_fields_joins_them(app):
    statuses = table_of("statuses")
    assert name_in(statuses, {"project": "Main", "label": "held"}) == "Main / held"
    assert name_in(statuses, {"project": "n/a", "label": "held"}) == "n/a / held"
    assert name_in(statuses, {"project": "A / B", "label": "held"}) == "A // B / held"
    rules = table_of("activity_rules")
    assert name_in(rules, {"kind": "zero", "threshold": None, "status": "OK"}) == "zero /  / OK"


def test_no_two_records_of_several_fields_have_one_name(app):
    statuses = table_of("statuses")
    named = {
        name_in(statuses, {"project": project, "label": label})
        for project, label in product(PARTS, repeat=2)
    }
    assert len(named) == len(PARTS) ** 2
