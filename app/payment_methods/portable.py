"""What a configuration file carries of payment methods: all but their credentials."""

from typing import Any

from app.controls.portable import Portable, portable
from app.controls.work import Work
from app.payment_methods.commands import (
    CreatePaymentMethod,
    EditPaymentMethod,
    MethodTerms,
    create_payment_method,
    edit_payment_method,
)
from app.payment_methods.models import DEPOSIT, WITHDRAWAL, PaymentMethod

_OWN = ("project_id", "direction", "label")


def add(work: Work, columns: dict[str, Any]) -> PaymentMethod:
    """Add the method, switched off as every new one is."""
    own = [columns.pop(name) for name in _OWN]
    method_id = create_payment_method(work, CreatePaymentMethod(*own, MethodTerms(**columns)))
    return work.session.get_one(PaymentMethod, method_id)


def save(work: Work, record: PaymentMethod, columns: dict[str, Any]) -> None:
    """Save the method; its credentials stay, and whether it is switched on."""
    terms = {name: value for name, value in columns.items() if name not in _OWN}
    edit_payment_method(work, EditPaymentMethod(record.id, record.version, MethodTerms(**terms)))


portable(
    Portable(
        "payment_methods",
        "Payment methods",
        PaymentMethod,
        "payment-methods",
        identity=("project", "direction", "name"),
        fields=(
            "label", "type", "integration", "merchant_id", "currencies", "language", "rules",
            "additional", "placeholder",
        ),
        references={"project": "projects"},
        choices={"direction": lambda: (DEPOSIT, WITHDRAWAL)},
        fixed=("label",),
        create=add,
        edit=save,
        renewable=True,
        longest=200,
        note="New ones come switched off and without credentials: a file never holds any.",
    )
)  # fmt: skip
