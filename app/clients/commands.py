"""Clients are created as drafts with their documents, edited, submitted for approval."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.access.models import User
from app.clients.codes import demand_codes
from app.clients.company.details import Company, demand_company, write_members
from app.clients.documents import Document, checked_documents, write_documents
from app.clients.fee_groups import checked_group
from app.clients.models import Client
from app.controls.commands import handles
from app.controls.drafts import drafted
from app.controls.locking import find_locked
from app.controls.numbering import take
from app.controls.permissions import find, visible
from app.controls.retiring import demand_live, referred, usable
from app.controls.review import ReviewKind, demand_editable, review
from app.controls.work import Work
from app.kernel.addresses import NO_ADDRESS, is_address
from app.kernel.clock import REACH, is_within_reach
from app.kernel.errors import Conflict, Refusal, all_of
from app.kernel.phones import international
from app.organisation.models import Branch, Desk, Project
from app.records.drafts import demand_not_deleted, retires_while_open

NO_DOCUMENT = "At least one identity document is required"

__all__ = ["CLIENT", "Company", "CreateClient", "Document", "EditClient", "Person"]

CLIENT = review(
    ReviewKind(
        key="client",
        model=Client,
        name="Customer",
        module="clients",
        path="/admin/clients",
        check=demand_not_deleted,
    )
)
retires_while_open(Client, "Customer", permission="clients.delete")


@dataclass(frozen=True, slots=True)
class Person:
    """What is asked of an individual (E25.03, E25.21); see `codes` for what is chosen of lists."""

    first_name: str
    surname: str
    title_code: str = ""
    gender: str = ""
    marital_status: str = ""
    customer_type: str = ""
    rating: str = ""
    date_of_birth: date | None = None
    email: str = ""
    phone: str = ""
    address: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class CreateClient:
    """Add a customer as a draft, or hand them in at once: an individual or a company."""

    person: Person | Company
    documents: tuple[Document, ...]
    project_id: int
    desk_id: int | None = None
    branch_id: int | None = None
    manager_id: int | None = None
    external_id: str | None = None
    fee_group_id: int | None = None
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditClient:
    """Change a draft or rejected client; documents are given whole."""

    client_id: int
    version: int
    person: Person | Company
    documents: tuple[Document, ...]
    desk_id: int | None
    manager_id: int | None
    fee_group_id: int | None = None
    submit: bool = False


@handles(CreateClient, permission="clients.create")
def create_client(work: Work, command: CreateClient) -> int:
    """Create the client with number and QR code; returns the id (E25.10-12)."""
    referred(work, Project, command.project_id, field="project_id")
    (person, documents), *_, group_id = all_of(
        lambda: _checked(work, command.person, command.documents, None),
        lambda: _demand_desk(work, command.desk_id, command.project_id),
        lambda: _demand_manager(work, command.manager_id),
        lambda: checked_group(work, command.project_id, command.fee_group_id),
    )
    branch_id = command.branch_id or work.actor.branch_id or _head_office(work)
    (number,) = take(work, "CUSTOMER")
    client = work.add(
        Client(
            organisation_id=work.actor.tenant_id,
            number=number,
            qr_code=f"QR-{number}",
            kind=_kind(command.person),
            project_id=command.project_id,
            desk_id=command.desk_id or _default_desk(work, command.project_id),
            branch_id=branch_id,
            manager_id=command.manager_id or work.actor.user_id,
            maker_id=work.actor.user_id,
            fee_group_id=group_id,
            external_id=command.external_id,
            **person,
        )
    )
    write_documents(work, client.id, documents)
    if isinstance(command.person, Company):
        write_members(work, client.id, command.person.members)
    return drafted(work, CLIENT, client, "created", hand_in=command.submit)


@handles(EditClient, permission="clients.edit")
def edit_client(work: Work, command: EditClient) -> int:
    """Change the client; what waits or is final is refused with 409 (E42.04)."""
    # Its documents and people are rows of their own: one edit at a time, and none beside a submit.
    client = find_locked(work, Client, command.client_id, command.version)
    demand_editable(client, "Customer")
    demand_live(client)
    if client.kind != _kind(command.person):
        raise Conflict("An individual stays one, and so does a company")
    person, documents = _checked(work, command.person, command.documents, client)
    for key, value in person.items():
        setattr(client, key, value)
    if command.desk_id != client.desk_id:
        _demand_desk(work, command.desk_id, client.project_id)
    if command.manager_id != client.manager_id:
        _demand_manager(work, command.manager_id)
    client.desk_id = command.desk_id
    client.manager_id = command.manager_id
    client.fee_group_id = checked_group(work, client.project_id, command.fee_group_id)
    write_documents(work, client.id, documents)
    if isinstance(command.person, Company):
        write_members(work, client.id, command.person.members)
    return drafted(work, CLIENT, client, "edited", hand_in=command.submit)


def _demand_desk(work: Work, desk_id: int | None, project_id: int) -> None:
    """Refuse a desk that belongs to another project (M02.05)."""
    if (
        desk_id is not None
        and usable(work, Desk, desk_id, field="desk_id").project_id != project_id
    ):
        raise Refusal("Choose a desk of the customer's project", field="desk_id")


def _demand_manager(work: Work, manager_id: int | None) -> None:
    """Refuse a manager who is no employee, or has left (M02.05)."""
    if manager_id is None:
        return
    manager = find(work.session, work.actor, User, manager_id)
    if manager.kind != "employee" or not manager.is_active:
        raise Refusal("Choose an active employee as the manager", field="manager_id")


def _kind(person: Person | Company) -> str:
    return "corporate" if isinstance(person, Company) else "individual"


def _checked(
    work: Work,
    person: Person | Company,
    documents: tuple[Document, ...],
    saved: Client | None,
) -> tuple[dict[str, object], tuple[Document, ...]]:
    """Return the columns of what was typed, and its documents; refused with all that is wrong."""
    *_, phone, checked = all_of(
        lambda: _demand_address(person.email),
        lambda: _demand_named(work, person),
        lambda: _demand_some(documents),
        lambda: demand_codes(work, person, saved, kind=_kind(person)),
        lambda: international(person.phone, work.organisation.country),
        lambda: checked_documents(work, documents, saved),
    )
    values = {field: getattr(person, field) for field in type(person).__dataclass_fields__}
    values.pop("members", None)
    if isinstance(person, Company):
        name = person.corporate_name.strip()
    else:
        name = f"{person.first_name} {person.surname}".strip()
    return values | {"name": name, "phone": phone}, checked


def _demand_address(email: str | None) -> None:
    if email and not is_address(email):
        raise Refusal(NO_ADDRESS, field="email")


def _demand_some(documents: tuple[Document, ...]) -> None:
    if not documents:
        raise Refusal(NO_DOCUMENT, field="documents")


def _demand_named(work: Work, person: Person | Company) -> None:
    if isinstance(person, Company):
        demand_company(person, work.calendar_date)
    else:
        all_of(
            lambda: _demand_text(person.first_name, "First Name", field="first_name"),
            lambda: _demand_text(person.surname, "Surname", field="surname"),
            lambda: _demand_born(person.date_of_birth, work.calendar_date),
        )


def _demand_text(text: str, label: str, *, field: str) -> None:
    if not text.strip():
        raise Refusal(f"{label} is required", field=field)


def _demand_born(born: date | None, today: date) -> None:
    if born and born > today:
        raise Refusal("Date of Birth cannot be in the future", field="date_of_birth")
    if born and not is_within_reach(born):
        raise Refusal(f"Date of Birth must be {REACH}", field="date_of_birth")


def _head_office(work: Work) -> int:
    query = select(Branch.id).where(
        Branch.organisation_id == work.actor.tenant_id, Branch.parent_id.is_(None)
    )
    return work.session.scalars(query).one()


def _default_desk(work: Work, project_id: int) -> int | None:
    """Return the project's default desk, or the one desk that the maker sees of it.

    Refused where they would have to choose: on a desk out of sight the customer would be lost to
    whoever took them on.
    """
    of_project = (*visible(work.actor, Desk), Desk.project_id == project_id)
    query = select(Desk.id, Desk.is_default).where(*of_project, Desk.retired_at.is_(None))
    desks = work.session.execute(query).all()
    if work.actor.scope.desk_ids is None or any(one.is_default for one in desks):
        return next((one.id for one in desks if one.is_default), None)
    if len(desks) != 1:
        raise Refusal("Choose a desk", field="desk_id")
    return int(desks[0].id)
