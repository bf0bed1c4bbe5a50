"""What the filters and the status badge of transactions offer.

The configuration's part is kept while nothing of it changes: a page reads none of it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Select, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.access.models import User
from app.clients.models import Client
from app.controls.configured import kept_while_configured
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
    ids: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def of(self, kind: str) -> list[tuple[Any, str]]:
        """Return what a filter offers: project, desk, currency, status and so on."""
        return self.offered.get(kind, [])

    def named(self, kind: str, labels: list[str]) -> list[int]:
        """Return the ids of all that carry one of the labels, whichever project's they are."""
        return [key for label in labels for key in self.ids.get((kind, label), ())]


@kept_while_configured
def choices(session: Session, actor: Actor) -> Choices:
    """Return what filters offer of the configuration inside the actor's scope."""
    found = Choices()
    seen: set[tuple[str, Any]] = set()
    rows = session.execute(_everything(actor))
    for kind, key, name, label, project_id, processing, colour in rows:
        if kind == "status":
            found.statuses[project_id].append(
                Status(key, project_id, label, name, processing, colour)
            )
        if label:
            found.ids[kind, label].append(key)
        value = label or key
        if (kind, value) not in seen:
            seen.add((kind, value))
            found.offered[kind].append((value, name))
    return found


def managers(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the employees who may care for an owner."""
    name = User.first_name + " " + User.last_name
    query = select(User.id, name).where(
        User.organisation_id == actor.tenant_id, User.kind == "employee", User.is_active
    )
    return [(key, shown) for key, shown in session.execute(query)]


def owners(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the newest clients in sight by number, with name and email."""
    query = (
        select(Client.number, Client.name + " · " + Client.email)
        .where(*visible(actor, Client), Client.retired_at.is_(None))
        .order_by(Client.id.desc())
        .limit(_OFFERED_OWNERS)
    )
    return [(number, shown) for number, shown in session.execute(query)]


@kept_by_scope
def _everything(actor: Actor) -> Any:
    status, sub_type, account_type = TransactionStatus, TransactionSubType, AccountType
    return union_all(
        _part("project", Project.id, Project.name, *visible(actor, Project)),
        _part("desk", Desk.id, Desk.name, *visible(actor, Desk), project=Desk.project_id),
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
