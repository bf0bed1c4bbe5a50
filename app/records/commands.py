"""Code-and-description records are created and edited by two commands, whatever their list."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.permissions import demand
from app.controls.retiring import live, retires
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.records.models import Coded

LONGEST_CODE = 30
LONGEST_NAME = 200
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.-]*")
# The values as typed and the saved record (None for a new one), to the values to be kept.
Check = Callable[[Work, Mapping[str, Any], Any], Mapping[str, Any]]


def _as_typed(_work: Work, values: Mapping[str, Any], _record: Any) -> Mapping[str, Any]:
    return values


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of coded records: their model, what one is called, and whose permissions rule it."""

    model: type[Coded]
    singular: str
    module: str
    check: Check = _as_typed

    @property
    def entity(self) -> str:
        """The record's name in the log."""
        return str(self.model.__tablename__).replace("_", "-")


_lists: dict[str, CodeList] = {}


def code_list(
    model: type[Coded],
    singular: str,
    *,
    module: str,
    check: Check = _as_typed,
    obstacle: Callable[[Session, Any], str | None] = lambda _session, _record: None,
) -> CodeList:
    """Register a list of coded records, and that they are retired (E40)."""
    made = CodeList(model, singular, module, check)
    retires(model, singular, permission=f"{module}.delete", obstacle=obstacle)
    _lists[made.entity] = made
    return made


@dataclass(frozen=True, slots=True)
class CreateCode:
    """Add a record to a list; `values` are the fields that list has besides code and name."""

    entity: str
    code: str
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """What the log calls it."""
        return f"Create {self.entity.replace('-', ' ')}"


@dataclass(frozen=True, slots=True)
class EditCode:
    """Change a record of a list; its code stays."""

    entity: str
    record_id: int
    version: int
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """What the log calls it."""
        return f"Edit {self.entity.replace('-', ' ')}"


@handles(CreateCode, permission=None)
def create_code(work: Work, command: CreateCode) -> int:
    """Add the record; refused (409) where its code is in use in the list already."""
    codes = _list_of(command.entity)
    demand(work.actor, f"{codes.module}.create")
    code = checked_code(command.code, codes.singular)
    _demand_free(work, codes, code)
    values = codes.check(work, command.values, None)
    record = codes.model(
        organisation_id=work.actor.tenant_id, code=code, name=_checked_name(command.name), **values
    )
    return work.add(record).id


@handles(EditCode, permission=None)
def edit_code(work: Work, command: EditCode) -> int:
    """Save name and values; an inactive record and a stale version are refused (409)."""
    codes = _list_of(command.entity)
    demand(work.actor, f"{codes.module}.edit")
    record = live(work, codes.model, command.record_id, command.version)
    values = codes.check(work, command.values, record)
    record.name = _checked_name(command.name)
    for key, value in values.items():
        setattr(record, key, value)
    return int(record.id)


def checked_code(text: str, singular: str) -> str:
    """Return the code in capitals; refuses none, one too long, and signs other than . _ -."""
    code = text.strip().upper()
    if not code:
        raise Refusal(f"{singular} code is required", field="code")
    if len(code) > LONGEST_CODE:
        raise Refusal(f"A code can have at most {LONGEST_CODE} characters", field="code")
    if not _CODE.fullmatch(code):
        raise Refusal(
            "A code has letters, digits, full stops, hyphens and underscores alone", field="code"
        )
    return code


def code_lists() -> tuple[CodeList, ...]:
    """Return every list of coded records."""
    return tuple(_lists.values())


def _list_of(entity: str) -> CodeList:
    if entity not in _lists:
        raise Missing
    return _lists[entity]


def _demand_free(work: Work, codes: CodeList, code: str) -> None:
    model = codes.model
    taken = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        model.code == code,
        model.retired_at.is_(None),
    )
    if work.session.scalar(taken):
        raise Conflict(f"{codes.singular} code {code} already exists", field="code")


def _checked_name(text: str) -> str:
    name = text.strip()
    if not name:
        raise Refusal("Description is required", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"A description can have at most {LONGEST_NAME} characters", field="name")
    return name
