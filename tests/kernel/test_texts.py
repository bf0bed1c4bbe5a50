"""What nobody can see is no text, and no mark turns a line around."""

import pytest

from app.kernel.texts import meant, meant_line


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


def test_marks_that_turn_a_line_are_dropped():
    assert meant("\u202a+254 700 000 000\u202c") == "+254 700 000 000"
    assert meant("gpj.\u202eexe") == "gpj.exe"
    assert meant("\u2067שלום\u2069") == "שלום"
    assert meant("one\n\u2067שלום\u2069") == "one\nשלום"


def test_lines_keep_their_breaks_and_no_other_control():
    assert meant("one\r\n\ttwo\x1b[0m\x07") == "one\r\n\ttwo [0m "


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("line\nbreak\u202e", "line break"), ("Ann\x01\x1b", "Ann "), ("abc\r\n=1+1", "abc =1+1"),
     ("a\tb", "a b"), ("a\u2028b", "a b"), ("王\n", "王 ")],
)  # fmt: skip
def test_one_line_holds_nothing_that_breaks_or_turns_it(typed: str, kept: str):
    assert meant_line(typed) == kept
