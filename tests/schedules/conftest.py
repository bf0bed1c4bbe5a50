"""Tests that ask for `house` leave books in which `verify` finds nothing."""

from tests.ledger.conftest import house

__all__ = ["house"]
