"""Capital adequacy: core and supplementary capital beside assets by the risk that they bear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cached_property

from sqlalchemy.orm import Session

from app.books.capital_terms import FULL_WEIGHT, LEAST_CORE, LEAST_TOTAL, TIERS, terms_of
from app.books.financial import drill
from app.books.models import CapitalTerms
from app.books.parameters import Parameters
from app.books.sums import ProductSum, overdrawn_sums, product_sums
from app.books.tables import Column, Row, Table

_COLUMNS = (
    Column("code", "Code", "ident"),
    Column("name", "Account"),
    Column("balance", "Balance", "money"),
    Column("percent", "Percent", "count"),
    Column("weighted", "Weighted", "money"),
)
_CENT = Decimal("0.01")
_UNSAID = "Nobody has said yet what counts as capital, and how much each product weighs."
_IN_FULL = "A product that was given no weight counts in full."
_BELOW = "The {name} is below the {least} % asked for."


def capital_adequacy(session: Session, asked: Parameters) -> Table:
    """Return capital, risk-weighted assets and their ratios at a day (W02.18)."""
    terms = terms_of(session, asked.actor)
    found = _Adequacy(
        CapitalTerms(weights={}, tiers={}, least_core=LEAST_CORE, least_total=LEAST_TOTAL)
        if terms is None
        else terms,
        product_sums(session, asked),
        overdrawn_sums(session, asked),
    )
    unsaid = () if terms else (_UNSAID,)
    below = (
        _BELOW.format(name=name.lower(), least=least)
        for name, ratio, least in found.ratios
        if ratio is not None and ratio < least
    )
    return Table(
        title="Capital adequacy",
        columns=_COLUMNS,
        rows=_rows(asked, found),
        facts=(("As of", asked.last.isoformat()),),
        notes=(*unsaid, *below, _IN_FULL, *asked.scope_notes),
    )


@dataclass(frozen=True)
class _Adequacy:
    """The figures, in minor units of base currency.

    Customers' accounts are weighed one by one where they are in debit, the house's own products by
    their balance. Supplementary capital counts up to the core capital.
    """

    terms: CapitalTerms
    products: list[ProductSum]
    owed: dict[int, int]

    def of_tier(self, tier: str) -> list[ProductSum]:
        return [one for one in self.products if self.terms.tiers.get(one.code) == tier]

    def weight(self, product: ProductSum) -> int:
        return self.terms.weights.get(product.code, FULL_WEIGHT)

    @cached_property
    def result(self) -> int:
        return sum(one.net_minor for one in self.products if one.kind in {"income", "expense"})

    @cached_property
    def core(self) -> int:
        return self.result + sum(one.net_minor for one in self.of_tier("core"))

    @cached_property
    def supplementary(self) -> int:
        whole = sum(one.net_minor for one in self.of_tier("supplementary"))
        return min(whole, max(self.core, 0))

    @cached_property
    def exposures(self) -> list[tuple[ProductSum, int, int]]:
        """Products with what they expose the house to, and how much of it is weighed."""
        found = []
        for one in self.products:
            is_asset = one.kind in {"asset", "liability"} and one.code not in self.terms.tiers
            minor = self.owed.get(one.product_id, 0) if one.is_contract else -one.net_minor
            if is_asset and minor > 0:
                # Half a minor unit is rounded up: to the side of more risk.
                found.append((one, minor, (minor * self.weight(one) + 50) // 100))
        return found

    @cached_property
    def weighted(self) -> int:
        return sum(weighted for _one, _minor, weighted in self.exposures)

    @cached_property
    def ratios(self) -> tuple[tuple[str, Decimal | None, Decimal], ...]:
        """Each ratio's name, percent rounded down, and the least that is asked for."""
        return (
            ("Core capital ratio", self._ratio(self.core), self.terms.least_core),
            (
                "Total capital ratio",
                self._ratio(self.core + self.supplementary),
                self.terms.least_total,
            ),
        )

    def _ratio(self, capital: int) -> Decimal | None:
        if not self.weighted:
            return None
        return (Decimal(100 * capital) / self.weighted).quantize(_CENT, ROUND_DOWN)


def _rows(asked: Parameters, found: _Adequacy) -> Iterator[Row]:
    money = asked.base.money
    yield Row({"name": TIERS["core"]}, "heading")
    yield from _capital(asked, found.of_tier("core"))
    result = {"name": "Result so far", "balance": money(found.result)}
    yield Row(result, href=drill(asked, "profit-and-loss"))
    yield Row({"name": "Total core capital", "balance": money(found.core)}, "total")
    yield Row({"name": TIERS["supplementary"]}, "heading")
    yield from _capital(asked, found.of_tier("supplementary"))
    counted = "Total that counts, at most the core capital"
    yield Row({"name": counted, "balance": money(found.supplementary)}, "total")
    yield Row({"name": "Risk-weighted assets"}, "heading")
    for one, minor, weighted in found.exposures:
        yield _line(asked, one, minor, percent=found.weight(one), weighted=money(weighted))
    total = {"name": "Total risk-weighted assets", "weighted": money(found.weighted)}
    yield Row(total, "total")
    for name, ratio, least in found.ratios:
        shown = {
            "name": f"{name}, at least {least} %",
            "percent": None if ratio is None else str(ratio),
        }
        yield Row(shown, "total")


def _capital(asked: Parameters, products: Iterable[ProductSum]) -> Iterator[Row]:
    return (_line(asked, one, one.net_minor) for one in products)


def _line(asked: Parameters, product: ProductSum, minor: int, **more: object) -> Row:
    values = {"code": product.code, "name": product.name, "balance": asked.base.money(minor)}
    return Row(values | more, href=drill(asked, "trial-balance", product=product.product_id))
