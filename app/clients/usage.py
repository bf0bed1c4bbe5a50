"""Customers say which projects, desks and branches they belong to."""

from sqlalchemy import Select, select

from app.access.models import User
from app.clients.codes import LISTS
from app.clients.models import Client, IdentityDocument
from app.controls.tenant import Organisation
from app.controls.usage import used_by
from app.organisation.models import Branch, Desk, Project
from app.records.models import Coded
from app.reference.codes import DocumentType
from app.reference.fee_groups import FeeGroup
from app.reference.models import IdentityType


@used_by(
    Project, "customers", list_at="/admin/clients?project={record.id}", permission="clients.view"
)
def clients_of_project(row: Project) -> Select[int]:
    """Select the customers of a project."""
    return _live(row).where(Client.project_id == row.id)


@used_by(Desk, "customers", list_at="/admin/clients?desk={record.id}", permission="clients.view")
def clients_of_desk(row: Desk) -> Select[int]:
    """Select the customers a desk cares for."""
    return _live(row).where(Client.desk_id == row.id)


@used_by(
    Branch, "customers", list_at="/admin/clients?branch={record.id}", permission="clients.view"
)
def clients_of_branch(row: Branch) -> Select[int]:
    """Select the customers of a branch."""
    return _live(row).where(Client.branch_id == row.id)


@used_by(
    User,
    "customers they manage",
    list_at="/admin/clients?manager={record.id}",
    permission="clients.view",
)
def clients_of_manager(row: User) -> Select[int]:
    """Select the customers an employee cares for."""
    return _live(row).where(Client.manager_id == row.id)


def _register(model: type[Coded], key: str, *, list_at: str = "") -> None:
    used_by(model, "customers", list_at=list_at, permission="clients.view")(
        lambda row: _live(row).where(getattr(Client, key) == row.code)
    )


for _key, _model in LISTS.items():
    _filter = {"customer_type": "type", "rating": "rating"}.get(_key)
    _register(_model, _key, list_at=f"/admin/clients?{_filter}={{record.code}}" if _filter else "")


@used_by(IdentityType, "identity documents")
def documents_of_type(row: IdentityType) -> Select[int]:
    """Select the identity documents of a type."""
    return select(IdentityDocument.id).where(
        IdentityDocument.organisation_id == row.organisation_id,
        IdentityDocument.identity_type_id == row.id,
    )


@used_by(FeeGroup, "customers")
def clients_of_fee_group(row: FeeGroup) -> Select[int]:
    """Select the customers that a fee group is assigned to."""
    return _live(row).where(Client.fee_group_id == row.id)


@used_by(DocumentType, "identity documents")
def documents_of_category(row: DocumentType) -> Select[int]:
    """Select the identity documents that are kept under a category."""
    return select(IdentityDocument.id).where(
        IdentityDocument.organisation_id == row.organisation_id,
        IdentityDocument.document_type_id == row.id,
    )


@used_by(Organisation, "credit limits of customers")
def clients_with_limit(row: Organisation) -> Select[int]:
    """Select the customers whose credit is limited, which is in base currency."""
    return select(Client.id).where(
        Client.organisation_id == row.id, Client.credit_limit_minor.is_not(None)
    )


def _live(row: Project | Desk | Branch | Coded | FeeGroup) -> Select[int]:
    return select(Client.id).where(
        Client.organisation_id == row.organisation_id, Client.retired_at.is_(None)
    )
