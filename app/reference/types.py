"""Commands of two configuration panels: types of account and sub-types of transaction."""

from dataclasses import dataclass

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Project
from app.reference.models import AccountType, TransactionSubType
from app.reference.sections import (
    LONGEST_NAME,
    checked_label,
    checked_name,
    demand_free,
    editable_row,
    make_default,
    relabel,
)

PROPERTY_KINDS = {"text": "Text", "number": "Number", "date": "Date", "flag": "Yes or no"}
DIRECTIONS = {"both": "In and Out", "in": "In", "out": "Out"}
MOST_PROPERTIES = 20


@dataclass(frozen=True, slots=True)
class Property:
    """A custom metadata field of an account type: its name and the kind of value it takes."""

    name: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class CreateAccountType:
    """Add a type of account to a project (W03.04)."""

    project_id: int
    label: str
    name: str
    properties: tuple[Property, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class EditAccountType:
    """Change label, name and properties of a type (W03.07)."""

    row_id: int
    version: int
    label: str
    name: str
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTransactionSubType:
    """Add a sub-type of In, Out or both (W03.26)."""

    project_id: int
    label: str
    name: str
    direction: str = "both"


@dataclass(frozen=True, slots=True)
class EditTransactionSubType:
    """Rename a sub-type; its label stays (design 9.8)."""

    row_id: int
    version: int
    name: str


@handles(CreateAccountType, permission="configuration.create")
def create_account_type(work: Work, command: CreateAccountType) -> int:
    """Add the type; a label is used once in a project (W03.05)."""
    project = find_locked(work, Project, command.project_id)
    label = checked_label(command.label)
    demand_free(work, AccountType, project.id, label)
    row = work.add(
        AccountType(
            organisation_id=work.actor.tenant_id,
            project_id=project.id,
            label=label,
            name=checked_name(command.name),
            properties=checked_properties(command.properties),
        )
    )
    if command.is_default:
        make_default(work, row)
    return row.id


@handles(EditAccountType, permission="configuration.edit")
def edit_account_type(work: Work, command: EditAccountType) -> int:
    """Save what was typed; a stale version is refused."""
    row = editable_row(work, AccountType, command.row_id, command.version)
    relabel(work, row, checked_label(command.label))
    row.name = checked_name(command.name)
    row.properties = checked_properties(command.properties)
    return int(row.id)


@handles(CreateTransactionSubType, permission="configuration.create")
def create_transaction_sub_type(work: Work, command: CreateTransactionSubType) -> int:
    """Add the sub-type; a label is used once in a project."""
    project = find_locked(work, Project, command.project_id)
    if command.direction not in DIRECTIONS:
        raise Refusal("Choose In, Out or both", field="direction")
    label = checked_label(command.label)
    demand_free(work, TransactionSubType, project.id, label)
    row = TransactionSubType(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        label=label,
        name=checked_name(command.name),
        direction=command.direction,
    )
    return work.add(row).id


@handles(EditTransactionSubType, permission="configuration.edit")
def edit_transaction_sub_type(work: Work, command: EditTransactionSubType) -> int:
    """Change the text people read; the system's sub-types may be renamed as well."""
    row = editable_row(work, TransactionSubType, command.row_id, command.version)
    row.name = checked_name(command.name)
    return int(row.id)


def checked_properties(properties: tuple[Property, ...]) -> list[dict[str, str]]:
    """Return the properties as they are kept; refuses too many, twins and unknown kinds."""
    if len(properties) > MOST_PROPERTIES:
        raise Refusal(f"A type can have at most {MOST_PROPERTIES} properties", field="properties")
    names: set[str] = set()
    for one in properties:
        if len(one.name) > LONGEST_NAME:
            raise Refusal("The name of a property is too long", field="properties")
        if one.kind not in PROPERTY_KINDS:
            raise Refusal("Choose the kind of a property from the list", field="properties")
        if one.name.lower() in names:
            raise Conflict(f"The property {one.name} is there twice", field="properties")
        names.add(one.name.lower())
    return [{"name": one.name, "kind": one.kind} for one in properties]
