"""Whatever an organisation configures is in its configuration file, or is left out for a reason.

Every table is one of three: carried by the file, named below with the reason why it is not, or no
configuration at all. A new table fails here until somebody has decided which.
"""

from __future__ import annotations

import pytest

from app.controls.portable import portable_tables
from app.controls.review import Reviewed
from app.controls.secrecy import Encrypted
from app.db.base import Base

# Configuration that stays where it is, and why.
NOT_CARRIED = {
    "organisation": "Its name, its days and its base currency are the organisation's own.",
    "licence": "What was bought is signed for one organisation and holds for no other.",
    "sequence": "How far numbers were given out is this organisation's own; none comes twice.",
    "platform": "It carries out orders as soon as it is there, and cannot without credentials.",
    "integration": "Its settings are free text, in which keys of outside systems stand.",
    "pipeline_server": "It proves itself by a token that is shown once, to those who add it.",
    "api_key": "It is a secret of one person.",
    "capital_terms": "It weighs products by their codes, which a file leaves behind.",
    "condition_account": "It says what one account follows; a file knows of no accounts.",
    "statement_config": "It says what one account is sent; a file knows of no accounts.",
    "exchange_rate": "The history of rates grows by itself; a file carries the rates in force.",
    "rate_feed": "When the feed of rates was asked last is no choice of anybody.",
    "saved_view": "How somebody likes to see a list is that person's own.",
    "notice_choice": "What somebody wants to be told of is that person's own.",
    "delegation": "Who stands in for whom is said by the people themselves.",
}
# What people do, who they are, what money did, and what the house needs to keep going.
BUSINESS = frozenset(
    {
        # people and their access
        "agent", "attempts", "authenticator", "former_password", "login_session", "next_of_kin",
        "passkey", "passkey_challenge", "password_reset", "personal_details", "recovery_code",
        "session_position", "user", "user_client", "user_desk", "user_project", "user_role",
        # clients, what they hold, and what is agreed with them
        "account", "address", "asset", "card", "client", "collateral", "collateral_valuation",
        "company_member", "facility", "facility_account", "facility_amendment", "facility_move",
        "funding_source",
        "identity_check", "identity_document", "mandate", "ruled_account", "signature",
        # money
        "balance_snapshot", "charge_due", "entry", "forward_dated", "forward_reservation", "hold",
        "interest_accrual", "interest_booking", "interest_posting", "invoice", "invoice_document",
        "marketplace_order", "movement", "payment_file", "payment_row", "platform_order",
        "product_balance", "standing_order", "transaction", "transaction_asset",
        "transaction_search",
        # work from day to day
        "calendar_event", "closing_run", "closing_run_step", "compliance_report", "export",
        "export_part", "mail", "notice", "pipeline_run", "request_message", "service_request",
        "statement", "statement_delivery", "stored_file",
        # the machinery
        "activity", "delivery", "delivery_attempt", "due_work", "id_counter", "idempotency_key",
        "outbox_event", "review_step", "seal", "search_mark", "service_log",
    }
)  # fmt: skip

OF_EVERY_RECORD = frozenset(
    {"id", "organisation_id", "version", "created_at", "updated_at", "retired_at", "maker_id"}
    | {name for name in Reviewed.__annotations__ if not name.startswith("__")}
)
_SYSTEM, _EXPONENT = "is_system", "exponent"
# Columns that stay behind: ids and codes of the house, secrets, people, accounts, and what the
# currency or the project says already. Ended charges are not carried, nor is when in this house
# something came into force.
LEFT_OUT = {
    "account_conditions": {_EXPONENT, "authorised_on", "supersedes_id"},
    "account_types": {_SYSTEM},
    "banks": {"credentials"},
    "branches": {"code"},
    "charges": {_EXPONENT, "account_id", "ended_after"},
    "closing_configurations": {"is_in_force", "notified_ids"},
    "commission_types": {_EXPONENT},
    "company_fees": {"project_id"},
    "condition_products": {"linked_on"},
    "currencies": {"is_base"},
    "hook_configs": {"paused_at", "paused_reason", "secret_token"},
    "marketplace_products": {_EXPONENT},
    "numberings": {"next_number"},
    "payment_methods": {"credentials", "is_active"},
    "products": {"code"},
    "project_currencies": {_EXPONENT, _SYSTEM, "kind"},
    "roles": {_SYSTEM},
    "statuses": {_SYSTEM},
    "sub_types": {_SYSTEM, "is_default"},
    "third_party_systems": {
        "credentials_token",
        "tested_at",
        "test_result",
        "checks_stopped_at",
    },
    "work_day_years": {"supersedes_id"},
}


def mapped() -> dict[str, type]:
    return {
        str(mapper.local_table.name): mapper.class_  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
    }


def carried() -> set[str]:
    return {str(table.model.__tablename__) for table in portable_tables()}


@pytest.mark.usefixtures("app")
def test_every_table_is_carried_or_left_out_for_a_reason_or_no_configuration():
    known = [*carried(), *NOT_CARRIED, *BUSINESS]
    assert sorted(known) == sorted(mapped())


@pytest.mark.usefixtures("app")
def test_what_calls_itself_configuration_is_no_business():
    configured = {name for name, model in mapped().items() if model.__configuration__}
    assert not configured & BUSINESS
    assert all(reason.endswith(".") for reason in NOT_CARRIED.values())


@pytest.mark.usefixtures("app")
def test_no_secret_is_a_field_of_the_file():
    for table in portable_tables():
        columns = table.model.__table__.columns
        kept = {table.column(name) for name in table.all_fields} & set(columns.keys())
        hidden = table.model.__redacted__ | table.model.__personal__
        secret = {name for name in kept if isinstance(columns[name].type, Encrypted)}
        secret |= {name for name in kept if name.endswith(("_token", "_hash"))}
        assert not (kept & hidden) | secret, table.key


@pytest.mark.usefixtures("app")
def test_every_column_of_a_carried_table_is_a_field_or_left_out_for_a_reason():
    left = {}
    for table in portable_tables():
        kept = {table.column(name) for name in table.all_fields}
        if rest := set(table.model.__table__.columns.keys()) - kept - OF_EVERY_RECORD:
            left[table.key] = rest
    assert left == LEFT_OUT
