"""How many must sign, by the account's rule, and whose limit stands in the way."""

from __future__ import annotations

import pytest

from app.mandates.rules import Signatory, obstacle_to_signing, signatures_needed


def people(count: int, *, limited: int = 0) -> list[Signatory]:
    return [
        Signatory(number, f"Person {number}", "Joint holder",
                  "10.00 KES" if number == limited else None)
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.mark.checks("E34.09", "E34.10", "E34.11", "E34.12")
@pytest.mark.parametrize(
    ("rule", "holders", "needed"),
    [
        ("", 4, 1), ("any", 4, 1), ("all", 4, 4), ("all", 1, 1), ("two", 3, 2), ("two", 1, 2),
        ("majority", 4, 3), ("majority", 3, 2), ("majority", 2, 2), ("majority", 1, 1),
    ],
)  # fmt: skip
def test_so_many_sign_and_one_fewer_does_not_do(rule, holders, needed):
    signatories = people(holders)
    assert signatures_needed(rule, signatories) == needed
    if needed <= holders:
        assert obstacle_to_signing(rule, signatories, range(1, needed + 1)) is None
    assert f"{needed - 1} of {needed} signed" in (
        obstacle_to_signing(rule, signatories, range(1, needed)) or ""
    )


def test_the_same_hand_twice_signs_once_and_a_stranger_not_at_all():
    assert "1 of 2 signed" in (obstacle_to_signing("two", people(3), [1, 1]) or "")
    assert obstacle_to_signing("any", people(3), [9]) == "Choose those who signed from the list"
    assert "Nobody holds an active mandate" in (obstacle_to_signing("any", [], []) or "")


@pytest.mark.checks("E34.10", "E34.11", "E34.12")
def test_a_customer_with_two_mandates_is_one_who_signs():
    amina = [Signatory(number, "Amina Juma", "Director", client_id=7) for number in (1, 2)]
    three = [*amina, Signatory(3, "Baraka Otieno", "Director")]
    for rule, told in (
        ("two", "Two mandate holders must sign: 1 of 2 signed"),
        ("all", "All 2 mandate holders must sign: 1 of 2 signed"),
        ("majority", "More than half of the 2 mandate holders must sign: 1 of 2 signed"),
    ):
        assert obstacle_to_signing(rule, three, [1, 2]) == told
        assert obstacle_to_signing(rule, three, [2, 3]) is None


def test_whose_limit_is_passed_is_named():
    told = "Person 2 may sign for at most 10.00 KES a transaction"
    assert obstacle_to_signing("any", people(2, limited=2), [2]) == told
    assert obstacle_to_signing("any", people(2, limited=2), [1]) is None
