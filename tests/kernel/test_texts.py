"""What nobody can see is no text, and no mark turns a line around."""

import pytest

from app.kernel.texts import meant


@pytest.mark.parametrize(
    "typed",
    ["\u200b", "\u202e", "\u2066\u2069", " \u00a0\u3000", "\u00ad\ufeff", "\u3164", "\u2800",
     "\ufe0f", "\u0301", "\x01", "\r\n\t", ""],
)  # fmt: skip
def test_a_text_that_nobody_can_see_is_none(typed: str):
    assert meant(typed) == ""


@pytest.mark.parametrize(
    "typed",
    ["Ann", " Ann ", "Łukasz", "محمد", "नेहा", "क्\u200dष", "王", "👩\u200d🌾", "❤\ufe0f", "e\u0301",
     "-", "0"],
)  # fmt: skip
def test_what_can_be_seen_stays_as_it_was_typed(typed: str):
    assert meant(typed) == typed


def test_marks_that_turn_a_line_are_dropped_from_lines_alone():
    assert meant("\u202a+254 700 000 000\u202c") == "+254 700 000 000"
    assert meant("gpj.\u202eexe") == "gpj.exe"
    assert meant("\u2067שלום\u2069") == "שלום"
    paragraphs = "one\n\u2067שלום\u2069"
    assert meant(paragraphs) == paragraphs
