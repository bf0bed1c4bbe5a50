"""Sums stay exact beyond what sixty-four bits hold, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, cast, func, literal, select, union_all

from app.db.session import database
from app.db.sums import as_whole, exact_sum, exact_sum_of_parts, parts_of, reaches, whole_of

LARGEST = 2**63 - 1
AMOUNTS = [LARGEST] * 5 + [-LARGEST - 1] * 2 + [1, -1, 0, 2**32, -(2**32), 2**32 - 1]


def rows_of(*amounts: int) -> Any:
    rows = [
        select(literal(place % 2).label("place"), literal(amount, BigInteger).label("minor"))
        for place, amount in enumerate(amounts)
    ]
    return union_all(*rows).subquery()


@pytest.mark.parametrize("amounts", [AMOUNTS, [-one for one in AMOUNTS if one > -LARGEST], [-7]])
def test_a_sum_is_exact_whatever_it_comes_to(app: Flask, amounts: list[int]) -> None:
    held = rows_of(*amounts)
    minor = cast(held.c.minor, BigInteger)
    with database.reading() as session:
        assert session.scalar(select(exact_sum(minor)).select_from(held)) == sum(amounts)


def test_a_sum_of_no_rows_is_none(app: Flask) -> None:
    held = rows_of(1)
    with database.reading() as session:
        assert session.scalar(select(exact_sum(held.c.minor)).where(held.c.place == 9)) is None


def test_sums_of_parts_add_up_and_compare_as_the_whole_does(app: Flask) -> None:
    held = rows_of(*AMOUNTS)
    high, low = parts_of(cast(held.c.minor, BigInteger))
    inner = (
        select(func.sum(high).label("high"), func.sum(low).label("low"))
        .group_by(held.c.place)
        .subquery()
    )
    with database.reading() as session:
        found = session.scalar(select(exact_sum_of_parts(inner.c.high, inner.c.low)))
        assert found == sum(AMOUNTS)
        for one in session.execute(select(inner)):
            total = whole_of(int(one.high), int(one.low))
            for least in (total - 1, total, total + 1, 0, 1_000_000):
                if abs(least) <= LARGEST:
                    own = select(reaches(literal(int(one.high)), literal(int(one.low)), least))
                    assert bool(session.scalar(own)) is (total >= least)


def test_a_sum_is_read_beside_counts_in_a_union(app: Flask) -> None:
    held = rows_of(*[LARGEST] * 3)
    counted = select(func.count().label("number")).select_from(held)
    both = union_all(counted, select(exact_sum(held.c.minor))).subquery()
    with database.reading() as session:
        found = session.scalars(select(as_whole(both.c.number))).all()
    assert sorted(found) == [3, 3 * LARGEST]
