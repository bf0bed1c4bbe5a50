"""What a program says of the money it moves, or asks the price of."""

from marshmallow import Schema, fields, validate

from app.api.fields import ExternalId, Text, amount, currency, key_of
from app.api.signing import Signed
from app.funding.models import FundingSource
from app.ledger.models import Asset


def sub_type_given() -> Text:
    """Return the field of the label of a sub-type that the project added (W03.26)."""
    return Text(
        load_default="",
        metadata={
            "description": "The label of a sub-type that the project added, in the movement's"
            " direction; left out, it is the system's own"
        },
    )


class MovementGiven(Schema):
    """What every movement of money says."""

    asset_id = key_of("the asset", Asset, required=True)
    amount_minor = amount(required=True)
    currency = currency(required=True)
    description = Text(has_lines=True, load_default="")
    source = Text(load_default="")
    beneficiary = Text(load_default="")
    external_id = ExternalId(
        metadata={"description": "Your own reference; no two transactions share one"}
    )
    value_date = fields.Date(load_default=None, allow_none=True)


class ClassifiedGiven(MovementGiven):
    """A movement that one of the project's own sub-types may classify."""

    sub_type = sub_type_given()


class FundedGiven(ClassifiedGiven):
    """A movement from or to a bank account that is linked to the asset."""

    funding_source_id = key_of(
        "the funding source", FundingSource, load_default=None, allow_none=True
    )


class DepositGiven(FundedGiven):
    """Money paid in, by whom."""

    source_email = Text(load_default="", metadata={"description": "The remitter's email"})


class WithdrawalGiven(FundedGiven, Signed):
    """Money paid out."""


class TransferGiven(ClassifiedGiven, Signed):
    """A movement to another asset."""

    counter_asset_id = key_of("the asset that receives", Asset, required=True)


class ExchangeGiven(MovementGiven):
    """A movement into another currency of the same customer."""

    counter_asset_id = key_of("the asset that receives", Asset, required=True)


class PreviewGiven(Schema):
    """A movement whose costs are asked for."""

    kind = fields.String(
        required=True, validate=validate.OneOf(("deposit", "withdrawal", "transfer"))
    )
    asset_id = key_of("the asset", Asset, is_asked=True, required=True)
    amount_minor = amount(is_asked=True, required=True)
    currency = currency(required=True)
    sub_type = sub_type_given()
