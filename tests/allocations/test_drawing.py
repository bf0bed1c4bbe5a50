"""The arithmetic of what an allocation permits, without a database."""

from __future__ import annotations

from app.allocations.drawing import Balance, Drawing, Terms, settled, usable

REVOLVING = Terms(100, is_revolving=True, is_open=True)
TERM = Terms(100, is_revolving=False, is_open=True)
CLOSED = Terms(100, is_revolving=True, is_open=False)


def at(balance: int, held: int = 0, other: int = 0) -> Balance:
    return Balance(balance, held, other)


def test_a_share_of_an_allocation_is_rounded_down():
    assert [usable(101, points) for points in (10_000, 8_750, 0)] == [101, 88, 0]


def test_a_revolving_allocation_can_be_drawn_again_when_it_is_repaid():
    now = settled(Drawing(), REVOLVING, at(0))
    assert now == Drawing(100, 0, 0)
    now = settled(now, REVOLVING, at(-70))
    assert now == Drawing(100, 70, 70)
    assert settled(now, REVOLVING, at(-20)) == Drawing(100, 20, 70)


def test_a_term_allocation_shrinks_by_what_is_repaid():
    now = settled(settled(Drawing(), TERM, at(0)), TERM, at(-70))
    assert now == Drawing(100, 70, 70)
    now = settled(now, TERM, at(-20))
    assert now == Drawing(50, 20, 70)  # 30 were never drawn and still may be
    now = settled(now, TERM, at(-50))
    assert now == Drawing(50, 50, 100)
    assert settled(now, TERM, at(0)) == Drawing(0, 0, 100)


def test_a_closed_allocation_permits_what_is_drawn_or_held_and_nothing_more():
    now = settled(settled(Drawing(), REVOLVING, at(0)), REVOLVING, at(-40, held=10))
    assert now == Drawing(100, 40, 40)
    now = settled(now, CLOSED, at(-40, held=10))
    assert now == Drawing(50, 40, 40)
    now = settled(now, CLOSED, at(-40))
    assert now == Drawing(40, 40, 40)
    assert settled(now, CLOSED, at(5)) == Drawing(0, 0, 40)


def test_an_allocation_below_what_is_drawn_takes_nothing_back():
    now = settled(settled(Drawing(), REVOLVING, at(0)), REVOLVING, at(-90))
    less = Terms(50, is_revolving=True, is_open=True)
    assert settled(now, less, at(-90)) == Drawing(90, 90, 90)
    assert settled(Drawing(90, 90, 90), less, at(-60)) == Drawing(60, 60, 90)


def test_what_another_overdraft_permits_is_used_after_the_facility():
    now = settled(Drawing(), REVOLVING, at(-30, other=50))
    assert now == Drawing(100, 30, 30)
    assert settled(now, REVOLVING, at(-130, other=50)) == Drawing(100, 100, 100)
    now = settled(Drawing(30, 30, 30), CLOSED, at(-60, other=50))
    assert now == Drawing(30, 30, 30)
