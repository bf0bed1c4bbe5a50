"""Customers say which projects, desks and branches they belong to."""

from sqlalchemy import Select, select

from app.clients.models import Client
from app.controls.usage import used_by
from app.organisation.models import Branch, Desk, Project


@used_by(Project, "customers", list_at="/admin/clients?project={id}", permission="clients.view")
def clients_of_project(row: Project) -> Select[int]:
    """Select the customers of a project."""
    return _live(row).where(Client.project_id == row.id)


@used_by(Desk, "customers", list_at="/admin/clients?desk={id}", permission="clients.view")
def clients_of_desk(row: Desk) -> Select[int]:
    """Select the customers a desk cares for."""
    return _live(row).where(Client.desk_id == row.id)


@used_by(Branch, "customers", list_at="/admin/clients?branch={id}", permission="clients.view")
def clients_of_branch(row: Branch) -> Select[int]:
    """Select the customers of a branch."""
    return _live(row).where(Client.branch_id == row.id)


def _live(row: Project | Desk | Branch) -> Select[int]:
    return select(Client.id).where(
        Client.organisation_id == row.organisation_id, Client.retired_at.is_(None)
    )
