"""Banks for tests, made by the real command."""

from typing import Any

from app.banks.commands import BankTerms, CreateBank
from app.controls.commands import perform
from tests.factories import House, unique


def a_bank(house: House, name: str = "", *, country: str = "KE", **terms: Any) -> int:
    """Return the id of a bank of the house's list."""
    made = BankTerms(name or unique("Bank"), country, **terms)
    return int(perform(CreateBank(made), house.administrator))
