"""A customer's page: cards, documents, workflow and history."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.access.resource import PEOPLE_PATH
from app.clients.codes import name_of
from app.clients.commands import CLIENT
from app.clients.company.pages import member_cards
from app.clients.documents import country_name
from app.clients.likeness import likenesses_of
from app.clients.logins import logins_of
from app.clients.models import Client, IdentityDocument
from app.clients.resource import PATH
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.kernel.phones import spaced
from app.organisation.models import Desk, Project
from app.records.pages import record_badge, with_danger
from app.records.workflow import review_timeline, workflow_panel
from app.reference.codes import CLIENT_KINDS, DocumentType
from app.reference.fee_groups import FeeGroup
from app.reference.models import IdentityType
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action


def client_detail(session: Session, actor: Actor, client: Client) -> dict[str, Any]:
    """Return the page of one customer; a draft has its Danger Zone."""
    is_company = client.kind == "corporate"
    page = {
        "title": client.name,
        "subtitle": f"{CLIENT_KINDS[client.kind]} customer",
        "ident": client.number,
        "badge": record_badge(client),
        "back": {"label": "Customers", "href": PATH},
        "actions": _actions(actor, client),
        "cards": [
            *_likenesses(session, actor, client),
            _company(session, client) if is_company else _person(session, client),
            *(member_cards(session, client) if is_company else ()),
            _contact(client),
            _care(session, client),
            *([_logins(session, actor, client)] if holds(actor, "users.view") else ()),
            *_documents(session, client),
        ],
        "tabs": [],
        "workflow": workflow_panel(session, actor, CLIENT, client),
        "timeline": review_timeline(session, CLIENT, client),
        "version": client.version,
        "lead": "clients/_lead.html",
        "accounts_href": f"{PATH}/{client.id}/accounts" if holds(actor, "accounts.view") else None,
        "extra": "clients/_qr.html",
        "checks_href": f"{PATH}/{client.id}/identity-checks",
        "qr_href": f"{PATH}/{client.id}/qr.svg",
        "qr_text": client.qr_code,
    }
    return with_danger(page, session, actor, record=client, path=PATH)


def _actions(actor: Actor, client: Client) -> list[dict[str, Any]]:
    path, is_open = f"{PATH}/{client.id}", client.is_authorised
    offered = (
        (client.is_editable, "clients.edit", row_action(
            "Edit", f"{path}/edit", "pencil", drawer=True)),
        (is_open, "accounts.create", row_action(
            "Open account", f"/admin/accounts/new?client={client.id}", "plus", drawer=True,
            primary=True)),
        (not client.is_editable, "clients.edit", row_action(
            "Fee group", f"{path}/fee-group", "percent", drawer=True)),
        (is_open, "facilities.create", row_action(
            "Create facility", f"/admin/facilities/new?client={client.id}", "hand-coins",
            drawer=True)),
        (is_open, "clients.credit-limit", row_action(
            "Credit limit", f"{path}/credit-limit", "gauge", drawer=True)),
        (True, "accounts.view", row_action(
            "Accounts", f"/admin/accounts?owner={client.id}", "wallet")),
        (is_open, "users.create", row_action(
            "Add portal login", f"{path}/logins/new", "user-plus", drawer=True)),
        (True, "statements.create", row_action(
            "Statement", f"/admin/statements/new?subject=client&id={client.id}", "file-text",
            drawer=True)),
    )  # fmt: skip
    return [action for fits, permission, action in offered if fits and holds(actor, permission)]


def _person(session: Session, client: Client) -> dict[str, Any]:
    rows = [
        fact("First Name", cells.text(client.first_name)),
        fact("Surname", cells.text(client.surname)),
        *(
            fact(label, cells.text(name_of(session, client, key)))
            for key, label in (
                ("title_code", "Title"),
                ("gender", "Gender"),
                ("marital_status", "Marital Status"),
                ("customer_type", "Customer Type"),
                ("rating", "Customer Rating"),
            )
        ),
        fact("Date of Birth", cells.day(client.date_of_birth)),
        fact("Version", cells.text(client.version)),
    ]
    return {"title": "General", "rows": rows, "open": True}


def _likenesses(session: Session, actor: Actor, client: Client) -> list[dict[str, Any]]:
    rows = [
        fact(one.shared, cells.text(f"{one.number} {one.name}", href=f"{PATH}/{one.client_id}"))
        for one in likenesses_of(session, actor, client)
    ]
    return [{"title": "May be the same customer", "rows": rows, "open": True}] if rows else []


def _company(session: Session, client: Client) -> dict[str, Any]:
    rows = [
        fact("Corporate Name", cells.text(client.corporate_name)),
        fact("Date of Incorporation", cells.day(client.incorporated_on)),
        fact("Customer Type", cells.text(name_of(session, client, "customer_type"))),
        fact("Customer Rating", cells.text(name_of(session, client, "rating"))),
        fact("Version", cells.text(client.version)),
    ]
    return {"title": "General", "rows": rows, "open": True}


def _contact(client: Client) -> dict[str, Any]:
    rows = [
        fact("Email", cells.text(client.email)),
        fact("Phone", cells.text(spaced(client.phone))),
        fact("Address", cells.text(client.address)),
        fact("City", cells.text(client.city)),
        fact("Country", cells.text(country_name(client.country))),
    ]
    return {"title": "Contact", "rows": rows, "open": True}


def _logins(session: Session, actor: Actor, client: Client) -> dict[str, Any]:
    """Name who signs in for the customer; each leads to where a password is sent anew."""
    rows = [
        fact(one.name, cells.text(one.email, href=f"{PEOPLE_PATH}/{one.id}"))
        for one in logins_of(session, actor, client)
    ]
    nobody = [fact("Who signs in", cells.text("Nobody yet"))]
    return {"title": "Portal logins", "rows": rows or nobody, "open": True}


def _care(session: Session, client: Client) -> dict[str, Any]:
    project = session.get(Project, client.project_id)
    desk = session.get(Desk, client.desk_id) if client.desk_id else None
    manager = session.get(User, client.manager_id) if client.manager_id else None
    group = session.get(FeeGroup, client.fee_group_id) if client.fee_group_id else None
    rows = [
        fact("Project", cells.text(project.name if project else "")),
        fact("Desk", cells.text(desk.name if desk else "")),
        fact("Manager", cells.text(manager.name if manager else "")),
        fact("Fee group", cells.text(group.name if group else "General")),
        fact("Credit limit", _credit_limit(session, client)),
    ]
    return {"title": "Cared for by", "rows": rows, "open": True}


def _credit_limit(session: Session, client: Client) -> cells.Cell:
    if client.credit_limit_minor is None:
        return cells.text("None set")
    house = session.get_one(Organisation, client.organisation_id)
    return cells.money(client.credit_limit_minor, house.base_exponent, house.base_currency)


def _documents(session: Session, client: Client) -> list[dict[str, Any]]:
    query = (
        select(IdentityDocument, IdentityType.name, DocumentType.name.label("category"))
        .join(IdentityType, IdentityType.id == IdentityDocument.identity_type_id)
        .outerjoin(DocumentType, DocumentType.id == IdentityDocument.document_type_id)
        .where(IdentityDocument.client_id == client.id)
        .order_by(IdentityDocument.id)
    )
    return [
        {
            "title": name,
            "rows": [
                fact("Reference", cells.ident(document.reference)),
                fact("Issued", cells.day(document.issued_on)),
                fact("Expires", cells.day(document.expires_on)),
                fact("Country of issue", cells.text(country_name(document.country))),
                fact("Document Type", cells.text(category)),
            ],
            "open": True,
        }
        for document, name, category in session.execute(query)
    ]
