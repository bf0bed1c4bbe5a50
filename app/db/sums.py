"""Sums of minor units that are exact however many rows are added up, on both databases alike.

PostgreSQL adds BIGINT up as NUMERIC. SQLite fails above 2^63, which a hundred of the largest
transactions reach: there each amount is added up in two parts, its high and its low 32 bits.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    String,
    TypeDecorator,
    and_,
    cast,
    func,
    literal_column,
    or_,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_BITS = 32
_LOW = 2**_BITS - 1
# Written into the statement: PostgreSQL shifts by no BIGINT, as which a number is bound.
_SHIFT, _MASK = literal_column(str(_BITS), Integer), literal_column(str(_LOW), BigInteger)


class Whole(TypeDecorator[int]):
    """An integer of any size, read only: NUMERIC of PostgreSQL, two parts in a text of SQLite."""

    impl = String
    cache_ok = True
    python_type = int

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Return the number; None for a sum of no rows."""
        del dialect
        if isinstance(value, str):
            high, low = value.split()
            return whole_of(int(high), int(low))
        return None if value is None else int(value)


class _ExactSum(FunctionElement[int]):
    """The sum of one column, or of two that hold high and low parts."""

    type = Whole()
    inherit_cache = True


def exact_sum(amount: Any) -> ColumnElement[int]:
    """Return the exact sum of an integer column, to be selected only: it does not compare."""
    return _ExactSum(amount)


def exact_sum_of_parts(high: Any, low: Any) -> ColumnElement[int]:
    """Return the exact sum of what an inner select added up in parts, to be selected only."""
    return _ExactSum(high, low)


def parts_of(amount: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return the high and the low part of a BIGINT, either to be summed without going over."""
    return amount.op(">>")(_SHIFT), amount.op("&")(_MASK)


def whole_of(high: int, low: int) -> int:
    """Put a number together from the sums of its parts."""
    return (high << _BITS) + low


def reaches(high: Any, low: Any, least: int) -> ColumnElement[bool]:
    """Match sums of parts that come to at least `least`."""
    carried = cast(high, BigInteger) + cast(low, BigInteger).op(">>")(_SHIFT)
    rest = cast(low, BigInteger).op("&")(_MASK)
    return or_(carried > least >> _BITS, and_(carried == least >> _BITS, rest >= least & _LOW))


def as_whole(column: Any) -> ColumnElement[int]:
    """Read a column of a union, whose type is that of its first part, as an exact sum."""
    return type_coerce(column, Whole)


@compiles(_ExactSum, "postgresql")
def _in_postgresql(element: _ExactSum, compiler: SQLCompiler, **named: Any) -> str:
    columns = list(element.clauses)
    if len(columns) == 1:
        return compiler.process(func.sum(columns[0]), **named)
    high, low = (compiler.process(func.sum(one), **named) for one in columns)
    return f"({high} * {2**_BITS} + {low})"


@compiles(_ExactSum, "sqlite")
def _in_sqlite(element: _ExactSum, compiler: SQLCompiler, **named: Any) -> str:
    columns = list(element.clauses)
    parts = parts_of(columns[0]) if len(columns) == 1 else columns
    high, low = (compiler.process(func.sum(one), **named) for one in parts)
    return f"({high} || ' ' || {low})"
