"""The breakdown of an amount: gross, each charge by its rule, fee, tax, net; before and after."""

from dataclasses import dataclass
from typing import Any

from app.fees.pricing import Charge, Quote
from app.ledger.kinds import INCOMING
from app.ledger.models import Transaction
from app.web import cells
from app.web.pages import fact


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A quote in its currency; `available_after_minor` is None where nobody asks for it."""

    quote: Quote
    currency: str
    exponent: int
    available_after_minor: int | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines that people read (L01.06-08, L05.02)."""
        quote = self.quote
        rows = [fact("Gross amount", self._money(quote.gross_minor))]
        for charge in quote.charges:
            place = "on top" if charge.is_on_top else "deducted"
            label = f"{charge.name} ({place})"
            rows.append(fact(label, self._money(charge.amount_minor)))
            if charge.tax_minor:
                rows.append(fact(f"Tax on {charge.name}", self._money(charge.tax_minor)))
        rows += [
            fact("Fee amount", self._money(quote.fee_minor)),
            fact("Tax amount", self._money(quote.tax_minor)),
            fact("Net amount", self._money(quote.net_minor)),
        ]
        rows += [fact("Warning", cells.symbol("triangle-alert", one)) for one in quote.warnings]
        if self.available_after_minor is not None:
            rows.append(fact("Available after", self._money(self.available_after_minor)))
        return rows

    def sums(self) -> list[dict[str, Any]]:
        """Return what the lines come to, in few words."""
        quote = self.quote
        sums = [
            fact("Gross", self._money(quote.gross_minor)),
            fact("Fees and tax", self._money(quote.fee_minor + quote.tax_minor)),
            fact("Net", self._money(quote.net_minor)),
        ]
        if self.available_after_minor is not None:
            sums.append(fact("Available after", self._money(self.available_after_minor)))
        return sums

    def _money(self, minor: int) -> cells.Cell:
        return cells.money(minor, self.exponent, self.currency)


def available_after(
    quote: Quote, *, kind: str, available_minor: int, is_bonus: bool = False
) -> int:
    """Return what is available after a movement: a bonus that is paid out is no real money."""
    if kind in INCOMING:
        return available_minor + quote.net_minor
    if is_bonus:
        return available_minor - quote.on_top_minor
    return available_minor - quote.gross_minor


def breakdown_of(one: Transaction) -> Breakdown:
    """Return the breakdown of a saved transaction by the charges it keeps."""
    charges = tuple(
        Charge(
            name=line["name"],
            amount_minor=line["amount_minor"],
            tax_minor=line.get("tax_minor", 0),
            is_on_top=line.get("is_on_top", False),
            code=line.get("code", ""),
        )
        for line in one.charges or ()
    )
    return Breakdown(Quote(one.amount_minor, charges), one.currency, one.exponent)


def breakdown_card(one: Transaction) -> dict[str, Any]:
    """Return the card of a transaction's page."""
    return {"title": "Amount breakdown", "rows": breakdown_of(one).rows(), "open": True}
