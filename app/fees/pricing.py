"""What a movement costs: a pure function of a price list and of what is asked."""

from dataclasses import dataclass, replace
from typing import Any

from app.fees.rules import Asked, CommissionRule, CompanyRule, PriceList, percent_of
from app.ledger.kinds import INCOMING

NETWORK_FEE = "Network fee"
TAKES_ALL = "The fees take the whole amount: nothing is left"
# What comes in is credited whole and pays its charges from itself, so none stands on top of it;
# what is given in an exchange is exchanged whole, so its charges always do.
_WHOLE, _ON_CHAIN = frozenset({"exchange"}), frozenset({"withdrawal"})


@dataclass(frozen=True, slots=True)
class Charge:
    """One rule's charge in minor units and its tax; deducted from the amount, or on top of it."""

    name: str
    amount_minor: int
    tax_minor: int = 0
    is_on_top: bool = False
    product_id: int | None = None
    code: str = ""

    @property
    def total_minor(self) -> int:
        """The charge with its tax."""
        return self.amount_minor + self.tax_minor

    def as_text(self) -> dict[str, Any]:
        """Write the charge as its transaction keeps it."""
        return {
            "name": self.name,
            "amount_minor": self.amount_minor,
            "tax_minor": self.tax_minor,
            "is_on_top": self.is_on_top,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """The charges of one movement; `amount_minor` is what was asked for, before them.

    `notes` are what its price does not show: a rule that would charge another currency.
    """

    amount_minor: int
    charges: tuple[Charge, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def fee_minor(self) -> int:
        """All charges without their taxes."""
        return sum(one.amount_minor for one in self.charges)

    @property
    def tax_minor(self) -> int:
        """The taxes of all charges."""
        return sum(one.tax_minor for one in self.charges)

    @property
    def on_top_minor(self) -> int:
        """What is charged beyond the amount, with its tax."""
        return sum(one.total_minor for one in self.charges if one.is_on_top)

    @property
    def gross_minor(self) -> int:
        """What the paying side gives: the amount and what is charged on top of it."""
        return self.amount_minor + self.on_top_minor

    @property
    def net_minor(self) -> int:
        """What the receiving side gets: gross less fees less tax (L01.08)."""
        return self.gross_minor - self.fee_minor - self.tax_minor

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever agrees to the price should know."""
        is_whole = bool(self.charges) and self.net_minor <= 0
        return (*self.notes, *([TAKES_ALL] if is_whole else []))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule: its charge, or why it charges nothing."""

    name: str
    detail: str
    is_applied: bool


def price(prices: PriceList, asked: Asked) -> Quote:
    """Return what the movement costs (W04.02, W03.16, E18.12).

    The currency's network fee, the first matching company fee of the customer's group or else
    of the project's general one, and every commission of this kind and currency. A rule of the
    customer's own group that charges nothing exempts from the company's charges (W04.23). What
    is deducted is never more than the amount.
    """
    network = _network(prices, asked)
    rule, is_own = company_rule(prices, asked)
    notes = () if rule else _unnamed(prices, asked)
    commissions = prices.commissions.get(asked.currency, ())
    if not (network or rule or commissions):
        return Quote(asked.amount_minor, notes=notes)
    charges = list(network)
    if rule is not None:
        charges.append(_charged(rule, asked))
    if not (is_own and rule is not None and rule.is_free):
        charges += [_charged(one, asked) for one in commissions if one.obstacle(asked) is None]
    return Quote(asked.amount_minor, _limited(asked, charges), notes)


def company_rule(prices: PriceList, asked: Asked) -> tuple[CompanyRule | None, bool]:
    """Return the company fee that applies, and whether it is of the customer's own group."""
    for group_id in dict.fromkeys((asked.group_id, None)):
        for rule in prices.company.get((asked.project_id, group_id), ()):
            if rule.obstacle(asked) is None:
                return rule, group_id is not None
    return None, False


def _unnamed(prices: PriceList, asked: Asked) -> tuple[str, ...]:
    """Tell of the fees that charge nothing here only because they name no currency."""
    return tuple(
        f"{rule.name} names no currency: {rule.alone}"
        for group_id in dict.fromkeys((asked.group_id, None))
        for rule in prices.company.get((asked.project_id, group_id), ())
        if rule.is_unnamed and rule.obstacle(replace(asked, currency=rule.currency)) is None
    )


def verdicts(prices: PriceList, asked: Asked) -> list[Verdict]:
    """Say of each rule in reach whether it applies, and why not."""
    chosen, is_own = company_rule(prices, asked)
    exempt = is_own and chosen is not None and chosen.is_free
    told = [Verdict(one.name, "Charged on what is sent in this currency", is_applied=True)
            for one in _network(prices, asked)]  # fmt: skip
    for group_id in dict.fromkeys((asked.group_id, None)):
        for rule in prices.company.get((asked.project_id, group_id), ()):
            reason = rule.obstacle(asked) or (
                "It exempts from the company's charges" if exempt else "It is the first that fits"
                if rule is chosen else "A rule before it fits"
            )  # fmt: skip
            told.append(Verdict(told_rule(rule), reason, rule is chosen))
    for commission in (one for listed in prices.commissions.values() for one in listed):
        obstacle = commission.obstacle(asked)
        reason = obstacle or ("The customer's group is exempt" if exempt else "A band holds it")
        told.append(Verdict(commission.name, reason, not (obstacle or exempt)))
    return told


def told_rule(rule: CompanyRule) -> str:
    """Name a company fee by what it charges and for what."""
    unit = " %" if rule.basis == "percent" else ""
    currencies = " → ".join(one for one in (rule.currency, rule.counter_currency) if one)
    return " · ".join((
        rule.group, rule.kind_name or "All types", currencies or "All currencies",
        f"{rule.amount:,f}{unit}",
    ))  # fmt: skip


def _network(prices: PriceList, asked: Asked) -> list[Charge]:
    if asked.kind not in _ON_CHAIN:
        return []
    fee_minor = prices.network_fees.get((asked.project_id, asked.currency), 0)
    return [Charge(NETWORK_FEE, fee_minor, is_on_top=True)] if fee_minor else []


def _charged(rule: CompanyRule | CommissionRule, asked: Asked) -> Charge:
    amount_minor = rule.charge_minor(asked)
    of_its_own = isinstance(rule, CommissionRule)
    return Charge(
        name=rule.name,
        amount_minor=amount_minor,
        tax_minor=percent_of(amount_minor, rule.tax_percent),
        is_on_top=(rule.is_on_top or asked.kind in _WHOLE) and asked.kind not in INCOMING,
        product_id=rule.product_id if of_its_own else None,
        code=rule.code if of_its_own else "",
    )


def _limited(asked: Asked, charges: list[Charge]) -> tuple[Charge, ...]:
    """Cut what is deducted down to the amount, in the order of the charges, and drop the empty."""
    left, kept = asked.amount_minor, []
    for charge in charges:
        one = charge
        if not one.is_on_top:
            amount_minor = min(one.amount_minor, left)
            tax_minor = min(one.tax_minor, left - amount_minor)
            left -= amount_minor + tax_minor
            one = replace(one, amount_minor=amount_minor, tax_minor=tax_minor)
        if one.amount_minor:
            kept.append(one)
    return tuple(kept)
