"""The page of a plain record, and the ways in and out of one that is retired (E40)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.retiring import retirement_of
from app.controls.review import STATUS_NAMES, STATUS_TONES
from app.controls.usage import MOST_COUNTED, usages_of
from app.web import cells
from app.web.listing import Listing
from app.web.pages import fact
from app.web.respond import row_action

KEPT = (
    "It can no longer be chosen or changed. It can be read under the status Inactive, and "
    "whatever uses it keeps it."
)
INACTIVE = {"text": "Inactive", "tone": "danger"}
Fact = dict[str, Any]


def record_page(
    listing: Listing, record: Any, rows: Sequence[Fact], *, subtitle: str = ""
) -> dict[str, Any]:
    """Return the page of a record that has no workflow: its facts, and when it was changed."""
    kept = [
        fact("Created", cells.instant(record.created_at)),
        fact("Last changed", cells.instant(record.updated_at)),
        fact("Version", cells.text(record.version)),
    ]
    return {
        "title": record.title(),
        "subtitle": subtitle,
        "ident": "",
        "badge": None,
        "back": {"label": listing.title, "href": listing.path},
        "actions": [],
        "cards": [{"title": "General", "rows": [*rows, *kept], "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": record.version,
    }


def usual_actions(path: str, module: str, row: Any, actor: Actor) -> list[dict[str, Any]]:
    """Return the pencil and the trash of a row, as far as the actor may."""
    actions = []
    if holds(actor, f"{module}.edit"):
        actions.append(row_action("Edit", f"{path}/{row.id}/edit", "pencil", drawer=True))
    if holds(actor, f"{module}.delete"):
        href = f"{path}/{row.id}/delete"
        actions.append(row_action("Delete", href, "trash-2", dialog=True, danger=True))
    return actions


def with_danger(
    detail: dict[str, Any], session: Session, actor: Actor, *, record: Any, path: str
) -> dict[str, Any]:
    """Complete a page: a Danger Zone for those who may delete; an inactive one is only read."""
    if record.retired_at is not None:
        return inactive(detail, record)
    retirement = retirement_of(type(record))
    if not holds(actor, retirement.permission):
        return detail
    obstacle = retirement.obstacle(session, record)
    told = f"Deleting takes this {retirement.name.lower()} out of use. {KEPT}"
    href = None if obstacle else f"{path}/{record.id}/delete"
    return detail | {"danger": {"text": obstacle or told, "href": href}}


def with_zone(detail: dict[str, Any], text: str, *, obstacle: str | None = None) -> dict[str, Any]:
    """Move a page's Delete into its Danger Zone, with what it does or what forbids it (E40.02).

    A page without that action stays as it is.
    """
    delete = next((one for one in detail["actions"] if one["label"] == "Delete"), None)
    if delete is None:
        return detail
    actions = [one for one in detail["actions"] if one is not delete]
    danger = {"text": obstacle or text, "href": None if obstacle else delete["href"]}
    return detail | {"actions": actions, "danger": danger}


def inactive(detail: dict[str, Any], record: Any) -> dict[str, Any]:
    """Return the page of what was deleted: its one badge says so, and nothing can be done (E40.08).

    All that is told of it stays.
    """
    since = [fact("Inactive since", cells.instant(record.retired_at))]
    cards = [one | {"rows": [*one["rows"], *since]} for one in detail["cards"][:1]]
    return detail | {
        "badge": INACTIVE,
        "badges": [INACTIVE],
        "actions": [],
        "workflow": None,
        "cards": [*cards, *detail["cards"][1:]],
    }


def record_badge(record: Any) -> dict[str, str]:
    """Return the badge of a reviewed record: where it stands in approval, or that it is deleted."""
    if getattr(record, "retired_at", None) is not None:
        return INACTIVE
    status = record.record_status
    return {"text": STATUS_NAMES[status], "tone": STATUS_TONES[status]}


def usage_facts(
    session: Session, actor: Actor, record: Any, *, led: str = "Used by "
) -> list[Fact]:
    """Return who uses a record and how often, each with a link to them where there is a list."""
    facts = []
    for usage, number in usages_of(session, record):
        many = f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"
        may_see = usage.list_at and (not usage.permission or holds(actor, usage.permission))
        href = usage.list_at.format(record=record) if may_see else None
        label = f"{led}{usage.noun}"
        facts.append(fact(label[:1].upper() + label[1:], cells.text(many, href=href, drawer=False)))
    return facts
