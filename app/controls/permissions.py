"""The one catalogue of permissions, and the one place that narrows a query to what may be seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache, wraps
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, false, select

from app.controls.identity import Actor
from app.kernel.errors import Forbidden, Missing

Record = TypeVar("Record")
Query = TypeVar("Query")
_KEPT_QUERIES = 512
_NOT_PERMITTED = "You do not have permission to do this."

_RECORD = ("view", "create", "edit", "delete")
_REVIEW = ("approve-l1", "approve-l2", "approve-l3")


@dataclass(frozen=True, slots=True)
class Module:
    """A section of the catalogue: its key, the name people read, and its actions."""

    key: str
    name: str
    actions: tuple[str, ...]

    @property
    def permissions(self) -> tuple[str, ...]:
        """The module's permissions, such as "accounts.delete"."""
        return tuple(f"{self.key}.{action}" for action in self.actions)


CATALOGUE = (
    Module(
        "clients",
        "Clients",
        ("view-own", "view-all", "create", "edit", "delete", "credit-limit", *_REVIEW),
    ),
    Module("agents", "Agents", (*_RECORD, "change-status", *_REVIEW)),
    Module("projects", "Projects", ("view-own", "view-all", "create", "edit", "delete")),
    Module("desks", "Desks", ("view-own", "view-all", "create", "edit", "delete")),
    Module("accounts", "Accounts", (*_RECORD, "change-status", *_REVIEW)),
    Module("mandates", "Mandates", ("view", "create", "edit")),
    Module(
        "assets",
        "Assets",
        (*_RECORD, "change-status", "deposit", "withdraw", "transfer", "exchange", "adjust-holds"),
    ),
    Module("funding", "Funding sources", (*_RECORD, "verify")),
    Module(
        "transactions",
        "Transactions",
        (*_RECORD, "change-status", "edit-description", "reverse", "back-date", *_REVIEW),
    ),
    Module(
        "forward-dated",
        "Forward-dated transactions",
        ("view", "create", "edit", "cancel", *_REVIEW),
    ),
    Module("standing-orders", "Standing orders", (*_RECORD, "cancel", "pause", *_REVIEW)),
    Module("products", "Chart of accounts", (*_RECORD, *_REVIEW)),
    Module("facility-classes", "Facility classes", (*_RECORD, *_REVIEW)),
    Module(
        "account-conditions",
        "Account conditions",
        (*_RECORD, "supersede", *_REVIEW),
    ),
    Module("base-rates", "Base rates", (*_RECORD, *_REVIEW)),
    Module("charges", "Charges", (*_RECORD, *_REVIEW)),
    Module("facilities", "Facilities", (*_RECORD, "change-status", "allocate", *_REVIEW)),
    Module("collateral", "Collateral", _RECORD),
    Module("loan-workflows", "Loan workflows", (*_RECORD, *_REVIEW)),
    Module("activity-rules", "Activity rules", (*_RECORD, "apply", *_REVIEW)),
    Module("configuration", "Configuration", (*_RECORD, "export", "import")),
    Module("platforms", "Platforms", _RECORD),
    Module("payment-methods", "Payment methods", _RECORD),
    Module("banks", "Banks", _RECORD),
    Module("cards", "Cards", (*_RECORD, "charge")),
    Module("currencies", "Tenant currencies", (*_RECORD, "revalue")),
    Module("fees", "Company fees", _RECORD),
    Module("transaction-codes", "Transaction codes", (*_RECORD, *_REVIEW)),
    Module("commission-types", "Commission types", (*_RECORD, *_REVIEW)),
    Module("branches", "Branches", _RECORD),
    Module("structure", "Org structure", _RECORD),
    Module("calendars", "Work day years", (*_RECORD, *_REVIEW)),
    Module("closing", "Close of business", ("view", "run", "resume")),
    Module("closing-configuration", "Close of business configuration", (*_RECORD, *_REVIEW)),
    Module("reference-data", "Reference data", _RECORD),
    Module("users", "Users", _RECORD),
    Module("roles", "Roles and permissions", _RECORD),
    Module("approval-rules", "Approval rules", _RECORD),
    Module("approvals", "Approvals", ("view", "self-authorise")),
    Module("activity", "Activity logs", ("view", "decrypt")),
    Module("invoices", "Invoices", ("view", "create", "edit", "change-status", "pay")),
    Module("localisation", "Localisation", _RECORD),
    Module("requests", "Requests", ("view", "create", "edit")),
    Module("compliance", "Compliance reports", ("view", "create", "edit")),
    Module("marketplace", "Marketplace", _RECORD),
    Module("pipelines", "Pipelines", _RECORD),
    Module("statements", "Statements", ("view", "create")),
    Module("payments", "Payment files", (*_RECORD, *_REVIEW)),
    Module("third-party-systems", "Third-party systems", (*_RECORD, *_REVIEW)),
    Module("hook-configs", "Hook configs", (*_RECORD, "redeliver", *_REVIEW)),
    Module("api-keys", "API keys", ("own", "view", "create", "delete")),
    Module("reports", "Reports", _RECORD),
    Module("mail", "Mail", ("view", "send")),
    Module("licences", "Licences", _RECORD),
    Module("dashboard", "Dashboard", ("view",)),
    Module("portal", "Client area", ("view",)),
    Module("imports", "Imports", ("create",)),
    Module("platform", "Platform", ("administer",)),
)
ALL_PERMISSIONS = frozenset(permission for module in CATALOGUE for permission in module.permissions)
PLATFORM_ONLY = frozenset(("platform.administer", *(f"licences.{one}" for one in _RECORD)))
CLIENT_ONLY = frozenset({"portal.view"})
TENANT_PERMISSIONS = ALL_PERMISSIONS - PLATFORM_ONLY - CLIENT_ONLY

_EITHER = {
    "clients.view": ("clients.view-own", "clients.view-all"),
    "projects.view": ("projects.view-own", "projects.view-all"),
    "desks.view": ("desks.view-own", "desks.view-all"),
    "configuration.file": ("configuration.export", "configuration.import"),
    # Whoever makes such records may give up a draft of their own.
    "forward-dated.give-up": ("forward-dated.cancel", "forward-dated.create"),
}


def holds(actor: Actor, permission: str) -> bool:
    """Tell whether the actor holds the permission, or one of those it stands for.

    "clients.view" means own or all, "configuration.file" to write the file or to read one.

    Raises KeyError for a permission that is not in the catalogue.
    """
    if permission in _EITHER:
        return actor.may_any(_EITHER[permission])
    if permission not in ALL_PERMISSIONS:
        raise KeyError(permission)
    return actor.may(permission)


def demand(actor: Actor, permission: str) -> None:
    """Refuse with 403 when the actor lacks the permission; what is not licensed is not there."""
    if not actor.unlicensed.isdisjoint(_EITHER.get(permission, (permission,))):
        raise Missing
    if not holds(actor, permission):
        raise Forbidden(_NOT_PERMITTED)


def demand_system(actor: Actor) -> None:
    """Refuse with 403 whoever is not the house itself at work."""
    if not actor.is_system:
        raise Forbidden(_NOT_PERMITTED)


def known_permission(permission: str) -> bool:
    """Tell whether the name stands in the catalogue, so that a typing error stops the start-up."""
    return permission in ALL_PERMISSIONS or permission in _EITHER


def scoped(actor: Actor, model: type[Record]) -> Select[Record]:
    """Select the model's rows this actor may see: organisation, then the model's own scope.

    A model says what its scope is in a classmethod `visible_to(actor)` returning clauses.
    """
    return select(model).where(*visible(actor, model))


def visible(actor: Actor, model: type[Any]) -> Iterable[ColumnElement[bool]]:
    """Return the clauses that `scoped` uses, for selects of columns and joins."""
    if actor.organisation_id is None:
        return (false(),)
    clauses: list[ColumnElement[bool]] = [model.organisation_id == actor.organisation_id]
    if hasattr(model, "visible_to"):
        clauses.extend(model.visible_to(actor))
    return clauses


def kept_by_scope(build: Callable[[Actor], Query]) -> Callable[[Actor], Query]:
    """Build a query once for all whose organisation, person and scope are the same.

    The function may look at nothing else of its actor: putting a list's ten joins together takes
    longer than sending them.
    """
    return _kept(build, _scope_of)


def kept_by_rights(build: Callable[..., Query]) -> Callable[..., Query]:
    """Build a query once for all whose permissions, and those lent to them, are the same as well.

    What else the function asks for tells its queries apart too.
    """
    return _kept(build, _rights_of)


def _kept(build: Callable[..., Query], seen: Callable[[Actor], Actor]) -> Callable[..., Query]:
    built = lru_cache(maxsize=_KEPT_QUERIES)(build)

    @wraps(build)
    def of(actor: Actor, *more: Any) -> Query:
        return built(seen(actor), *more)

    # Whoever sends the query can keep what else it makes of it.
    of.is_kept = True  # type: ignore[attr-defined]
    return of


def _scope_of(actor: Actor) -> Actor:
    return Actor(actor.user_id, actor.organisation_id, name="", scope=actor.scope)


def _rights_of(actor: Actor) -> Actor:
    return replace(
        _scope_of(actor),
        permissions=actor.permissions,
        unlicensed=actor.unlicensed,
        stands_in_for=tuple(_rights_of(one) for one in actor.stands_in_for),
    )


def find(session: Any, actor: Actor, model: type[Record], record_id: int) -> Record:
    """Load one row inside the actor's scope, or refuse with the 404 of a missing id."""
    query = scoped(actor, model).where(model.id == record_id)  # type: ignore[attr-defined]
    record: Record | None = session.scalars(query).one_or_none()
    if record is None:
        raise Missing
    return record
