"""Who acts: a person or the system, with permissions, scope and where the request came from."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.controls.bounds import Bounds

PLATFORM = "platform.administer"
_SYSTEM = "System"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Where a command came from; what the log's Request Context card shows (E39.14, E39.16)."""

    method: str = ""
    path: str = ""
    address: str = ""
    browser: str = ""
    request_id: str = ""
    session_id: str = ""
    service: str = "web"

    @property
    def login_session_id(self) -> int:
        """The session of a signed-in browser; 0 where there is none, as behind a key."""
        return int(self.session_id) if self.session_id and self.service == "web" else 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may see: None means all; a set of ids means only those (W09.21-27).

    `chosen_project_id` is the project switcher's choice: it narrows, and never widens.
    """

    allowed_project_ids: frozenset[int] | None = None
    desk_ids: frozenset[int] | None = None
    own_clients: bool = False
    client_id: int | None = None
    chosen_project_id: int | None = None

    @property
    def project_ids(self) -> frozenset[int] | None:
        """The projects in sight: those allowed, narrowed to the chosen one."""
        if self.chosen_project_id is None:
            return self.allowed_project_ids
        chosen = frozenset({self.chosen_project_id})
        return chosen if self.allowed_project_ids is None else chosen & self.allowed_project_ids

    def contains(self, other: "Scope") -> bool:
        """Tell whether all projects and desks that the other sees are seen here."""
        pairs = (
            (self.allowed_project_ids, other.allowed_project_ids),
            (self.desk_ids, other.desk_ids),
        )
        return all(
            mine is None or (theirs is not None and theirs <= mine) for mine, theirs in pairs
        )

    def covers(
        self,
        *,
        project_id: int | None,
        desk_id: int | None,
        manager_id: int | None,
        client_id: int | None,
        user_id: int | None,
    ) -> bool:
        """Tell whether a record with these owners is inside; the intersection of all scopes."""
        if self.client_id is not None and client_id != self.client_id:
            return False
        if self.project_ids is not None and project_id not in self.project_ids:
            return False
        if self.desk_ids is not None and desk_id not in self.desk_ids:
            return False
        return not self.own_clients or (manager_id is not None and manager_id == user_id)


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. `organisation_id` is None only for the platform's own people.

    `permissions` are what the roles give; those `unlicensed` may not be used for the time being.
    `bounds` say when and where an agent may act; whoever is none has none.
    """

    user_id: int | None
    organisation_id: int | None
    name: str
    role: str = ""
    branch_id: int | None = None
    branch: str = ""
    kind: str = "Human"
    permissions: frozenset[str] = frozenset()
    scope: Scope = Scope()
    is_preview: bool = False
    # Colleagues who lent this person their right to approve, each with what was lent.
    stands_in_for: tuple["Actor", ...] = ()
    context: RequestContext = field(default_factory=RequestContext)
    unlicensed: frozenset[str] = frozenset()
    bounds: Bounds | None = None

    def may(self, permission: str) -> bool:
        """Tell whether the actor holds the permission, and its module is licensed."""
        return permission in self.permissions and permission not in self.unlicensed

    def may_any(self, permissions: Iterable[str]) -> bool:
        """Tell whether the actor holds one of the permissions."""
        return any(self.may(permission) for permission in permissions)

    @property
    def is_system(self) -> bool:
        """Whether the house itself acts, and no person."""
        return self.kind == _SYSTEM

    @property
    def tenant_id(self) -> int:
        """The organisation acted in; a platform actor without one is a programming error."""
        if self.organisation_id is None:
            raise RuntimeError("this actor has chosen no organisation")
        return self.organisation_id

    def within(self, organisation_id: int) -> "Actor":
        """Return the same actor acting in another organisation (platform people only)."""
        return replace(self, organisation_id=organisation_id)


ANONYMOUS = Actor(user_id=None, organisation_id=None, name="Nobody", kind="Human")


def system_actor(organisation_id: int | None, permissions: frozenset[str], name: str) -> Actor:
    """Return the house itself at work for an organisation, for imports, jobs and provisioning."""
    return Actor(
        user_id=None,
        organisation_id=organisation_id,
        name=name,
        role=_SYSTEM,
        kind=_SYSTEM,
        permissions=permissions,
        context=RequestContext(service="worker"),
    )
