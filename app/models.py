"""Every model of the house in one place, so that the metadata is whole."""

from app.access import agents, delegations, details, factor_models, password_rules, throttle
from app.access import models as access
from app.accounts.rules import models as activity_rules
from app.addresses import models as addresses
from app.agenda import models as agenda
from app.allocations import models as allocations
from app.banks import models as banks
from app.books import models as books
from app.calendars import models as calendars
from app.cards import models as cards
from app.charges import models as charges
from app.clients import models as clients
from app.clients.company import models as companies
from app.closing import models as closing
from app.collateral import models as collateral
from app.compliance import models as compliance
from app.conditions import models as conditions
from app.controls import (
    audit,
    due,
    idempotency,
    numbering,
    outbox,
    review,
    saved_views,
    service_log,
    tenant,
)
from app.credit import facility
from app.credit import models as credit
from app.currencies import models as currencies
from app.db.base import Base
from app.deliveries import models as deliveries
from app.exports import models as exports
from app.facilities import models as facilities
from app.fees import models as fees
from app.funding import models as funding
from app.integrations import models as integrations
from app.interest import models as interest
from app.invoices import models as invoices
from app.keys import models as keys
from app.ledger import accounts as ledger_accounts
from app.ledger import models as ledger
from app.ledger import reserved, seals
from app.localisation import models as localisation
from app.mail import models as mail
from app.mandates import models as mandates
from app.marketplace import models as marketplace
from app.notices import models as notices
from app.onboarding import models as onboarding
from app.organisation import models as organisation
from app.payment_methods import models as payment_methods
from app.payments import models as payments
from app.pipelines import models as pipelines
from app.platforms import models as platforms
from app.projects import numbering as project_numbering
from app.reference import codes, fee_groups
from app.reference import models as reference
from app.requests import models as requests
from app.schedules import models as schedules
from app.screening import models as screening
from app.snippets import models as snippets
from app.statements import models as statements
from app.transactions import search
from app.workflows import models as workflows

metadata = Base.metadata

__all__ = [
    "access",
    "activity_rules",
    "addresses",
    "agenda",
    "agents",
    "allocations",
    "audit",
    "banks",
    "books",
    "calendars",
    "cards",
    "charges",
    "clients",
    "closing",
    "codes",
    "collateral",
    "companies",
    "compliance",
    "conditions",
    "credit",
    "currencies",
    "delegations",
    "deliveries",
    "details",
    "due",
    "exports",
    "facilities",
    "facility",
    "factor_models",
    "fee_groups",
    "fees",
    "funding",
    "idempotency",
    "integrations",
    "interest",
    "invoices",
    "keys",
    "ledger",
    "ledger_accounts",
    "localisation",
    "mail",
    "mandates",
    "marketplace",
    "metadata",
    "notices",
    "numbering",
    "onboarding",
    "organisation",
    "outbox",
    "password_rules",
    "payment_methods",
    "payments",
    "pipelines",
    "platforms",
    "project_numbering",
    "reference",
    "requests",
    "reserved",
    "review",
    "saved_views",
    "schedules",
    "screening",
    "seals",
    "search",
    "service_log",
    "snippets",
    "statements",
    "tenant",
    "throttle",
    "workflows",
]
