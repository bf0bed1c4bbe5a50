"""The rules of a price list, and for each why it does not apply to what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext

from app.fees.bands import Band

_DIGITS = 80
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Asked:
    """A movement whose price is asked: its kind by label, its amount in minor units.

    `sub_type` is the label of a sub-type that the project added, where it was classified with one.
    Of an exchange, `currency` is what the customer gives and `counter_currency` what they get.
    """

    kind: str
    currency: str
    exponent: int
    amount_minor: int
    project_id: int
    group_id: int | None = None
    counter_currency: str = ""
    sub_type: str = ""


@dataclass(frozen=True, slots=True)
class CompanyRule:
    """A company fee as pricing reads it; empty texts mean all kinds and all currencies.

    `is_unnamed` marks a static fee that was kept without a currency. Its amount has no other unit
    than the organisation's base currency, so it is charged in that one alone.
    """

    id: int
    group: str
    kind: str
    kind_name: str
    currency: str
    counter_currency: str
    basis: str
    amount: Decimal
    minimum: Decimal | None
    maximum: Decimal | None
    tax_percent: Decimal
    is_on_top: bool
    is_unnamed: bool = False

    @property
    def name(self) -> str:
        """What the charge is called."""
        return f"Company fee · {self.group}"

    @property
    def is_free(self) -> bool:
        """Whether the rule exempts from fees: it charges nothing (W04.23)."""
        return self.amount == 0

    def obstacle(self, asked: Asked) -> str | None:
        """Say why the rule does not apply, or None where it does (W04.09-14)."""
        if self.kind and self.kind != (asked.sub_type or asked.kind):
            return f"It is for {self.kind_name}"
        if self.currency and self.currency != asked.currency:
            unnamed = f"It names no currency: {self.alone}"
            return unnamed if self.is_unnamed else f"It is for {self.currency}"
        if self.counter_currency and self.counter_currency != asked.counter_currency:
            return f"It is for {self.counter_currency} coming in"
        amount = Decimal(asked.amount_minor).scaleb(-asked.exponent)
        if self.minimum is not None and amount < self.minimum:
            return f"The amount is below {self.minimum:,f}"
        if self.maximum is not None and amount > self.maximum:
            return f"The amount is above {self.maximum:,f}"
        return None

    @property
    def alone(self) -> str:
        """Where a fee that names no currency is charged."""
        return f"it is charged in {self.currency} alone"

    def charge_minor(self, asked: Asked) -> int:
        """Return the fee in minor units, rounded half up (W04.11, W04.12)."""
        if self.basis == "percent":
            return percent_of(asked.amount_minor, self.amount)
        return half_up(self.amount.scaleb(asked.exponent))


@dataclass(frozen=True, slots=True)
class CommissionRule:
    """An authorized commission type as pricing reads it."""

    id: int
    name: str
    kinds: frozenset[str]
    currency: str
    is_sliced: bool
    bands: tuple[Band, ...]
    tax_percent: Decimal
    is_on_top: bool
    product_id: int
    code: str

    def obstacle(self, asked: Asked) -> str | None:
        """Say why the commission is not charged, or None where it is."""
        if asked.kind not in self.kinds:
            return "It is not charged on this type of transaction"
        if self.currency != asked.currency:
            return f"It is for {self.currency}"
        if not self._reached(asked.amount_minor):
            return "No band holds this amount"
        return None

    def charge_minor(self, asked: Asked) -> int:
        """Return the charge in minor units, rounded half up once (E18.12).

        Of the whole amount by the band that holds it, or of each band's slice, as the type says;
        a percentage is clamped to its band's Min Charge and Max Charge.
        """
        amount_minor = asked.amount_minor
        reached = self._reached(amount_minor)
        if not self.is_sliced:
            return half_up(_charge(reached[-1], amount_minor)) if reached else 0
        slices = (
            (band, min(amount_minor, band.max_minor or amount_minor) - band.min_minor)
            for band in reached
        )
        return half_up(sum((_charge(band, part) for band, part in slices), Decimal(0)))

    def _reached(self, amount_minor: int) -> tuple[Band, ...]:
        """Return the bands up to the one that holds the amount; none where no band does.

        The upper end belongs to a band, and the lower end to the first (design, section 6).
        """
        last = self.bands[-1].max_minor if self.bands else 0
        if last is not None and amount_minor > last:
            return ()
        return tuple(
            band
            for number, band in enumerate(self.bands)
            if amount_minor > band.min_minor or (number == 0 and amount_minor == band.min_minor)
        )


@dataclass(frozen=True, slots=True)
class PriceList:
    """All that decides a price at one version of an organisation's configuration.

    Company rules stand by project and group, the group None being the project's general one.
    """

    network_fees: Mapping[tuple[int, str], int] = field(default_factory=dict)
    company: Mapping[tuple[int, int | None], tuple[CompanyRule, ...]] = field(default_factory=dict)
    commissions: Mapping[str, tuple[CommissionRule, ...]] = field(default_factory=dict)


def half_up(value: Decimal) -> int:
    """Round an exact amount of minor units half up."""
    with localcontext(prec=_DIGITS):
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def percent_of(amount_minor: int, percent: Decimal) -> int:
    """Return a percentage of minor units, rounded half up."""
    return half_up(_part(amount_minor, percent))


def _part(amount_minor: int, percent: Decimal) -> Decimal:
    with localcontext(prec=_DIGITS):
        return Decimal(amount_minor) * percent / _HUNDRED


def _charge(band: Band, amount_minor: int) -> Decimal:
    if band.charge_minor is not None:
        return Decimal(band.charge_minor)
    charge = _part(amount_minor, band.percent or Decimal(0))
    if band.min_charge_minor is not None:
        charge = max(charge, Decimal(band.min_charge_minor))
    if band.max_charge_minor is not None:
        charge = min(charge, Decimal(band.max_charge_minor))
    return charge
