"""A body that is no JSON object is refused with the reason, before anything is made of it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.program import PREFIX, Program

PATH = "/transactions/deposits"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "The body is no JSON: it cannot be read from line 1, column 1"),
        ('{"asset_id": 1,\n "a"}', "The body is no JSON: it cannot be read from line 2, column 5"),
        ('{"asset_id": NaN}', "The body holds NaN, which is no JSON"),
        ('{"asset_id": ' + "9" * 5_000 + "}", "The body holds a number with too many digits"),
        ('{"a": ' + "[" * 100_000, "The body is nested too deeply"),
        (b"\xef\xbb\xbf{}", "The body begins with a byte order mark: send it without one"),
        (b'{"description": "\xe9"}', "The body is not in UTF-8"),
        ("[]", "The body is JSON, but not an object"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_told_why_it_cannot_be_read(
    program: Program, body: str | bytes, sentence: str
):
    answer = program.send(PATH, body)
    assert (answer.status_code, answer.json["detail"]) == (400, sentence)
    assert answer.mimetype == "application/problem+json"
    assert "errors" not in answer.json


def test_a_member_that_is_given_twice_moves_no_money(program: Program):
    twice = '{"asset_id": 1, "currency": "KES", "amount_minor": 100, "amount_minor": 200}'
    answer = program.send(PATH, twice)
    assert answer.status_code == 400
    sentence = "The body gives this member twice"
    assert answer.json["errors"] == [{"field": "amount_minor", "detail": sentence}]
    nested = '{"name": "x", "payments": [{"currency": "KES", "currency": "USD"}]}'
    assert program.send("/settlements", nested).json["errors"][0]["field"] == "currency"


def test_a_body_of_another_kind_is_refused_as_such(program: Program):
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = _sent(program, kind)
        assert answer.status_code == 415, kind
        assert answer.json["detail"] == (
            "Send the body as JSON, with the header Content-Type: application/json"
        )
    told = _sent(program, "application/json; charset=utf-8")
    assert told.status_code == 422


def _sent(program: Program, kind: str | None) -> TestResponse:
    body = json.dumps({"asset_id": 987654321, "amount_minor": 1, "currency": "KES"})
    headers = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": uuid4().hex}
    return program.client.post(f"{PREFIX}{PATH}", data=body, headers=headers, content_type=kind)
