"""Platforms are added to a project, edited, and retired when nothing is linked to them."""

import re
from dataclasses import dataclass

from sqlalchemy import func, select

from app.controls.commands import STALE, handles
from app.controls.outgoing import demand_address
from app.controls.permissions import find
from app.controls.secrecy import cipher
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Project
from app.platforms.models import Platform

_LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class CreatePlatform:
    """Add a platform to a project; `key` is what it is asked with."""

    project_id: int
    label: str
    name: str
    base_url: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class EditPlatform:
    """Change name and address; an empty key leaves the present one."""

    platform_id: int
    version: int
    name: str
    base_url: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class DeletePlatform:
    """Retire a platform that no asset is linked to (W06.06)."""

    platform_id: int


@handles(CreatePlatform, permission="platforms.create")
def create_platform(work: Work, command: CreatePlatform) -> int:
    """Add the platform; refused (422) for a label that is none or an address nobody may ask."""
    project = find(work.session, work.actor, Project, command.project_id)
    label = command.label.strip().lower()
    if not _LABEL.fullmatch(label):
        raise Refusal("Label must be letters, digits and hyphens", field="label")
    taken = select(func.count()).where(
        Platform.organisation_id == work.actor.tenant_id,
        Platform.project_id == project.id,
        Platform.label == label,
    )
    if work.session.scalar(taken):
        raise Conflict("A platform with this label exists already", field="label")
    platform = Platform(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        label=label,
        name=_named(command.name),
        base_url=_address(command.base_url),
        key_token=cipher.encrypt(command.key) if command.key else "",
    )
    return work.add(platform).id


@handles(EditPlatform, permission="platforms.edit")
def edit_platform(work: Work, command: EditPlatform) -> int:
    """Save what was typed (W06.04)."""
    platform = find(work.session, work.actor, Platform, command.platform_id)
    if platform.version != command.version:
        raise Conflict(STALE)
    platform.name = _named(command.name)
    platform.base_url = _address(command.base_url)
    if command.key:
        platform.key_token = cipher.encrypt(command.key)
    return platform.id


@handles(DeletePlatform, permission="platforms.delete")
def delete_platform(work: Work, command: DeletePlatform) -> None:
    """Retire it; refused (409) while something is linked to it."""
    platform = find(work.session, work.actor, Platform, command.platform_id)
    noun = user_of(work.session, platform)
    if noun is not None:
        raise Conflict(f"Platform cannot be deleted: it has {noun}")
    platform.retired_at = platform.retired_at or work.now


def _named(name: str) -> str:
    if not name.strip():
        raise Refusal("Name is required", field="name")
    return name.strip()


def _address(base_url: str) -> str:
    demand_address(base_url.strip(), field="base_url")
    return base_url.strip().rstrip("/")
