"""Platforms are added to a project, edited, and retired when nothing is linked to them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.outgoing import demand_address, demand_token, leads_elsewhere
from app.controls.retiring import demand_live, live, usable
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Project
from app.platforms.client import ACCOUNT, TRADING, address_of, credentials_of
from app.platforms.models import Platform

LONGEST_CREDENTIAL = 4_000
MOST_NAMES = 30
# Those that are sent as bearer tokens; the others may be anything.
_SENT = frozenset(TRADING[1] + ACCOUNT[1])
_LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")


@dataclass(frozen=True, slots=True)
class CreatePlatform:
    """Add a platform to a project: addresses by name, and what it is asked with by name."""

    project_id: int
    label: str
    name: str
    urls: Mapping[str, str]
    credentials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EditPlatform:
    """Change all but label and project; an empty credential stays as it is kept (W06.04).

    Where an address leads to another server, the credentials are typed again.

    What is named neither among the URLs nor among the credentials any more is forgotten.
    """

    platform_id: int
    version: int
    name: str
    urls: Mapping[str, str]
    credentials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeletePlatform:
    """Retire a platform that no asset is linked to (W06.06)."""

    platform_id: int


@handles(CreatePlatform, permission="platforms.create")
def create_platform(work: Work, command: CreatePlatform) -> int:
    """Add the platform; refused (422) for a label that is none or an address nobody may ask."""
    project = usable(work, Project, command.project_id, field="project_id")
    label = command.label.strip().lower()
    if not _LABEL.fullmatch(label):
        raise Refusal("Label must be letters, digits and hyphens", field="label")
    taken = select(func.count()).where(
        Platform.organisation_id == work.actor.tenant_id,
        Platform.project_id == project.id,
        Platform.label == label,
        Platform.retired_at.is_(None),
    )
    if work.session.scalar(taken):
        raise Conflict("A platform with this label exists already", field="label")
    platform = Platform(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        label=label,
        name=_named(command.name),
        urls=_addresses(command.urls),
    )
    platform.keep(_credentials(command.credentials, {}))
    return work.add(platform).id


@handles(EditPlatform, permission="platforms.edit")
def edit_platform(work: Work, command: EditPlatform) -> int:
    """Save what was typed; refused (409): a stale form, a platform that was deleted."""
    platform: Platform = live(work, Platform, command.platform_id, command.version)
    platform.name = _named(command.name)
    urls = _addresses(command.urls)
    is_moved = _is_moved(platform.urls, urls)
    platform.urls = urls
    kept: Mapping[str, str] = {}
    if not is_moved and not all(command.credentials.values()):
        kept = credentials_of(platform.credentials_token)
    credentials = _credentials(command.credentials, kept)
    if is_moved or credentials != kept:
        platform.keep(credentials)
    return platform.id


@handles(DeletePlatform, permission="platforms.delete")
def delete_platform(work: Work, command: DeletePlatform) -> None:
    """Retire it; refused (409) while something is linked to it, or when it is inactive already."""
    # An asset that is being linked to the platform has it locked until it is.
    platform = find_locked(work, Platform, command.platform_id)
    demand_live(platform)
    sentence = obstacle_to_deletion(work.session, platform)
    if sentence is not None:
        raise Conflict(sentence)
    platform.retired_at = work.now


def obstacle_to_deletion(session: Session, platform: Platform) -> str | None:
    """Return why the platform stays: something is linked to it (W06.06)."""
    noun = user_of(session, platform)
    return f"Platform cannot be deleted: it has {noun}" if noun else None


def _named(name: str) -> str:
    if not name.strip():
        raise Refusal("Name is required", field="name")
    return name.strip()


def _addresses(urls: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses; refused (422) where transactions or balances could not be asked."""
    _demand_names(urls, "urls")
    found = {name: url.strip().rstrip("/") for name, url in urls.items()}
    for place, url in enumerate(found.values()):
        demand_address(url, field=f"urls-{place}-url")
    for names, _keys in (TRADING, ACCOUNT):
        if not set(names) & set(found):
            raise Refusal("Add a URL named url, or both tradingUrl and accountUrl", field="urls")
    return found


def _is_moved(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Tell whether any request goes to another server than the one it went to."""
    return any(
        leads_elsewhere(address_of(before, names), address_of(after, names))
        for names, _keys in (TRADING, ACCOUNT)
    )


def _credentials(typed: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials; refused (422) for a new one without a value."""
    _demand_names(typed, "credentials")
    found = {name: value or kept.get(name, "") for name, value in typed.items()}
    for place, (name, value) in enumerate(found.items()):
        where = f"credentials-{place}-secret"
        if not value:
            raise Refusal(f"Type the value of {name}", field=where)
        if name in _SENT:
            demand_token(value, name=name, field=where)
        if len(value) > LONGEST_CREDENTIAL:
            raise Refusal(f"{name} can have at most {LONGEST_CREDENTIAL:,} characters", field=where)
    return found


def _demand_names(named: Mapping[str, str], field: str) -> None:
    if len(named) > MOST_NAMES:
        raise Refusal(f"At most {MOST_NAMES} can be kept", field=field)
    for place, name in enumerate(named):
        if not _NAME.fullmatch(name):
            raise Refusal(
                "A name is letters, digits, _ . and -, and begins with a letter",
                field=f"{field}-{place}-key",
            )
