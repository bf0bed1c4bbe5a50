"""What a configuration file carries of the marketplace: what is sold, not what it speaks to.

The settings of an integration are free text, in which keys of outside systems stand.
"""

from typing import Any

from app.controls.work import Work
from app.kernel.money import plain_decimal
from app.marketplace.commands import PRODUCTS
from app.organisation.queries import kept_currency
from app.projects.portable import carry_list


def typed(work: Work, columns: dict[str, Any], _record: Any) -> dict[str, Any]:
    """Write the price as a person types it, in the currency's own decimals."""
    currency = kept_currency(work.session, work.actor, columns["currency"])
    price = plain_decimal(columns["price_minor"], currency.exponent)
    return columns | {"price": price}


carry_list(
    PRODUCTS,
    key="marketplace_products",
    title="Products of the marketplace",
    fields=("description", "currency", "price_minor", "is_active"),
    words={"price": "price_minor"},
    typed=typed,
)
