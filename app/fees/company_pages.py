"""What the pages of company fees show: a group's fees as rows, and the choices of their form."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.fees.forms import FeeForm
from app.fees.models import CompanyFee
from app.fees.prices import rules_of
from app.fees.queries import fees_of
from app.fees.resource import FEES_PATH
from app.fees.shadows import shadows
from app.organisation.models import Project
from app.reference.fee_groups import FeeGroup
from app.reference.models import ProjectCurrency, TransactionSubType
from app.web import cells
from app.web.forms import set_choices
from app.web.respond import row_action

NO_TYPES = "There are no types of transaction"
NO_CURRENCIES = "There are no currencies"


def fee_rows(session: Session, actor: Actor, group: FeeGroup) -> list[dict[str, Any]]:
    """Return the fees of a group: type, currencies, range of the amount, charge, actions."""
    fees = fees_of(session, group)
    rows, told = [], shadows_of(session, group, fees)
    for fee, sub_type in fees:
        currencies = [one for one in (fee.currency, fee.counter_currency) if one]
        rows.append(
            {
                "id": fee.id,
                "label": f"fee {fee.id}",
                "type": cells.text(sub_type.name if sub_type else "All types"),
                "currency": cells.text(" → ".join(currencies) or _unnamed(fee)),
                "figures": [
                    {"label": "Min. Value", "text": _grouped(fee.minimum) or "No minimum"},
                    {"label": "Max. Value", "text": _grouped(fee.maximum) or "No limit"},
                    {"label": _kind(fee), "text": _charge(fee)},
                ],
                "shadow": told.get(fee.id, ""),
                "actions": _actions(actor, fee),
            }
        )
    return rows


def shadows_of(
    session: Session, group: FeeGroup, fees: Iterable[tuple[CompanyFee, TransactionSubType | None]]
) -> dict[int, str]:
    """Say of a group's fees which never apply, or not from end to end, and what is before them."""
    base = session.get_one(Organisation, group.organisation_id).base_currency
    live = [(fee, kind) for fee, kind in fees if fee.retired_at is None]
    return shadows(rules_of(live, group, base))


def offer(session: Session, actor: Actor, form: FeeForm, project_ids: list[int]) -> str:
    """Give the form the types and currencies of projects; returns what is missing (W04.08)."""
    types = _of_projects(session, actor, TransactionSubType, project_ids)
    currencies = _of_projects(session, actor, ProjectCurrency, project_ids)
    set_choices(form.sub_type_id, types, empty="All types")
    codes = sorted({row for _, row in currencies})
    set_choices(form.currency, codes, empty="All currencies")
    set_choices(form.counter_currency, codes, empty="None")
    if not types:
        return NO_TYPES
    return "" if codes else NO_CURRENCIES


def typed_fee(fee: CompanyFee) -> dict[str, Any]:
    """Write a saved fee as its form shows it."""
    line = {
        "minimum": _number(fee.minimum),
        "maximum": _number(fee.maximum),
        "amount": _number(fee.amount),
    }
    return {
        "sub_type_id": str(fee.sub_type_id or ""),
        "currency": fee.currency,
        "counter_currency": fee.counter_currency,
        "basis": fee.basis,
        "lines": [line],
        "taken": "on-top" if fee.is_on_top else "deducted",
        "tax_percent": _number(fee.tax_percent),
    }


def _of_projects(
    session: Session, actor: Actor, model: Any, project_ids: list[int]
) -> list[tuple[int, str]]:
    """Return rows of the configuration, each with its project where there are several."""
    shown = model.label if model is ProjectCurrency else model.name
    query = (
        select(model.id, shown.label("name"), Project.name.label("project"))
        .join(Project, Project.id == model.project_id)
        .where(model.organisation_id == actor.tenant_id, model.project_id.in_(project_ids))
        .order_by(Project.name, model.id)
    )
    several = len(project_ids) > 1 and model is not ProjectCurrency
    return [
        (row.id, f"{row.project} · {row.name}" if several else row.name)
        for row in session.execute(query)
    ]


def _actions(actor: Actor, fee: CompanyFee) -> list[dict[str, Any]]:
    path, actions = f"{FEES_PATH}/fees/{fee.id}", []
    if fee.retired_at is not None:
        return []
    if holds(actor, "fees.edit"):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True))
    if holds(actor, "fees.delete"):
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


def _kind(fee: CompanyFee) -> str:
    parts = ["Percent" if fee.basis == "percent" else "Static"]
    if fee.is_on_top:
        parts.append("on top")
    if fee.tax_percent:
        parts.append(f"tax {fee.tax_percent:f} %")
    return ", ".join(parts)


def _charge(fee: CompanyFee) -> str:
    return f"{fee.amount:f} %" if fee.basis == "percent" else f"{fee.amount:,f}"


def _unnamed(fee: CompanyFee) -> str:
    is_amount = fee.basis == "static" and fee.amount > 0
    return "No currency: charged in the base currency alone" if is_amount else "All currencies"


def _grouped(value: Decimal | None) -> str:
    return "" if value is None else format(value, ",f")


def _number(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
