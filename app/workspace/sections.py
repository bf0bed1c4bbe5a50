"""The sidebar: which lists stand in which section, and who may see each."""

from app.workspace.lines import Entry, Tab, group

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
        (
            Entry("Customers", "/admin/clients", "users", "clients.view"),
            Entry("Requests", "/admin/requests", "message-square", "requests.view"),
            Entry("Agents", "/admin/agents", "briefcase", "agents.view"),
        ),
    ),
    (
        "Core Banking",
        (
            Entry("Accounts", "/admin/accounts", "wallet", "accounts.view"),
            Entry("Assets", "/admin/assets", "coins", "assets.view"),
            Entry("Banks", "/admin/banks", "landmark", "banks.view"),
            Entry("Cards", "/admin/cards", "credit-card", "cards.view"),
            Entry("Transactions", "/admin/transactions", "arrow-up-down", "transactions.view"),
            Entry("Interest", "/admin/interest-postings", "trending-up", "accounts.view"),
            Entry("Payment Files", "/admin/payments", "files", "payments.view"),
            Entry("Company Fees", "/admin/company-fees", "percent", "fees.view"),
            Entry("Invoices", "/admin/invoices", "receipt", "invoices.view"),
            Entry("Funding sources", "/admin/funding-sources", "piggy-bank", "funding.view"),
            Entry("Holds", "/admin/holds", "lock", "assets.view"),
            group(
                "Payment Methods",
                "wallet-minimal",
                ("Deposit", "/admin/deposit-methods"),
                ("Withdrawal", "/admin/withdrawal-methods"),
                permission="payment-methods.view",
            ),
            Entry("Platforms", "/admin/platforms", "plug", "platforms.view"),
            group(
                "Statements",
                "file-text",
                ("Statements", "/admin/statements"),
                ("Print Queue", "/admin/print-queue"),
                permission="statements.view",
            ),
            Entry("Configurations", "/admin/configurations", "settings", "configuration.view"),
        ),
    ),
    (
        "Ledger Operations",
        (
            Entry("Forward-Dated", "/admin/forward-dated", "calendar-clock", "forward-dated.view"),
            Entry("Standing Orders", "/admin/standing-orders", "repeat", "standing-orders.view"),
            Entry("Facilities", "/admin/facilities", "handshake", "facilities.view"),
            Entry("Amendments", "/admin/facility-amendments", "file-pen", "facilities.view"),
        ),
    ),
    (
        "Ledger",
        (
            Entry("Chart of Accounts", "/admin/products", "book-open", "products.view"),
            Entry("Currency Positions", "/admin/currency-positions", "scale", "currencies.view"),
            Entry("Exchange Income", "/admin/exchange-income", "chart-line", "currencies.view"),
            Entry("Reports", "/admin/reports", "chart-column", "reports.view"),
            Entry("Exports", "/admin/exports", "download", "reports.view"),
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
            group(
                "Org Structure",
                "network",
                ("Departments", "/admin/departments"),
                ("Cost Centres", "/admin/cost-centres"),
                permission="structure.view",
            ),
            Entry("Users", "/admin/users", "user-cog", "users.view"),
            Entry("Roles & Permissions", "/admin/roles", "shield-check", "roles.view"),
            Entry("Password Rules", "/admin/password-rules", "key-round", "roles.edit"),
            group(
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
            group(
                "Third Party Delivery",
                "webhook",
                ("Systems", "/admin/third-party-systems", "third-party-systems.view"),
                ("Hook Configs", "/admin/hook-configs", "hook-configs.view"),
                ("Postbacks", "/admin/postbacks", "hook-configs.view"),
                permission="third-party-systems.view",
            ),
            group(
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
        (
            Entry(
                "Work Day Years",
                "/admin/work-day-years",
                "calendar-days",
                "calendars.view",
                words="holidays weekends",
            ),
        ),
    ),
    (
        "Close of Business",
        (
            Entry(
                "Close the Day",
                "/admin/close-of-business",
                "moon",
                "closing.view",
                words="trigger end of day",
            ),
            Entry("Closes", "/admin/closing-runs", "list-checks", "closing.view", words="runs"),
            Entry(
                "COB Configuration",
                "/admin/closing-configurations",
                "settings-2",
                "closing-configuration.view",
            ),
        ),
    ),
    (
        "Configuration",
        (
            group(
                "Localisation",
                "languages",
                ("Translations", "/admin/translations"),
                ("Texts", "/admin/texts"),
                ("Templates", "/admin/mail-templates"),
                permission="localisation.view",
            ),
            Entry("Numbering", "/admin/numberings", "hash", "configuration.view"),
            group(
                "System Data",
                "list-tree",
                ("Titles", "/admin/titles"),
                ("Genders", "/admin/genders"),
                ("Marital Statuses", "/admin/marital-statuses"),
            ),
            group(
                "Customer Configuration",
                "user-round-cog",
                ("Customer Types", "/admin/customer-types"),
                ("Customer Ratings", "/admin/customer-ratings"),
            ),
            group(
                "Account Configuration",
                "wallet-cards",
                ("Statuses", "/admin/account-statuses"),
                ("Account Conditions", "/admin/account-conditions", "account-conditions.view"),
                ("Charges", "/admin/charges", "charges.view"),
                ("Activity Rules", "/admin/activity-rules", "activity-rules.view"),
                ("Onboarding", "/admin/onboarding-rules", "configuration.view"),
            ),
            group(
                "Identity / Compliance",
                "id-card",
                ("Document Types", "/admin/document-types"),
                ("Identity Types", "/admin/identity-types"),
            ),
            group(
                "Loan Configuration",
                "hand-coins",
                ("Loan Purposes", "/admin/loan-purposes"),
                ("Collateral Types", "/admin/collateral-types"),
                ("Facility Classes", "/admin/facility-classes", "facility-classes.view"),
                ("Base Rates", "/admin/base-rates", "base-rates.view"),
                ("Workflow Types", "/admin/workflow-types", "loan-workflows.view"),
                ("Workflow Stages", "/admin/workflow-stages", "loan-workflows.view"),
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
        "Client Area",
        (Entry("Snippets", "/admin/snippets", "puzzle", "localisation.view"),),
    ),
    (
        "Marketplace",
        (
            Entry("Products", "/admin/marketplace-products", "package", "marketplace.view"),
            Entry("Orders", "/admin/orders", "shopping-cart", "marketplace.view"),
            Entry("Integrations", "/admin/integrations", "blocks", "marketplace.view"),
        ),
    ),
    (
        "Compliance",
        (
            group(
                "Reports",
                "siren",
                ("Incident Reports", "/admin/incident-reports"),
                ("Violation Reports", "/admin/violation-reports"),
                ("Penetration Reports", "/admin/penetration-reports"),
                permission="compliance.view",
            ),
        ),
    ),
    (
        "System",
        (
            Entry("Activity Logs", "/admin/activity", "list", "activity.view"),
            Entry("Mail", "/admin/mails", "mail", "mail.view"),
            group(
                "Pipelines",
                "workflow",
                ("Runs", "/admin/pipelines"),
                ("Servers", "/admin/pipeline-servers"),
                permission="pipelines.view",
            ),
            Entry(
                "Configuration File",
                "/admin/configuration-file",
                "braces",
                "configuration.file",
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
