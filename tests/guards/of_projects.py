"""Records that belong to a project, and the addresses that would lead to them."""

from __future__ import annotations

from datetime import date

from app.compliance.commands import LogReport, ReportTerms
from app.controls.commands import perform
from app.marketplace.commands import PlaceOrder
from app.projects.commands import CreateInProject
from app.requests.commands import OpenRequest
from tests.factories import House

OWNERS_OF_PROJECTS = {
    "/admin/incident-reports": "incident",
    "/admin/integrations": "integration",
    "/admin/mail-templates": "mail-template",
    "/admin/marketplace-products": "marketplace-product",
    "/admin/numberings": "numbering",
    "/admin/orders": "order",
    "/admin/penetration-reports": "penetration",
    "/admin/pipeline-servers": "pipeline-server",
    "/admin/requests": "request",
    "/admin/snippets": "snippet",
    "/admin/texts": "project-text",
    "/admin/translations": "translation",
    "/admin/violation-reports": "violation",
    "/portal/requests": "request",
}
_SAID = {"language": "en", "body": "text"}
_TOLD = frozenset({"label", "translation", "body", "name", "subject"})
_LISTS = {
    "translation": {"language": "sw", "label": "Name", "translation": "Jina"},
    "project-text": _SAID | {"code": "portal-greeting"},
    "mail-template": _SAID | {"letter": "approvals-waiting", "subject": "Waiting"},
    "snippet": _SAID | {"name": "Offer", "place": "balances"},
    "marketplace-product": {"name": "Reader", "currency": "KES", "price": "1", "is_active": True},
    "integration": {"name": "Shop", "kind": "webstore"},
    "pipeline-server": {"name": "Builder", "system": "gitlab"},
}


def of_a_project(house: House, mark: str, project_id: int, client_id: int) -> dict[str, int]:
    """Make one record of each list of a project; the mark stands where people read it."""
    ids = {}
    for entity, values in _LISTS.items():
        told = {key: f"{mark}: {value}" if key in _TOLD else value for key, value in values.items()}
        ids[entity] = perform(CreateInProject(entity, project_id, told), house.administrator)
    numbers = {"kind": "order", "prefix": "X-", "next_number": "1"}
    numbering = CreateInProject("project-numbering", project_id, numbers)
    ids["numbering"] = perform(numbering, house.administrator)
    request = OpenRequest("support", mark, mark, client_id=client_id)
    ids["request"] = perform(request, house.administrator)
    terms = ReportTerms(mark, "low", date(2026, 11, 1), mark)
    for kind in ("incident", "violation", "penetration"):
        ids[kind] = perform(LogReport(kind, project_id, terms), house.administrator)
    order = PlaceOrder(client_id, ids["marketplace-product"])
    ids["order"] = perform(order, house.administrator)
    return ids
