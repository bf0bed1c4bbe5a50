"""Every blueprint of the house, in the order of the floors."""

from flask import Flask

import app.jobs  # noqa: F401  commands and due work are known to every process
from app.access.factor_admin_views import blueprint as factor_administration
from app.access.factor_views import blueprint as second_factors
from app.access.password_views import blueprint as passwords
from app.access.person_views import blueprint as people
from app.access.screens import blueprint as roles
from app.access.second_step_views import blueprint as second_step
from app.access.sessions import install_sessions
from app.access.views import blueprint as access
from app.accounts.ending.views import blueprint as account_endings
from app.accounts.rules.views import blueprint as activity_rules
from app.accounts.views import blueprint as accounts
from app.activity.views import blueprint as activity
from app.addresses.views import blueprint as addresses
from app.agenda.views import blueprint as agenda
from app.agents.views import blueprint as agents
from app.allocations.views import blueprint as allocations
from app.amendments.views import blueprint as amendments
from app.api.installing import install_api
from app.approvals.delegation_views import blueprint as delegations
from app.approvals.rules import blueprint as approval_rules
from app.approvals.settings import blueprint as approval_settings
from app.approvals.simulation_views import blueprint as approval_simulation
from app.approvals.views import blueprint as approvals
from app.assets.views import blueprint as assets
from app.banks.views import blueprint as banks
from app.books.capital_views import blueprint as books
from app.calendars.views import blueprint as calendars
from app.cards.views import blueprint as cards
from app.charges.views import blueprint as charges
from app.clients.views import blueprint as clients
from app.closing.views import blueprint as closing
from app.collateral.views import blueprint as collateral
from app.compliance.views import blueprint as compliance
from app.conditions.base_rate_views import blueprint as base_rates
from app.conditions.views import blueprint as conditions
from app.configuration.views import blueprint as configuration
from app.counter.corrections import blueprint as corrections
from app.counter.exchange import blueprint as exchange
from app.counter.views import blueprint as counter
from app.counter.wallets import blueprint as wallet_counter
from app.credit.views import blueprint as credit
from app.currencies.views import blueprint as currencies
from app.deliveries.views import blueprint as deliveries
from app.exports.views import blueprint as exports
from app.facilities.views import blueprint as facilities
from app.fees.code_views import blueprint as transaction_codes
from app.fees.commission_views import blueprint as commission_types
from app.fees.company_views import blueprint as company_fees
from app.fees.simulator import blueprint as fee_simulator
from app.funding.views import blueprint as funding
from app.holds.views import blueprint as holds
from app.integrations.views import blueprint as integrations
from app.interest.views import blueprint as interest
from app.invoices.document_views import blueprint as invoice_documents
from app.invoices.sending_views import blueprint as invoice_sending
from app.invoices.views import blueprint as invoices
from app.journals.booking_views import blueprint as booking_settings
from app.journals.views import blueprint as journals
from app.keys.holder import install_keys
from app.keys.views import blueprint as keys
from app.licences.gate import blueprint as licence_gate
from app.licences.gate import install_gate
from app.licences.organisations import blueprint as organisations
from app.licences.views import blueprint as licences
from app.localisation.menu import install_languages
from app.localisation.views import blueprint as localisation
from app.mail.views import blueprint as mail
from app.mandates.views import blueprint as mandates
from app.marketplace.views import blueprint as marketplace
from app.notices.views import blueprint as notices
from app.onboarding.views import blueprint as onboarding
from app.organisation.views import blueprint as organisation
from app.payment_methods.views import blueprint as payment_methods
from app.payments.views import blueprint as payments
from app.pipelines.views import blueprint as pipelines
from app.platforms.views import blueprint as platforms
from app.portal.adding import blueprint as portal_adding
from app.portal.invoices import blueprint as portal_invoices
from app.portal.requests import blueprint as portal_requests
from app.portal.views import blueprint as portal
from app.products.views import blueprint as products
from app.projects.views import blueprint as numberings
from app.reference.views import blueprint as reference
from app.reports.views import blueprint as reports
from app.requests.views import blueprint as requests
from app.schedules.forward_views import blueprint as forward_dated
from app.schedules.order_views import blueprint as standing_orders
from app.screening.views import blueprint as screening
from app.snippets.views import blueprint as snippets
from app.statements.views import blueprint as statements
from app.transactions.endings import blueprint as transaction_endings
from app.transactions.entry_list import blueprint as entries
from app.transactions.tabs import blueprint as transaction_tabs
from app.transactions.views import blueprint as transactions
from app.treasury.views import blueprint as treasury
from app.web.guard import check_declarations
from app.workflows.views import blueprint as workflows
from app.workspace.account_views import blueprint as account
from app.workspace.shell import install_shell
from app.workspace.views import blueprint as workspace

BLUEPRINTS = (
    notices,
    mail,
    organisation,
    currencies,
    access,
    second_step,
    passwords,
    second_factors,
    factor_administration,
    people,
    roles,
    reference,
    calendars,
    platforms,
    banks,
    clients,
    agenda,
    localisation,
    numberings,
    snippets,
    requests,
    compliance,
    pipelines,
    products,
    conditions,
    base_rates,
    assets,
    addresses,
    holds,
    funding,
    accounts,
    account_endings,
    mandates,
    agents,
    onboarding,
    screening,
    transaction_codes,
    commission_types,
    company_fees,
    fee_simulator,
    activity_rules,
    transactions,
    payments,
    payment_methods,
    transaction_tabs,
    entries,
    transaction_endings,
    cards,
    counter,
    corrections,
    wallet_counter,
    exchange,
    treasury,
    journals,
    booking_settings,
    forward_dated,
    standing_orders,
    interest,
    charges,
    statements,
    deliveries,
    workflows,
    invoices,
    invoice_documents,
    invoice_sending,
    marketplace,
    credit,
    keys,
    integrations,
    collateral,
    allocations,
    amendments,
    facilities,
    licence_gate,
    organisations,
    licences,
    configuration,
    workspace,
    exports,
    account,
    approval_rules,
    approval_simulation,
    approval_settings,
    delegations,
    approvals,
    activity,
    books,
    closing,
    reports,
    portal,
    portal_adding,
    portal_invoices,
    portal_requests,
)


def register(app: Flask) -> None:
    """Register the slices' pages, then see that each declares its permission."""
    install_sessions(app)
    install_keys(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    install_gate(app)
    install_api(app)
    install_shell(app)
    install_languages()
    check_declarations(app)
