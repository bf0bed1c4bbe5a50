"""What a configuration file carries of projects and of what each of them configures."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.organisation.models import Desk, OrganisationCurrency, Project
from app.reference.commands import CreateProject, create_project
from app.reference.models import (
    PALETTE,
    PROCESSING,
    AccountType,
    ProjectCurrency,
    TransactionStatus,
    TransactionSubType,
)
from app.reference.statuses import STARTING
from app.reference.types import DIRECTIONS, Property, checked_properties

_PROJECT = {"project": "projects"}
_OF_A_PROJECT = ("project", "label")


def add_project(work: Work, columns: dict[str, Any]) -> Project:
    """Create the project with what every project starts from; the file's rows come on top."""
    return work.session.get_one(Project, create_project(work, CreateProject(columns["name"])))


def check_account_type(_context: Context, row: FileRow) -> Iterator[Problem]:
    """Properties are those that the drawer would take."""
    try:
        checked_properties(tuple(Property(**one) for one in row.values["properties"]))
    except (Refusal, TypeError) as error:
        yield "properties", getattr(error, "sentence", "have a name and a kind each")


def check_currency(context: Context, row: FileRow) -> Iterator[Problem]:
    """A project deals in currencies the organisation keeps; amounts are not negative."""
    kept = {one.values["code"] for one in context.tables["currencies"]}
    if row.values["label"] not in kept:
        yield "label", "is no currency of the organisation"
    if (row.values["limit_minor"] or 0) < 0:
        yield "limit_minor", "must not be negative"
    if row.values["network_fee_minor"] < 0:
        yield "network_fee_minor", "must not be negative"


def add_currency(work: Work, columns: dict[str, Any]) -> ProjectCurrency:
    """Add the currency with the kind and the decimals the organisation keeps it in."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == columns["label"],
    )
    kept = work.session.scalars(query).one()
    return work.add(
        ProjectCurrency(
            organisation_id=work.actor.tenant_id,
            kind=kept.kind,
            exponent=kept.exponent,
            **columns,
        )
    )


def check_status(context: Context, row: FileRow) -> Iterator[Problem]:
    """A default is one that transactions can start in; a used status keeps what it stands for."""
    if row.values["is_default"] and row.values["processing"] not in STARTING:
        yield "is_default", "marks a status that no transaction can start in"
    if "processing" in row.changes and (noun := user_of(context.session, row.record)):
        yield "processing", f"cannot be changed: the status is used by {noun}"


portable(
    Portable("projects", "Projects", Project, "projects", identity=("name",), create=add_project)
)
portable(
    Portable(
        "desks",
        "Desks",
        Desk,
        "desks",
        identity=("project", "name"),
        fields=("is_default",),
        references=_PROJECT,
        marks=("is_default", ("project",)),
    )
)
portable(
    Portable(
        "account_types",
        "Types of account",
        AccountType,
        "configuration",
        identity=_OF_A_PROJECT,
        fields=("name", "properties", "is_default"),
        references=_PROJECT,
        marks=("is_default", ("project",)),
        check=check_account_type,
    )
)
portable(
    Portable(
        "project_currencies",
        "Currencies of projects",
        ProjectCurrency,
        "configuration",
        identity=_OF_A_PROJECT,
        fields=(
            "name",
            "limit_minor",
            "network_fee_minor",
            "networks",
            "description",
            "creates_asset",
            "is_default",
        ),
        references=_PROJECT,
        marks=("is_default", ("project",)),
        check=check_currency,
        create=add_currency,
    )
)
portable(
    Portable(
        "sub_types",
        "Sub-types of transaction",
        TransactionSubType,
        "configuration",
        identity=_OF_A_PROJECT,
        fields=("name", "direction"),
        references=_PROJECT,
        choices={"direction": lambda: DIRECTIONS},
        fixed=("direction",),
    )
)
portable(
    Portable(
        "statuses",
        "Transaction statuses",
        TransactionStatus,
        "configuration",
        identity=_OF_A_PROJECT,
        fields=("name", "processing", "colour", "is_default"),
        references=_PROJECT,
        choices={"processing": lambda: PROCESSING, "colour": lambda: PALETTE},
        system=("name", "processing"),
        marks=("is_default", ("project",)),
        check=check_status,
    )
)
