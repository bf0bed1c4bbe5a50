"""What is typed of a currency: its code and its rates, read strictly."""

from decimal import Decimal

from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import Optional

from app.currencies.rates import Rates, as_rates
from app.kernel.errors import Refusal
from app.kernel.rates import parse_rate
from app.web.forms import Form, chosen, options, required, stripped

SOURCE_NAMES = {
    "MANUAL": "MANUAL · our own rate, set by hand",
    "SYSTEM": "SYSTEM · our own rate",
    "CBK": "CBK · the central bank's, kept beside ours",
    "THIRD_PARTY": "THIRD_PARTY · a provider's, kept beside ours",
}
_RATES = ("buy_rate", "sell_rate", "mid_rate")


def _rate(label: str, hint: str) -> StringField:
    return StringField(label, required(label), description=hint)


class CurrencyForm(Form):
    """A currency with its rates relative to the base (E15.02)."""

    base = ""

    code = SelectField("Currency", chosen("Currency"))
    name = StringField("Name", required("Name"))
    buy_rate = _rate("Buy Rate", "What we pay for one unit")
    sell_rate = _rate("Sell Rate", "What we ask for one unit")
    mid_rate = _rate("Mid Rate", "What one is valued at")
    rate_date = DateField("Rate date", [Optional()], description="The business date, if left empty")
    source = SelectField("Source", choices=options(SOURCE_NAMES), default="MANUAL")
    margin = StringField(
        "Margin",
        [Optional()],
        description="Our rates follow the daily feed: less and plus so many percent",
    )
    is_base = BooleanField(
        "Set as Base Currency",
        description="Its rates become 1:1 and it replaces the base currency of now; the others are "
        "expressed in it through the rates typed here",
    )

    def keep_name_alone(self) -> None:
        """Leave out what the base has not: its rates are 1:1."""
        for name in (*_RATES, "rate_date", "source", "margin", "is_base"):
            del self[name]

    def rates(self) -> Rates:
        """Return the three rates; what is refused stands beside its field."""
        return as_rates({name: self._decimal(name) for name in _RATES})

    def margin_percent(self) -> Decimal | None:
        """Return the margin; nothing typed is none."""
        typed = stripped(self.margin.data).removesuffix("%").strip()
        if not typed or not typed.strip("0."):
            return Decimal(0) if typed else None
        return self._decimal("margin", typed)

    def _decimal(self, name: str, typed: str | None = None) -> Decimal:
        field = self[name]
        try:
            return parse_rate(typed or field.data or "", name=field.label.text)
        except Refusal as refusal:
            raise Refusal(refusal.sentence, field=name) from refusal
