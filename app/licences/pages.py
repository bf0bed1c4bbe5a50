"""A licence as its page shows it: organisation, terms, modules, state, numbering (E38.02, E09)."""

from typing import Any

from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.licensing import LICENCE_MODULES, Standing, standing_of
from app.controls.permissions import holds
from app.controls.tenant import Licence, Organisation
from app.kernel.countries import known_countries
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/licences"
_BADGES = {
    Standing.GOOD: ("Active", "success"),
    Standing.EXPIRED: ("Expired", "danger"),
    Standing.INACTIVE: ("Inactive", "warning"),
    Standing.TAMPERED: ("Tampered", "danger"),
}


def standing_badge(tenant: Organisation) -> dict[str, str]:
    """Return how the organisation's licence stands, as a badge."""
    shown, tone = _BADGES[standing_of(tenant, door.clock())]
    return {"shown": shown, "tone": tone}


def country_name(code: str) -> str:
    """Return the country's name."""
    return known_countries().get(code, code)


def licence_page(
    who: Actor, licence: Licence, tenant: Organisation, sequences: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the page of a licence."""
    badge = standing_badge(tenant)
    path = f"{PATH}/{licence.id}"
    may_edit = holds(who, "licences.edit")
    return {
        "title": tenant.name,
        "subtitle": "License",
        "ident": "",
        "badge": {"text": badge["shown"], "tone": badge["tone"]},
        "back": {"label": "Licenses", "href": PATH},
        "actions": _actions(who, licence, tenant, path) if may_edit else [],
        "cards": [
            {"title": "License", "rows": _terms(licence), "open": True},
            {"title": "Organization", "rows": _organisation(tenant), "open": True},
        ],
        "tabs": [],
        "workflow": None,
        "timeline": [],
        "version": licence.version,
        "extra": "licences/_sequences.html",
        "sequences": [
            one | {"edit_href": f"{path}/sequences/{one['id']}" if may_edit and one["id"] else None}
            for one in sequences
        ],
        "initialise_href": f"{path}/sequences"
        if may_edit and not all(one["is_there"] for one in sequences)
        else None,
    }


def _terms(licence: Licence) -> list[dict[str, Any]]:
    names = [module.name for module in LICENCE_MODULES if module.key in licence.modules]
    return [
        fact("Organization name", cells.text(licence.licensee)),
        fact("Expiry date", cells.day(licence.expires_on)),
        fact("Modules", cells.text(", ".join(names) or "None beside the core")),
        fact("Active", cells.text("Yes" if licence.is_active else "No")),
        fact("Issued", cells.instant(licence.issued_at)),
    ]


def _organisation(tenant: Organisation) -> list[dict[str, Any]]:
    return [
        fact("Company name", cells.text(tenant.name)),
        fact("Country", cells.text(country_name(tenant.country))),
        fact("Base currency", cells.text(tenant.base_currency)),
        fact("Business date", cells.day(tenant.business_date)),
    ]


def _actions(who: Actor, licence: Licence, tenant: Organisation, path: str) -> list[dict[str, Any]]:
    standing = standing_of(tenant, door.clock())
    actions = [row_action("Edit", f"{path}/edit", "pencil", drawer=True, primary=True)]
    if standing is Standing.GOOD and tenant.id != who.organisation_id:
        href = f"/admin/organisations/{tenant.id}/enter"
        actions.append(row_action("Work inside", href, "log-in", dialog=True))
    if standing is Standing.TAMPERED:
        return actions
    if licence.is_active:
        href = f"{path}/deactivate"
        actions.append(row_action("Deactivate", href, "ban", dialog=True, danger=True))
    else:
        actions.append(row_action("Activate", f"{path}/activate", "play", dialog=True))
    return actions
