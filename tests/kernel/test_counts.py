"""A number is told with what it counts, one or many."""

from __future__ import annotations

import pytest

from app.kernel.counts import counted


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (1, ("withdrawal",), "1 withdrawal"),
        (0, ("withdrawal",), "0 withdrawals"),
        (1_250, ("facility", "facilities"), "1,250 facilities"),
        (1, ("account was", "accounts were"), "1 account was"),
    ],
)
def test_a_number_is_told_with_what_it_counts(number, words, told):
    assert counted(number, *words) == told
