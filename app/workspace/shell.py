"""The shell around every page: sections by permission, projects, the person.

What waits for approval is counted by a fragment of its own, so that no page pays for it.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.web.context import actor, organisation, read_session
from app.workspace.switchers import organisation_switcher, project_switcher


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several lists behind a line of the sidebar."""

    label: str
    href: str
    permission: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the sidebar: shown to those who hold the permission.

    A line of several lists has a tab for each, which their pages show on top; it leads to the
    first that may be seen.
    """

    label: str
    href: str
    icon: str
    permission: str
    tabs: tuple[Tab, ...] = ()

    @property
    def places(self) -> tuple[Tab, ...]:
        """The lists behind the line: its tabs, else the one it leads to."""
        return self.tabs or (Tab(self.label, self.href, self.permission),)


def _group(
    label: str, icon: str, *tabs: tuple[str, ...], permission: str = "reference-data.view"
) -> Entry:
    """Return the line of several lists; a tab may name a permission of its own."""
    made = tuple(Tab(name, href, *(own or (permission,))) for name, href, *own in tabs)
    return Entry(label, made[0].href, icon, permission, made)


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("Dashboard", "/admin/dashboard", "layout-dashboard", "dashboard.view"),
            Entry("Approvals", "/admin/approvals", "circle-check", "approvals.view"),
            Entry("Delegations", "/admin/delegations", "user-check", "approvals.view"),
        ),
    ),
    (
        "CRM",
        (Entry("Customers", "/admin/clients", "users", "clients.view"),),
    ),
    (
        "Core Banking",
        (
            Entry("Accounts", "/admin/accounts", "wallet", "accounts.view"),
            Entry("Assets", "/admin/assets", "coins", "assets.view"),
            Entry("Transactions", "/admin/transactions", "arrow-up-down", "transactions.view"),
            Entry("Payment Files", "/admin/payments", "files", "payments.view"),
            Entry("Company Fees", "/admin/company-fees", "percent", "fees.view"),
            Entry("Funding sources", "/admin/funding-sources", "landmark", "funding.view"),
            Entry("Holds", "/admin/holds", "lock", "assets.view"),
            Entry("Platforms", "/admin/platforms", "plug", "platforms.view"),
            Entry("Statements", "/admin/statements", "file-text", "statements.view"),
            Entry("Configurations", "/admin/configurations", "settings", "configuration.view"),
        ),
    ),
    (
        "Ledger",
        (
            Entry("Chart of Accounts", "/admin/products", "book-open", "products.view"),
            Entry("Currency Positions", "/admin/currency-positions", "scale", "currencies.view"),
            Entry("Exchange Income", "/admin/exchange-income", "chart-line", "currencies.view"),
            Entry("Reports", "/admin/reports", "chart-column", "reports.view"),
            Entry("Entries", "/admin/entries", "scroll-text", "transactions.view"),
        ),
    ),
    (
        "Financial Config",
        (
            Entry(
                "Booking Settings",
                "/admin/booking-settings",
                "calendar-check",
                "configuration.edit",
            ),
            Entry("Transaction Codes", "/admin/transaction-codes", "tag", "transaction-codes.view"),
            Entry(
                "Commission Types", "/admin/commission-types", "hand-coins", "commission-types.view"
            ),
        ),
    ),
    (
        "Organisation",
        (
            Entry("Projects", "/admin/projects", "folder-kanban", "projects.view"),
            Entry("Desks", "/admin/desks", "panels-top-left", "desks.view"),
            Entry("Branch Management", "/admin/branches", "building-2", "branches.view"),
            _group(
                "Org Structure",
                "network",
                ("Departments", "/admin/departments"),
                ("Cost Centres", "/admin/cost-centres"),
                permission="structure.view",
            ),
            Entry("Users", "/admin/users", "user-cog", "users.view"),
            Entry("Roles & Permissions", "/admin/roles", "shield-check", "roles.view"),
            Entry("Password Rules", "/admin/password-rules", "key-round", "roles.edit"),
            _group(
                "Approval Rules",
                "scale",
                ("Rules", "/admin/approval-rules"),
                ("Who would approve?", "/admin/approval-simulation"),
                permission="approval-rules.view",
            ),
            Entry("Approval Settings", "/admin/approval-settings", "bell", "approval-rules.edit"),
        ),
    ),
    (
        "Integrations",
        (
            _group(
                "Third Party Delivery",
                "webhook",
                ("Systems", "/admin/third-party-systems", "third-party-systems.view"),
                ("Hook Configs", "/admin/hook-configs", "hook-configs.view"),
                ("Postbacks", "/admin/postbacks", "hook-configs.view"),
                permission="third-party-systems.view",
            ),
            _group(
                "API Keys",
                "key-round",
                ("Keys", "/admin/api-keys"),
                ("Service Accounts", "/admin/service-accounts"),
                permission="api-keys.view",
            ),
        ),
    ),
    (
        "Calendar & Operations",
        (Entry("Work Day Years", "/admin/work-day-years", "calendar-days", "calendars.view"),),
    ),
    (
        "Configuration",
        (
            _group(
                "System Data",
                "list-tree",
                ("Titles", "/admin/titles"),
                ("Genders", "/admin/genders"),
                ("Marital Statuses", "/admin/marital-statuses"),
            ),
            _group(
                "Customer Configuration",
                "user-round-cog",
                ("Customer Types", "/admin/customer-types"),
                ("Customer Ratings", "/admin/customer-ratings"),
            ),
            _group(
                "Account Configuration",
                "wallet-cards",
                ("Statuses", "/admin/account-statuses"),
                ("Activity Rules", "/admin/activity-rules", "activity-rules.view"),
            ),
            _group(
                "Identity / Compliance",
                "id-card",
                ("Document Types", "/admin/document-types"),
                ("Identity Types", "/admin/identity-types"),
            ),
            _group(
                "Loan Configuration",
                "hand-coins",
                ("Loan Purposes", "/admin/loan-purposes"),
                ("Collateral Types", "/admin/collateral-types"),
                ("Facility Classes", "/admin/facility-classes", "facility-classes.view"),
            ),
            Entry(
                "Financial Config",
                "/admin/currencies",
                "banknote",
                "currencies.view",
                (
                    Tab("Tenant Currency", "/admin/currencies", "currencies.view"),
                    Tab("Source of Funds", "/admin/source-of-funds", "reference-data.view"),
                ),
            ),
        ),
    ),
    (
        "System",
        (
            Entry("Activity Logs", "/admin/activity", "list", "activity.view"),
            Entry("Mail", "/admin/mails", "mail", "mail.view"),
            Entry(
                "Configuration File",
                "/admin/configuration-file",
                "braces",
                "configuration.export",
            ),
        ),
    ),
    (
        "Platform",
        (
            Entry("Organisations", "/admin/organisations", "building-2", "platform.administer"),
            Entry("Licenses", "/admin/licences", "badge-check", "licences.view"),
        ),
    ),
)


_OF_THE_PLATFORM = ("platform", "licences", "dashboard", "activity")


def install_shell(app: Flask) -> None:
    """Give every template `shell`, made when a page of the signed-in shell asks for it."""

    @app.context_processor
    def shell() -> dict[str, Any]:
        if not current_user.is_authenticated:
            return {}
        return {"shell": LocalProxy(_shell_of_request)}


def _shell_of_request() -> dict[str, Any]:
    if "shell" not in g:
        g.shell = _shell(read_session(), actor(), organisation())
    made: dict[str, Any] = g.shell
    return made


def _shell(session: Session, who: Actor, tenant: Organisation | None) -> dict[str, Any]:
    return {
        "organisation": tenant.name if tenant else "Countinghouse",
        "business_date": tenant.business_date.isoformat() if tenant else "",
        "place": _place(who, tenant),
        "sections": _sections(who, tenant),
        "projects": project_switcher(session, who, tenant),
        "organisations": organisation_switcher(session, who, tenant),
        "project_switch_url": "/switch-project",
        "user": {
            "name": current_user.user.shown_name,
            "initials": current_user.user.initials,
            "role": who.role,
            "email": current_user.user.email,
        },
        "calendar_href": "/admin/calendar",
        "preview": who.role if who.is_preview else "",
        "tabs": _tabs(who),
    }


def _place(who: Actor, tenant: Organisation | None) -> str:
    if tenant is None:
        return "Platform"
    return f"{tenant.base_currency} · {who.branch or tenant.name}"


def _tabs(who: Actor) -> list[dict[str, Any]]:
    """Return the tabs of the line that the present page belongs to."""
    lines = (entry for _label, entries in SECTIONS for entry in entries if entry.tabs)
    here = next((one for one in lines if any(_is_here(tab.href) for tab in one.tabs)), None)
    return [
        {"label": tab.label, "href": tab.href, "current": _is_here(tab.href)}
        for tab in (here.tabs if here else ())
        if holds(who, tab.permission)
    ]


def _is_here(href: str) -> bool:
    return request.path == href or request.path.startswith(f"{href}/")


def _sections(who: Actor, tenant: Organisation | None) -> list[dict[str, Any]]:
    sections = []
    for label, entries in SECTIONS:
        shown = [
            _line(entry, places)
            for entry in entries
            if (places := [one for one in entry.places if _may_see(who, tenant, one.permission)])
        ]
        if shown:
            sections.append({"label": label, "entries": shown})
    return sections


def _may_see(who: Actor, tenant: Organisation | None, permission: str) -> bool:
    return holds(who, permission) and (
        tenant is not None or permission.startswith(_OF_THE_PLATFORM)
    )


def _line(entry: Entry, places: list[Tab]) -> dict[str, Any]:
    href = places[0].href
    return {
        "label": entry.label,
        "href": href,
        "icon": entry.icon,
        "current": any(_is_here(one.href) for one in places),
        "badge_href": f"{href}/count" if href == "/admin/approvals" else None,
    }
