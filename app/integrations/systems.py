"""Third-party systems are drafted, reviewed, given credentials and tested (E42.33)."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.outgoing import demand_address, demand_token, leads_elsewhere
from app.controls.permissions import find
from app.controls.review import ReviewKind, review
from app.controls.secrecy import cipher
from app.controls.service_log import note
from app.controls.work import Work
from app.integrations.models import SYSTEM_KINDS, ThirdPartySystem
from app.kernel.errors import Conflict, Refusal
from app.organisation.queries import checked_project
from app.records.drafts import demand_not_deleted, retires_while_open

SHORTEST_NAME, LONGEST_NAME = 3, 100
LONGEST_DESCRIPTION = 500
LONGEST_PATH = 200
AGAIN = "Type the credentials again: they are not passed on to another address"

SYSTEM = review(
    ReviewKind(
        key="third-party-system",
        model=ThirdPartySystem,
        name="Third-party system",
        module="third-party-systems",
        path="/admin/third-party-systems",
        check=demand_not_deleted,
    )
)
retires_while_open(ThirdPartySystem, "Third-party system", permission="third-party-systems.delete")


@dataclass(frozen=True, slots=True)
class CreateSystem:
    """Draft a third-party system; empty credentials mean none are sent."""

    name: str
    kind: str
    base_url: str
    project_id: int | None = None
    description: str = ""
    checks_path: str | None = None
    credentials: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditSystem:
    """Change a draft or rejected system; empty credentials leave the present ones.

    They are typed again for an address of another server, which whoever edits may have chosen.
    """

    system_id: int
    version: int
    name: str
    kind: str
    base_url: str
    project_id: int | None = None
    description: str = ""
    checks_path: str | None = None
    credentials: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceCredentials:
    """Give a system, authorised or not, another bearer token."""

    system_id: int
    credentials: str


@dataclass(frozen=True, slots=True)
class RecordTest:
    """Keep what a connection test found."""

    system_id: int
    result: str


@dataclass(frozen=True, slots=True)
class StopChecks:
    """Ask a system no more who customers are."""

    system_id: int


@dataclass(frozen=True, slots=True)
class ResumeChecks:
    """Ask it again, about whoever is approved from then on."""

    system_id: int


@handles(CreateSystem, permission="third-party-systems.create")
def create_system(work: Work, command: CreateSystem) -> int:
    """Draft it; refused (422): no name, an unknown kind, an address nobody may ask."""
    demand_token(command.credentials, field="credentials")
    system = work.add(
        ThirdPartySystem(
            organisation_id=work.actor.tenant_id,
            maker_id=work.actor.user_id,
            credentials_token=cipher.encrypt(command.credentials) if command.credentials else "",
            **_checked_system(work, command),
        )
    )
    return drafted(work, SYSTEM, system, "created", hand_in=command.submit)


@handles(EditSystem, permission="third-party-systems.edit")
def edit_system(work: Work, command: EditSystem) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409.

    Refused (422) as well: another server's address without the credentials.
    """
    system: ThirdPartySystem = draft(work, SYSTEM, command.system_id, command.version)
    is_kept = system.credentials_token and not command.credentials
    if is_kept and leads_elsewhere(system.base_url, command.base_url.strip()):
        raise Refusal(AGAIN, field="credentials")
    return _save(work, system, command)


def edit_unheld(work: Work, command: EditSystem) -> int:
    """Save the draft as a file has it, which holds no credentials: another server gets none."""
    system: ThirdPartySystem = draft(work, SYSTEM, command.system_id, command.version)
    if leads_elsewhere(system.base_url, command.base_url.strip()):
        system.credentials_token = ""
    return _save(work, system, command)


@handles(ReplaceCredentials, permission="third-party-systems.edit")
def replace_credentials(work: Work, command: ReplaceCredentials) -> None:
    """Encrypt and keep the token: where it is sent was approved, what is sent may change."""
    system = find(work.session, work.actor, ThirdPartySystem, command.system_id)
    if not command.credentials.strip():
        raise Refusal("Credentials are required", field="credentials")
    demand_token(command.credentials.strip(), field="credentials")
    system.credentials_token = cipher.encrypt(command.credentials.strip())


@handles(StopChecks, permission="third-party-systems.edit")
def stop_checks(work: Work, command: StopChecks) -> None:
    """Stop them; refused (409) where it is asked nothing."""
    system = find(work.session, work.actor, ThirdPartySystem, command.system_id)
    if not system.checks_identity:
        raise Conflict("This system is not asked who customers are")
    system.checks_stopped_at = work.now


@handles(ResumeChecks, permission="third-party-systems.edit")
def resume_checks(work: Work, command: ResumeChecks) -> None:
    """Resume them; refused (409) where they were not stopped."""
    system = find(work.session, work.actor, ThirdPartySystem, command.system_id)
    if system.checks_stopped_at is None:
        raise Conflict("The identity checks of this system were not stopped")
    system.checks_stopped_at = None


@handles(RecordTest, permission="third-party-systems.edit")
def record_test(work: Work, command: RecordTest) -> str:
    """Write the result beside the system and into its log."""
    system = find(work.session, work.actor, ThirdPartySystem, command.system_id)
    system.tested_at, system.test_result = work.now, command.result
    note(work, system, "Connection test", command.result)
    return command.result


def _save(work: Work, system: ThirdPartySystem, command: EditSystem) -> int:
    demand_token(command.credentials, field="credentials")
    for key, value in _checked_system(work, command).items():
        setattr(system, key, value)
    if command.credentials:
        system.credentials_token = cipher.encrypt(command.credentials)
    return drafted(work, SYSTEM, system, "edited", hand_in=command.submit)


def _checked_system(work: Work, command: CreateSystem | EditSystem) -> dict[str, object]:
    if command.kind not in SYSTEM_KINDS:
        raise Refusal("Choose a kind from the list", field="kind")
    description = command.description.strip()
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal(
            f"Description can have at most {LONGEST_DESCRIPTION} characters", field="description"
        )
    base_url = command.base_url.strip().rstrip("/")
    demand_address(base_url, field="base_url")
    return {
        "name": checked_name(command.name),
        "kind": command.kind,
        "base_url": base_url,
        "project_id": checked_project(work, command.project_id),
        "description": description,
        "checks_path": checked_path(command.checks_path or "", field="checks_path") or None,
    }


def checked_name(text: str) -> str:
    """Return a name of 3 to 100 characters (422)."""
    name = text.strip()
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise Refusal(f"Name must have {SHORTEST_NAME} to {LONGEST_NAME} characters", field="name")
    return name


def checked_path(text: str, *, field: str) -> str:
    """Return a path that is added to a system's address, or nothing (422)."""
    path = text.strip()
    if not path:
        return ""
    parts = urlsplit(path)
    is_plain = path.isascii() and path.isprintable() and " " not in path
    if not path.startswith("/") or path.startswith("//") or parts.fragment or not is_plain:
        raise Refusal("A path begins with /, such as /webhooks/bank", field=field)
    # Whoever receives it may resolve them, written as they are or as percent signs.
    segments = unquote(parts.path).replace("\\", "/").split("/")
    if "." in segments or ".." in segments:
        raise Refusal("A path goes straight on: leave out . and ..", field=field)
    if len(path) > LONGEST_PATH:
        raise Refusal(f"A path can have at most {LONGEST_PATH} characters", field=field)
    return path
