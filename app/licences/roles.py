"""The system roles an organisation starts with."""

from app.controls.permissions import TENANT_PERMISSIONS

_VIEW_ALL = frozenset({"clients.view-all", "projects.view-all", "desks.view-all"})
_VIEW_OWN_PROJECTS = frozenset({"clients.view-all", "projects.view-own", "desks.view-all"})
_SEE = frozenset(
    {
        "accounts.view", "assets.view", "transactions.view", "products.view",
        "configuration.view", "currencies.view", "branches.view", "structure.view",
        "reference-data.view", "statements.view", "approvals.view", "payments.view",
        "fees.view", "transaction-codes.view", "commission-types.view",
        "funding.view", "platforms.view", "banks.view", "cards.view", "invoices.view",
        "payment-methods.view", "localisation.view", "requests.view", "compliance.view",
        "marketplace.view", "pipelines.view",
        "facility-classes.view", "activity-rules.view", "calendars.view",
        "forward-dated.view", "standing-orders.view",
        "account-conditions.view", "base-rates.view", "charges.view",
        "third-party-systems.view", "hook-configs.view",
        "facilities.view", "collateral.view", "loan-workflows.view",
        "mandates.view", "agents.view",
    }
)  # fmt: skip
_WATCH = frozenset({"closing.view", "closing-configuration.view"})
_TELL = frozenset(
    {
        "clients.create", "clients.edit", "accounts.create", "accounts.edit", "assets.create",
        "assets.edit", "assets.deposit", "assets.withdraw", "assets.transfer",
        "assets.exchange",
        "transactions.create", "transactions.edit", "transactions.edit-description",
        "transactions.delete",
        "statements.create", "payments.create", "payments.delete", "funding.create",
        "funding.edit", "cards.create", "cards.edit", "cards.charge",
        "invoices.create", "invoices.edit", "invoices.pay", "requests.create", "requests.edit",
        "marketplace.create", "marketplace.edit",
        "forward-dated.create", "forward-dated.edit", "standing-orders.create",
        "standing-orders.edit", "standing-orders.delete",
    }
)  # fmt: skip


def _approves(*levels: int) -> frozenset[str]:
    modules = (
        "clients", "accounts", "transactions", "products", "payments", "transaction-codes",
        "forward-dated", "standing-orders",
        "commission-types", "facility-classes", "activity-rules", "calendars", "facilities",
        "loan-workflows", "closing-configuration", "third-party-systems", "hook-configs",
        "account-conditions", "base-rates", "charges", "agents",
    )  # fmt: skip
    return frozenset(f"{module}.approve-l{level}" for module in modules for level in levels)


SYSTEM_ROLES: dict[str, tuple[str, frozenset[str]]] = {
    "Tenant Administrator": (
        "Everything inside the organisation; submits straight to Authorized.",
        TENANT_PERMISSIONS - {"clients.view-own", "projects.view-own", "desks.view-own"},
    ),
    "Branch Manager": (
        "Approves at level 1 and changes statuses.",
        _VIEW_ALL
        | _SEE
        | _TELL
        | _WATCH
        | _approves(1)
        | {
            "accounts.change-status",
            "assets.change-status",
            "assets.adjust-holds",
            "funding.verify",
            "funding.delete",
            "cards.delete",
            "invoices.change-status",
            "transactions.change-status",
            "transactions.reverse",
            "transactions.back-date",
            "forward-dated.cancel",
            "standing-orders.cancel",
            "standing-orders.pause",
            "accounts.delete",
            "assets.delete",
            "dashboard.view",
            "activity.view",
            "users.view",
            "approval-rules.view",
            "products.create",
            "products.edit",
            "facility-classes.create",
            "facility-classes.edit",
            "account-conditions.create",
            "account-conditions.edit",
            "account-conditions.supersede",
            "base-rates.create",
            "base-rates.edit",
            "charges.create",
            "charges.edit",
            "clients.credit-limit",
            "facilities.create",
            "facilities.edit",
            "facilities.delete",
            "facilities.change-status",
            "facilities.allocate",
            "collateral.create",
            "collateral.edit",
            "collateral.delete",
            "loan-workflows.create",
            "loan-workflows.edit",
            "activity-rules.create",
            "activity-rules.edit",
            "reports.view",
            "reports.create",
            "reports.edit",
            "currencies.revalue",
            "transaction-codes.create",
            "transaction-codes.edit",
            "commission-types.create",
            "commission-types.edit",
            "calendars.create",
            "calendars.edit",
            "compliance.create",
            "compliance.edit",
            "third-party-systems.create",
            "third-party-systems.edit",
            "hook-configs.create",
            "hook-configs.edit",
            "hook-configs.redeliver",
            "api-keys.own",
            "api-keys.view",
            "closing.run",
            "closing.resume",
            "closing-configuration.create",
            "closing-configuration.edit",
            "mandates.create",
            "mandates.edit",
            "agents.create",
            "agents.edit",
            "agents.change-status",
            "agents.delete",
        },
    ),
    "Teller": (
        "Serves customers at the counter in their own projects.",
        _VIEW_OWN_PROJECTS | _SEE | _TELL,
    ),
    "Approver L1": ("Gives the final approval.", _VIEW_ALL | _SEE | _WATCH | _approves(1)),
    "Approver L2": ("Approves at level 2.", _VIEW_ALL | _SEE | _WATCH | _approves(2)),
    "Approver L3": ("Approves at level 3, the highest.", _VIEW_ALL | _SEE | _WATCH | _approves(3)),
    "Auditor": (
        "Reads everything and changes nothing.",
        _VIEW_ALL
        | _SEE
        | _WATCH
        | {
            "activity.view",
            "users.view",
            "roles.view",
            "approval-rules.view",
            "dashboard.view",
            "reports.view",
        },
    ),
}
