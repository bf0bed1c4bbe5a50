"""What a configuration file carries of outside systems and hooks: never what they are trusted by.

A hook comes with a secret of its own and paused, until the system has its credentials.
"""

from typing import Any

from app.controls.approvals import submit
from app.controls.work import Work
from app.integrations.hooks import HOOK, CreateHook, EditHook, create_hook, edit_hook
from app.integrations.models import SYSTEM_KINDS, HookConfig, ThirdPartySystem
from app.integrations.systems import (
    SYSTEM,
    CreateSystem,
    EditSystem,
    create_system,
    edit_unheld,
)
from app.records.portable import carry_reviewed

IMPORTED = "Imported: type the system's credentials and renew the secret, then resume"


def draft_hook(work: Work, columns: dict[str, Any]) -> int:
    """Draft the hook, paused, and hand it in; returns its id."""
    hook_id = create_hook(work, CreateHook(**columns))
    hook = work.session.get_one(HookConfig, hook_id)
    hook.paused_at, hook.paused_reason = work.now, IMPORTED
    submit(work, HOOK, hook)
    return hook_id


def save_system(work: Work, record: ThirdPartySystem, columns: dict[str, Any]) -> None:
    """Save a draft; the credentials it has stay, unless another server would get them."""
    edit_unheld(work, EditSystem(record.id, record.version, **columns))


def save_hook(work: Work, record: HookConfig, columns: dict[str, Any]) -> None:
    """Save a draft; its secret stays."""
    edit_hook(work, EditHook(record.id, record.version, **columns))


carry_reviewed(
    SYSTEM,
    key="third_party_systems",
    title="Third-party systems",
    identity=("name",),
    fields=("kind", "base_url", "project", "description", "checks_path"),
    references={"project": "projects"},
    choices={"kind": lambda: SYSTEM_KINDS},
    create=lambda work, columns: create_system(work, CreateSystem(**columns, submit=True)),
    edit=save_system,
    note="New ones come without credentials: a file never holds any.",
)
carry_reviewed(
    HOOK,
    key="hook_configs",
    title="Delivery hook configs",
    identity=("system", "name"),
    fields=("project", "events", "path"),
    references={"system": "third_party_systems", "project": "projects"},
    create=draft_hook,
    edit=save_hook,
    note="New ones come paused, each with a secret of its own.",
)
