"""No text of a file runs as a formula where a spreadsheet opens it."""

import pytest

from app.kernel.spreadsheet import inert


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝HYPERLINK(1)", "＋1", "－1+1", "＠A1", "\u200b=1+1",
     "\ufeff=1+1", "\x07=1+1", "\u202e=1+1", " =1+1", "\u3000＝1", "\t1", "\r1", "\n1", "\u0301=1"],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_quoted(text: str):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "-1.50", "1=1", "Ann", " Ann", "王", "محمد", "é=1", "(=1)", "#"]
)
def test_all_else_is_written_as_it_is(text: str):
    assert inert(text) == text
