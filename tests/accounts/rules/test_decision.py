"""Which status the rules choose for an account."""

import pytest

from app.accounts.rules.decision import BELOW, IDLE, ZERO, AccountActivity, Rule, status_for

DORMANT, EMPTY, SMALL = 1, 2, 3
BUSY = AccountActivity(idle_days=0, is_empty=False, worth_minor=500_00)


@pytest.mark.checks("E22.03")
@pytest.mark.parametrize(
    ("kind", "threshold", "met", "missed"),
    [
        (IDLE, 90, AccountActivity(90, is_empty=False, worth_minor=1),
         AccountActivity(89, is_empty=False, worth_minor=1)),
        (ZERO, None, AccountActivity(0, is_empty=True, worth_minor=0),
         AccountActivity(0, is_empty=False, worth_minor=0)),
        (BELOW, 500_00, AccountActivity(0, is_empty=False, worth_minor=499_99), BUSY),
        (BELOW, 500_00, AccountActivity(0, is_empty=False, worth_minor=-1), BUSY),
    ],
)  # fmt: skip
def test_a_condition_is_met_from_its_threshold_on(kind, threshold, met, missed):
    rule = Rule(1, kind, threshold, DORMANT, priority=1)
    assert status_for([rule], met) == DORMANT
    assert status_for([rule], missed) is None


@pytest.mark.checks("E22.05")
def test_of_several_rules_the_highest_priority_decides_and_the_older_of_equals():
    dormant = Rule(1, IDLE, 90, DORMANT, priority=2)
    empty = Rule(2, ZERO, None, EMPTY, priority=1)
    small = Rule(3, BELOW, 100, SMALL, priority=1)
    idle_and_empty = AccountActivity(100, is_empty=True, worth_minor=0)
    assert status_for([dormant, small, empty], idle_and_empty) == EMPTY
    assert status_for([small, dormant], idle_and_empty) == SMALL
    assert status_for([dormant], idle_and_empty) == DORMANT
    assert status_for([dormant, small, empty], BUSY) is None
    assert status_for([], idle_and_empty) is None
