"""Payment methods are added, edited, switched on and off, and deleted (W05)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.controls.commands import handles
from app.controls.retiring import live, retires, usable
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.kernel.languages import known_languages
from app.organisation.models import OrganisationCurrency, Project
from app.payment_methods.models import DEPOSIT, INTEGRATIONS, TYPES, WITHDRAWAL, PaymentMethod

_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


def _still_active(_session: Any, method: PaymentMethod) -> str | None:
    """Forbid to delete a deposit method that clients may still pay with (W05.22)."""
    if method.direction == DEPOSIT and method.is_active:
        return "Deactivate this payment method first"
    return None


retires(
    PaymentMethod,
    "Payment method",
    permission="payment-methods.delete",
    obstacle=_still_active,
)


@dataclass(frozen=True, slots=True)
class MethodTerms:
    """What may change of a method later; `credentials` None leaves those that are kept."""

    name: str
    type: str = ""
    integration: str = ""
    merchant_id: str = ""
    currencies: tuple[str, ...] = ()
    language: str = "en"
    rules: Mapping[str, Any] = field(default_factory=dict)
    additional: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, Any] | None = None
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class CreatePaymentMethod:
    """Add a method to a project, inactive until it is switched on (W05.15)."""

    project_id: int
    direction: str
    label: str
    terms: MethodTerms


@dataclass(frozen=True, slots=True)
class EditPaymentMethod:
    """Change everything but the label (W05.20-21)."""

    method_id: int
    version: int
    terms: MethodTerms


@dataclass(frozen=True, slots=True)
class SetPaymentMethodActive:
    """Switch a method on or off."""

    method_id: int
    is_active: bool


@handles(CreatePaymentMethod, permission="payment-methods.create")
def create_payment_method(work: Work, command: CreatePaymentMethod) -> int:
    """Add the method; returns its id. Refused: see `_checked`; a name in use (409)."""
    project = usable(work, Project, command.project_id, field="project_id")
    if command.direction not in {DEPOSIT, WITHDRAWAL}:
        raise Refusal("A method is for deposits or for withdrawals")
    if not command.label:
        raise Refusal("Label is required", field="label")
    method = PaymentMethod(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        direction=command.direction,
        label=command.label,
        **_checked(work, command.direction, command.terms),
    )
    _demand_free(work, method, method.name)
    return work.add(method).id


@handles(EditPaymentMethod, permission="payment-methods.edit")
def edit_payment_method(work: Work, command: EditPaymentMethod) -> int:
    """Save it; refused (409): a stale form, a method that was deleted, a name in use."""
    method: PaymentMethod = live(work, PaymentMethod, command.method_id, command.version)
    values = _checked(work, method.direction, command.terms)
    _demand_free(work, method, values["name"])
    for key, value in values.items():
        setattr(method, key, value)
    return method.id


@handles(SetPaymentMethodActive, permission="payment-methods.edit")
def set_payment_method_active(work: Work, command: SetPaymentMethodActive) -> bool:
    """Set the flag; answers how it stands."""
    method: PaymentMethod = live(work, PaymentMethod, command.method_id)
    method.is_active = command.is_active
    return command.is_active


def _demand_free(work: Work, method: PaymentMethod, name: str) -> None:
    taken = select(func.count()).where(
        PaymentMethod.organisation_id == work.actor.tenant_id,
        PaymentMethod.project_id == method.project_id,
        PaymentMethod.direction == method.direction,
        PaymentMethod.name == name,
        PaymentMethod.id != (method.id or 0),
        PaymentMethod.retired_at.is_(None),
    )
    if work.session.scalar(taken):
        raise Conflict("A payment method with this name exists already", field="name")


def _checked(work: Work, direction: str, terms: MethodTerms) -> dict[str, Any]:
    """Return the columns.

    Refused (422): a name integrations could not use, a deposit method without a type or
    integration, a currency the organisation does not deal in, a language that is none.
    """
    name = terms.name.lower()
    if not _NAME.fullmatch(name):
        raise Refusal("Name must be letters and digits with - _ or . between", field="name")
    if direction == DEPOSIT and terms.type not in TYPES:
        raise Refusal("Type is required", field="type")
    if direction == DEPOSIT and terms.integration not in INTEGRATIONS:
        raise Refusal("Integration is required", field="integration")
    kept = select(OrganisationCurrency.code).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.retired_at.is_(None),
    )
    if set(terms.currencies) - set(work.session.scalars(kept)):
        raise Refusal("Choose currencies of this organisation", field="currencies")
    if terms.language not in known_languages():
        raise Refusal("Choose a language from the list", field="language")
    values: dict[str, Any] = {
        "name": name,
        "type": terms.type if direction == DEPOSIT else "",
        "integration": terms.integration if direction == DEPOSIT else "",
        "merchant_id": terms.merchant_id,
        "currencies": sorted(terms.currencies),
        "language": terms.language,
        "rules": dict(terms.rules),
        "additional": dict(terms.additional),
        "placeholder": terms.placeholder,
    }
    if terms.credentials is not None:
        values["credentials"] = json.dumps(dict(terms.credentials))
    return values
