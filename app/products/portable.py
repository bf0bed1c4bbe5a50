"""What a configuration file carries of the chart of accounts; each product gets its own code."""

from app.ledger.accounts import PRODUCT_KINDS
from app.products.commands import (
    PRODUCT,
    CreateProduct,
    EditProduct,
    create_product,
    edit_product,
)
from app.records.portable import carry_reviewed

carry_reviewed(
    PRODUCT,
    key="products",
    title="Products",
    identity=("name",),
    fields=("kind", "is_contract", "currency", "branches", "description"),
    lists={"branches": "branches"},
    columns={"branches": "branch_ids"},
    choices={"kind": lambda: PRODUCT_KINDS},
    fixed=("kind",),
    longest=200,
    create=lambda work, columns: create_product(work, CreateProduct(**columns, submit=True)),
    edit=lambda work, record, columns: edit_product(
        work,
        EditProduct(
            record.id,
            record.version,
            **{name: value for name, value in columns.items() if name != "kind"},
        ),
    ),
)
