"""Hooks are drafted and reviewed: which system is told of which events, and where (E42.34)."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.permissions import find
from app.controls.review import ReviewKind, review
from app.controls.secrecy import cipher
from app.controls.usage import used_by
from app.controls.work import Work
from app.integrations.catalogue import EVENT_NAMES
from app.integrations.models import HookConfig, ThirdPartySystem
from app.integrations.signing import new_secret
from app.integrations.systems import checked_name, checked_path
from app.kernel.errors import Refusal
from app.organisation.queries import checked_project
from app.records.drafts import demand_not_deleted, retires_while_open

HOOK = review(
    ReviewKind(
        key="hook-config",
        model=HookConfig,
        name="Delivery hook config",
        module="hook-configs",
        path="/admin/hook-configs",
        check=demand_not_deleted,
    )
)
retires_while_open(HookConfig, "Delivery hook config", permission="hook-configs.delete")


@dataclass(frozen=True, slots=True)
class CreateHook:
    """Draft a hook: which system is told of which events, at which path of its address."""

    name: str
    system_id: int
    events: tuple[str, ...]
    project_id: int | None = None
    path: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditHook:
    """Change a draft or rejected hook."""

    hook_id: int
    version: int
    name: str
    system_id: int
    events: tuple[str, ...]
    project_id: int | None = None
    path: str = ""
    submit: bool = False


@handles(CreateHook, permission="hook-configs.create")
def create_hook(work: Work, command: CreateHook) -> int:
    """Draft it with a secret of its own; refused (422) without an authorised system or an event."""
    hook = work.add(
        HookConfig(
            organisation_id=work.actor.tenant_id,
            maker_id=work.actor.user_id,
            secret_token=cipher.encrypt(new_secret()),
            **_checked_hook(work, command),
        )
    )
    return drafted(work, HOOK, hook, "created", hand_in=command.submit)


@handles(EditHook, permission="hook-configs.edit")
def edit_hook(work: Work, command: EditHook) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409."""
    hook: HookConfig = draft(work, HOOK, command.hook_id, command.version)
    for key, value in _checked_hook(work, command).items():
        setattr(hook, key, value)
    return drafted(work, HOOK, hook, "edited", hand_in=command.submit)


@used_by(ThirdPartySystem, "delivery hook configs")
def hooks_of_system(row: ThirdPartySystem) -> Select[int]:
    """Select the hooks that speak to a system."""
    return select(HookConfig.id).where(
        HookConfig.organisation_id == row.organisation_id, HookConfig.system_id == row.id
    )


def _checked_hook(work: Work, command: CreateHook | EditHook) -> dict[str, object]:
    system = find(work.session, work.actor, ThirdPartySystem, command.system_id)
    if not system.is_authorised or system.retired_at is not None:
        raise Refusal("Choose an authorised system", field="system_id")
    project_id = checked_project(work, command.project_id)
    if system.project_id is not None and project_id != system.project_id:
        raise Refusal("Choose the project of the system", field="project_id")
    if not command.events or not set(command.events) <= set(EVENT_NAMES):
        raise Refusal("Choose at least one event from the list", field="events")
    return {
        "name": checked_name(command.name),
        "system_id": system.id,
        "project_id": project_id,
        "events": [name for name in EVENT_NAMES if name in command.events],
        "path": checked_path(command.path, field="path"),
    }
