"""Core Banking > Payment Methods: a list for deposits, one for withdrawals, a method's page."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.retiring import retirement_of
from app.kernel.languages import known_languages
from app.kernel.objects import written_object
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.payment_methods.models import (
    DEPOSIT,
    INTEGRATIONS,
    TYPES,
    WITHDRAWAL,
    PaymentMethod,
)
from app.platforms.models import Platform
from app.records.pages import KEPT, inactive, record_page, usual_actions, with_zone
from app.records.retiring import status_filter
from app.web import cells
from app.web.context import actor
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import fact

PATHS = {DEPOSIT: "/admin/deposit-methods", WITHDRAWAL: "/admin/withdrawal-methods"}
_MODULE = "payment-methods"
_STATES = {"on": "Switched on", "off": "Switched off"}
_STATE = case((PaymentMethod.is_active, "on"), else_="off")


def _select(direction: str) -> Callable[[Actor], Select[Any]]:
    def select_all(who: Actor) -> Select[Any]:
        return (
            select(
                PaymentMethod.id,
                PaymentMethod.label,
                PaymentMethod.name,
                PaymentMethod.type,
                PaymentMethod.merchant_id,
                PaymentMethod.currencies,
                PaymentMethod.is_active,
                PaymentMethod.retired_at,
                Project.name.label("project"),
            )
            .join(Project, Project.id == PaymentMethod.project_id)
            .where(
                *visible(who, PaymentMethod),
                PaymentMethod.direction == direction,
            )
        )

    return select_all


def _switch(path: str) -> Callable[[Any], cells.Cell]:
    def cell(row: Any) -> cells.Cell:
        if row.retired_at is not None:
            return cells.badge("Inactive", "danger")
        may = holds(actor(), f"{_MODULE}.edit")
        href = f"{path}/{row.id}/status" if may else None
        return cells.switch(f"{row.label} active", is_on=row.is_active, post_href=href)

    return cell


def _listing(direction: str, title: str, empty: str) -> Listing:
    path = PATHS[direction]
    types = (
        Column("type", "Type", lambda row: cells.text(row.type.capitalize()),
               sort=PaymentMethod.type),
    )  # fmt: skip
    return Listing(
        name=path.rsplit("/", 1)[1],
        title=title,
        section="Payment Methods",
        path=path,
        select=_select(direction),
        key=PaymentMethod.id,
        columns=(
            Column("status", "Status", _switch(path), priority=1),
            Column("label", "Label", lambda row: cells.text(row.label, href=f"{path}/{row.id}"),
                   sort=PaymentMethod.label, priority=1),
            Column("name", "Name", lambda row: cells.ident(row.name), sort=PaymentMethod.name),
            *(types if direction == DEPOSIT else ()),
            Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name),
            Column("merchant", "Merchant ID", lambda row: cells.text(row.merchant_id)),
            Column("currencies", "Currencies",
                   lambda row: cells.text(", ".join(row.currencies) or "All")),
        ),
        filters=(
            Filter("project", "Project", "choices", by_id(PaymentMethod.project_id),
                   project_choices),
            status_filter(PaymentMethod, _STATES, column=_STATE),
        ),
        search=contains(PaymentMethod.label),
        search_hint="Label",
        sort="label",
        href=lambda row: f"{path}/{row.id}",
        label=lambda row: row.label,
        actions=lambda row, who: usual_actions(path, _MODULE, row, who)
        if row.retired_at is None else [],
        empty=empty,
    )  # fmt: skip


LISTINGS = {
    DEPOSIT: _listing(
        DEPOSIT, "Deposit methods", "Add the ways in which customers may bring money in."
    ),
    WITHDRAWAL: _listing(
        WITHDRAWAL, "Withdrawal methods", "Add the ways in which money may be sent to customers."
    ),
}


def method_page(session: Session, who: Actor, method: PaymentMethod) -> dict[str, Any]:
    """Return the page of one method; its credentials are never shown."""
    project = session.get_one(Project, method.project_id)
    rows = [
        fact("Label", cells.text(method.label)),
        fact("Name", cells.ident(method.name)),
        fact("Project", cells.text(project.name)),
        fact("Status", cells.text("Active" if method.is_active else "Inactive")),
        fact("Merchant ID", cells.text(method.merchant_id)),
        fact("Currencies", cells.text(", ".join(method.currencies) or "All")),
        fact("Language", cells.text(known_languages().get(method.language, method.language))),
    ]
    if method.direction == DEPOSIT:
        rows += [
            fact("Type", cells.text(TYPES.get(method.type, ""))),
            fact("Integration", cells.text(INTEGRATIONS.get(method.integration, ""))),
            fact("Placeholder", cells.text(method.placeholder)),
            fact("Rules", cells.text(written_object(method.rules))),
            fact("Additional", cells.text(written_object(method.additional))),
            fact("Credentials", cells.text("Set" if method.credentials else "Not set")),
        ]
    path = PATHS[method.direction]
    page = record_page(LISTINGS[method.direction], method, rows, subtitle="Payment method")
    if method.retired_at is not None:
        return inactive(page, method)
    page |= {"actions": usual_actions(path, _MODULE, method, who)}
    obstacle = retirement_of(PaymentMethod).obstacle(session, method)
    return with_zone(page, KEPT, obstacle=obstacle)


def known_systems(session: Session, who: Actor) -> list[str]:
    """Return the labels of payment systems that are integrated: platforms, and other methods'."""
    platforms = select(Platform.name).where(*visible(who, Platform), Platform.retired_at.is_(None))
    methods = select(PaymentMethod.label).where(
        *visible(who, PaymentMethod), PaymentMethod.retired_at.is_(None)
    )
    return sorted({*session.scalars(platforms), *session.scalars(methods)})


def remembered(session: Session, who: Actor, label: str) -> dict[str, Any]:
    """Return what the newest method or platform of this label tells of the others (W05.05)."""
    query = select(PaymentMethod).where(
        *visible(who, PaymentMethod),
        PaymentMethod.label == label,
        PaymentMethod.retired_at.is_(None),
    )
    method = session.scalars(query.order_by(PaymentMethod.id.desc())).first()
    if method is not None:
        names = ("type", "integration", "name", "merchant_id", "currencies", "language",
                 "placeholder")  # fmt: skip
        texts = {
            "rules_text": written_object(method.rules),
            "additional_text": written_object(method.additional),
        }
        return {name: getattr(method, name) for name in names} | texts
    platforms = select(Platform).where(
        *visible(who, Platform), Platform.name == label, Platform.retired_at.is_(None)
    )
    platform = session.scalars(platforms.order_by(Platform.id.desc())).first()
    if platform is None:
        return {}
    return {
        "type": "auto",
        "integration": "internal",
        "name": platform.label,
        "additional_text": written_object(dict(platform.urls)),
    }
