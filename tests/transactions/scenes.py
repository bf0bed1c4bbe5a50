"""People, waiting transactions and pages that the tests of transactions share."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Role as RoleRow
from app.access.models import UserRole
from app.controls.commands import handles, perform
from app.controls.identity import Actor
from app.controls.work import Work
from app.db.session import database
from app.ledger.models import Asset, Transaction
from app.reference.models import TransactionStatus
from app.transactions.commands import Deposit, Withdraw
from app.transactions.kinds import Particulars
from tests.factories import House, signed_in, unique

LIST = "/admin/transactions"


@dataclass(frozen=True, slots=True)
class GiveOnly:
    """Let a person hold these permissions and no others."""

    user_id: int
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddStatus:
    """Add a status of a project's own."""

    project_id: int
    label: str
    processing: str
    colour: str = "violet"
    is_default: bool = False


@handles(GiveOnly, permission=None)
def give_only(work: Work, command: GiveOnly) -> None:
    role = work.add(
        RoleRow(
            organisation_id=work.actor.tenant_id,
            name=unique("Role"),
            permissions=list(command.permissions),
        )
    )
    for held in work.session.scalars(select(UserRole).where(UserRole.user_id == command.user_id)):
        work.session.delete(held)
    work.session.flush()
    work.session.add(
        UserRole(organisation_id=work.actor.tenant_id, user_id=command.user_id, role_id=role.id)
    )


@handles(AddStatus, permission=None)
def add_status(work: Work, command: AddStatus) -> int:
    if command.is_default:
        work.organisation.configuration_version += 1
        query = select(TransactionStatus).where(
            TransactionStatus.project_id == command.project_id, TransactionStatus.is_default
        )
        for row in work.session.scalars(query):
            row.is_default = False
        work.session.flush()
    status = TransactionStatus(
        organisation_id=work.actor.tenant_id,
        project_id=command.project_id,
        label=command.label,
        name=command.label.title(),
        processing=command.processing,
        colour=command.colour,
        is_default=command.is_default,
    )
    return work.add(status).id


def browser(app: Flask, email: str) -> FlaskClient:
    """Return a browser in which this person is signed in."""
    client = app.test_client()
    signed_in(client, email)
    return client


def deposit(
    house: House, asset_id: int, minor: int, actor: Actor | None = None, **texts: str
) -> int:
    return perform(Deposit(asset_id, minor, Particulars(**texts)), actor or house.administrator)


def withdraw(
    house: House, asset_id: int, minor: int, actor: Actor | None = None, **texts: str
) -> int:
    return perform(Withdraw(asset_id, minor, Particulars(**texts)), actor or house.administrator)


def transaction(transaction_id: int) -> Transaction:
    """Read a transaction as it is saved now."""
    with database.reading() as session:
        return session.get_one(Transaction, transaction_id)


def asset(asset_id: int) -> Asset:
    with database.reading() as session:
        return session.get_one(Asset, asset_id)


def status_id(house: House, label: str) -> int:
    """Return the id of a status of the house's project."""
    query = select(TransactionStatus.id).where(
        TransactionStatus.project_id == house.project_id, TransactionStatus.label == label
    )
    with database.reading() as session:
        return session.scalars(query).one()
