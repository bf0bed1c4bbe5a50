"""References of payments: what looks alike compares alike."""

from __future__ import annotations

import pytest

from app.kernel.references import plain_reference, reference_key


@pytest.mark.parametrize(
    "typed",
    ["REF1", " REF1\n", "R\N{ZERO WIDTH SPACE}EF1", "REF1\N{ZERO WIDTH NO-BREAK SPACE}",
     "\N{FULLWIDTH LATIN CAPITAL LETTER R}EF1", "\N{NO-BREAK SPACE}REF1",
     "RE\N{SOFT HYPHEN}F1"],
)  # fmt: skip
def test_a_reference_is_read_without_what_nobody_sees(typed: str):
    assert plain_reference(typed) == "REF1"


def test_references_compare_alike_in_any_case_and_differ_by_any_sign():
    assert reference_key("ref1") == reference_key("REF1 ")
    assert reference_key("REF-1") != reference_key("REF1")
    assert plain_reference("ref1") == "ref1"
