"""The form of a product."""

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from app.ledger.accounts import PRODUCT_KINDS
from app.products.commands import CreateProduct, EditProduct
from app.web.forms import LONGEST_NOTE, Form, as_id, chosen, optional, options, required, stripped


class ProductForm(Form):
    """A product; its code is generated from its type (E31.02)."""

    kind = SelectField(
        "Type",
        chosen("Type"),
        choices=options(((one, one.title()) for one in PRODUCT_KINDS), empty="Choose a type"),
        description="The code is generated from the type",
    )
    name = StringField("Name", required("Name"))
    is_contract = BooleanField(
        "Contract product",
        description="Customers and agents hold accounts of it; others are the house's own",
    )
    currency = SelectField("Currency", [Optional()], validate_choice=False)
    branch_ids = SelectMultipleField(
        "Branches",
        [Optional()],
        validate_choice=False,
        description="None chosen means every branch",
    )
    description = TextAreaField("Description", optional("Description", LONGEST_NOTE))

    def create(self, *, hand_in: bool) -> CreateProduct:
        """Return the command of a new product."""
        return CreateProduct(kind=self.kind.data, **self._values(), submit=hand_in)

    def edit(self, product_id: int, version: int, *, hand_in: bool) -> EditProduct:
        """Return the command that saves a product."""
        return EditProduct(product_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, object]:
        return {
            "name": self.name.data,
            "is_contract": self.is_contract.data,
            "currency": stripped(self.currency.data) or None,
            "branch_ids": tuple(as_id(one) or 0 for one in self.branch_ids.data or ()),
            "description": stripped(self.description.data),
        }
