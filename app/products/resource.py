"""The chart of accounts as a list."""

from typing import Any

from sqlalchemy import Select, func, select

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import STATUS_NAMES
from app.ledger.accounts import PRODUCT_KINDS, Product
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains, equals

PATH = "/admin/products"


def _select(actor: Actor) -> Select[Any]:
    return select(
        Product.id,
        Product.code,
        Product.name,
        Product.kind,
        Product.is_contract,
        Product.currency,
        Product.record_status,
        Product.created_at,
    ).where(*visible(actor, Product), Product.retired_at.is_(None))


PRODUCTS = Listing(
    name="products",
    title="Chart of Accounts",
    section="Ledger",
    path=PATH,
    select=_select,
    key=Product.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=Product.code, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=Product.name, priority=1),
        Column("type", "Type", lambda row: cells.text(row.kind.title()), sort=Product.kind),
        Column("contract", "Contract", lambda row: cells.flag(is_set=row.is_contract),
               priority=3),
        Column("currency", "Currency", lambda row: cells.text(row.currency or "Any"),
               sort=func.coalesce(Product.currency, "")),
        Column("status", "Status", lambda row: cells.record_status(row.record_status),
               sort=Product.record_status, priority=1),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=Product.created_at, shown=False),
    ),
    filters=(
        Filter("type", "Type", "choices", equals(Product.kind),
               lambda _s, _a: tuple((one, one.title()) for one in PRODUCT_KINDS)),
        Filter("status", "Status", "choices", equals(Product.record_status),
               lambda _s, _a: tuple(STATUS_NAMES.items())),
        Filter("contract", "Contract products", "flag", lambda _value: Product.is_contract),
    ),
    search=contains(Product.code, Product.name),
    search_hint="Code or name",
    sort="code",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.code,
    empty="Create the first product: every account is kept under one.",
)  # fmt: skip
