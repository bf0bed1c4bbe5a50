"""What the filters and the status badge of transactions offer, read by one query a request."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from flask import g
from sqlalchemy import BigInteger, Select, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.access.models import User
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import kept_by_scope, visible
from app.organisation.models import Desk, OrganisationCurrency, Project
from app.reference.models import AccountType, TransactionStatus, TransactionSubType

_OFFERED_OWNERS = 200


@dataclass(frozen=True, slots=True)
class Status:
    """A project's status as the badge shows it."""

    id: int
    project_id: int
    label: str
    name: str
    processing: str
    colour: str


@dataclass(slots=True)
class Choices:
    """Values and their names by kind; a label that several projects use stands once."""

    offered: dict[str, list[tuple[Any, str]]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[int, list[Status]] = field(default_factory=lambda: defaultdict(list))

    def of(self, kind: str) -> list[tuple[Any, str]]:
        """Return what a filter offers: project, desk, manager, owner and so on."""
        return self.offered[kind]


def choices(session: Session, actor: Actor) -> Choices:
    """Return what this request's filters offer inside the actor's scope."""
    if "transaction_choices" not in g:
        g.transaction_choices = _read(session, actor)
        g.visible_projects = sorted(g.transaction_choices.of("project"), key=lambda one: one[1])
    found: Choices = g.transaction_choices
    return found


def _read(session: Session, actor: Actor) -> Choices:
    found = Choices()
    seen: set[tuple[str, Any]] = set()
    rows = session.execute(_everything(actor))
    for kind, key, name, label, project_id, processing, colour in rows:
        if kind == "status":
            found.statuses[project_id].append(
                Status(key, project_id, label, name, processing, colour)
            )
        value = label or key
        if (kind, value) not in seen:
            seen.add((kind, value))
            found.offered[kind].append((value, name))
    return found


@kept_by_scope
def _everything(actor: Actor) -> Any:
    employees = (
        User.organisation_id == actor.tenant_id,
        User.kind == "employee",
        User.is_active,
    )
    owners = (
        select(Client.id, Client.name, Client.email, Client.number)
        .where(*visible(actor, Client), Client.retired_at.is_(None))
        .order_by(Client.id.desc())
        .limit(_OFFERED_OWNERS)
        .subquery()
    )
    status, sub_type, account_type = TransactionStatus, TransactionSubType, AccountType
    return union_all(
        _part("project", Project.id, Project.name, *visible(actor, Project)),
        _part("desk", Desk.id, Desk.name, *visible(actor, Desk), project=Desk.project_id),
        _part("manager", User.id, User.first_name + " " + User.last_name, *employees),
        _part("owner", owners.c.id, owners.c.name + " · " + owners.c.email, label=owners.c.number),
        _part(
            "currency",
            OrganisationCurrency.id,
            OrganisationCurrency.code,
            OrganisationCurrency.organisation_id == actor.tenant_id,
            label=OrganisationCurrency.code,
        ),
        _part("account-type", account_type.id, account_type.name, *visible(actor, account_type),
              label=account_type.label),
        _part("sub-type", sub_type.id, sub_type.name, *visible(actor, sub_type),
              label=sub_type.label),
        _part("status", status.id, status.name, *visible(actor, status), label=status.label,
              project=status.project_id, processing=status.processing, colour=status.colour),
    )  # fmt: skip


def _part(
    kind: str, key: Any, name: Any, *clauses: Any, label: Any = None, project: Any = None,
    processing: Any = None, colour: Any = None,
) -> Select[Any]:  # fmt: skip
    return select(
        literal(kind).label("kind"),
        key.label("id"),
        name.label("name"),
        (literal("") if label is None else label).label("label"),
        (cast(null(), BigInteger) if project is None else project).label("project_id"),
        (literal("") if processing is None else processing).label("processing"),
        (literal("") if colour is None else colour).label("colour"),
    ).where(*clauses)


def company_filter(_session: Session, _actor: Actor) -> dict[str, str]:
    """Return what a list shows above its rows to the platform's people alone (E41.49, E43.50).

    They work inside one organisation at a time, which its own log tells: another company's rows
    are the same list inside of it.
    """
    return {"notice": "resource/_company.html"}
