"""The forms of a facility class and of the products that may be used under it."""

import re
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from app.credit.commands import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    ChooseEligibleProducts,
    CreateFacilityClass,
    EditFacilityClass,
)
from app.kernel.errors import Refusal
from app.web.forms import Form, as_id, optional, required, stripped

_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")


class ClassForm(Form):
    """A facility class (E24.07-11)."""

    code = StringField(
        "Code",
        required("Code"),
        description="2 to 30 characters, kept in capitals. It cannot be changed later",
    )
    name = StringField("Name", required("Name"), description=f"3 to {LONGEST_NAME} characters")
    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))
    is_revolving = BooleanField(
        "Revolving Facility",
        default=True,
        description="What is paid back can be drawn again. Off means a term facility",
    )
    availability = StringField(
        "Availability (%)",
        required("Availability"),
        default="100",
        description="The share of a facility's limit that is available for utilization, 0 to 100",
    )

    def create(self, *, hand_in: bool) -> CreateFacilityClass:
        """Return the command of a new class."""
        return CreateFacilityClass(code=self.code.data, **self._values(), submit=hand_in)

    def edit(self, class_id: int, version: int, *, hand_in: bool) -> EditFacilityClass:
        """Return the command that saves a class."""
        return EditFacilityClass(class_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        typed = stripped(self.availability.data)
        if not _PERCENT.fullmatch(typed):
            raise Refusal("Availability must be a number such as 87.5", field="availability")
        return {
            "name": self.name.data,
            "description": stripped(self.description.data),
            "is_revolving": self.is_revolving.data,
            "availability_percent": Decimal(typed),
        }


class ProductsForm(Form):
    """Which products may be used under a class."""

    product_ids = SelectMultipleField(
        "Products",
        [Optional()],
        validate_choice=False,
        description="Authorized contract products",
    )

    def command(self, class_id: int) -> ChooseEligibleProducts:
        """Return the command."""
        ids = tuple(as_id(one) or 0 for one in self.product_ids.data or ())
        return ChooseEligibleProducts(class_id, ids)
