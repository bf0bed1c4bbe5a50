"""The commands of the slice: codes, commission types, company fees."""

from app.fees import usage  # noqa: F401  what uses a sub-type or a currency is known with them
from app.fees.codes import CreateTransactionCode, EditTransactionCode
from app.fees.commissions import (
    Commission,
    CreateCommissionType,
    EditCommissionType,
    SetBands,
)
from app.fees.company import AddFees, EditFee, Fee, RetireFee, Threshold
from app.fees.groups import CreateFeeGroup, EditFeeGroup, RetireFeeGroup

__all__ = [
    "AddFees",
    "Commission",
    "CreateCommissionType",
    "CreateFeeGroup",
    "CreateTransactionCode",
    "EditCommissionType",
    "EditFee",
    "EditFeeGroup",
    "EditTransactionCode",
    "Fee",
    "RetireFee",
    "RetireFeeGroup",
    "SetBands",
    "Threshold",
]
