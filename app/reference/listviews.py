"""Pages of the organisation's lists, grouped as the sidebar names them."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional

from app.controls.identity import Actor
from app.kernel.countries import known_countries
from app.records.codes import CodePages, Extra, mount_codes
from app.records.commands import CodeList
from app.reference import lists
from app.reference.codes import CLIENT_KINDS
from app.web import cells
from app.web.forms import chosen, optional, options, set_choices, stripped

SYSTEM, CUSTOMERS, ACCOUNTS = "System Data", "Customer Configuration", "Account Configuration"
IDENTITY, LOANS, FINANCE = "Identity / Compliance", "Loan Configuration", "Financial Config"


def mount_lists(blueprint: Blueprint) -> None:
    """Add the pages of every list."""
    for pages in (*_PLAIN, _TYPES, _STATUSES, _IDENTITY_TYPES):
        mount_codes(blueprint, pages)


def _plain(codes: CodeList, title: str, section: str, *, example: str, empty: str) -> CodePages:
    path = f"/admin/{title.lower().replace(' ', '-')}"
    return CodePages(codes, path, title, section, empty=empty, example=example)


def _flag(key: str, label: str, hint: str) -> Extra:
    return Extra(
        key,
        label,
        lambda: BooleanField(label, description=hint),
        lambda row: cells.flag(is_set=getattr(row, key)),
    )


_PLAIN = (
    _plain(
        lists.TITLES,
        "Titles",
        SYSTEM,
        example="DR",
        empty="Add the titles that customers are called by.",
    ),
    _plain(
        lists.GENDERS,
        "Genders",
        SYSTEM,
        example="F",
        empty="Add the genders that customers choose from.",
    ),
    _plain(
        lists.MARITAL_STATUSES,
        "Marital Statuses",
        SYSTEM,
        example="MARRIED",
        empty="Add the marital statuses that customers choose from.",
    ),
    _plain(
        lists.CUSTOMER_RATINGS,
        "Customer Ratings",
        CUSTOMERS,
        example="LOW_RISK",
        empty="Add how risky a customer can be held to be.",
    ),
    _plain(
        lists.DOCUMENT_TYPES,
        "Document Types",
        IDENTITY,
        example="PROOF_OF_ADDRESS",
        empty="Add the documents that are kept of customers.",
    ),
    _plain(
        lists.SOURCES_OF_FUNDS,
        "Source of Funds",
        FINANCE,
        example="GOVERNMENT",
        empty="Add where the organisation's own money comes from.",
    ),
    _plain(
        lists.LOAN_PURPOSES,
        "Loan Purposes",
        LOANS,
        example="AGRICULTURE",
        empty="Add what customers take loans for.",
    ),
    _plain(
        lists.COLLATERAL_TYPES,
        "Collateral Types",
        LOANS,
        example="TITLE_DEED",
        empty="Add what customers can pledge for a loan.",
    ),
)
_TYPES = CodePages(
    lists.CUSTOMER_TYPES,
    "/admin/customer-types",
    "Customer Types",
    CUSTOMERS,
    empty="Add the types of customers, each of individuals or of corporate customers.",
    example="SME",
    extras=(
        Extra(
            "kind",
            "Individual or corporate",
            lambda: SelectField(
                "Individual or corporate", chosen("Kind"), choices=options(CLIENT_KINDS)
            ),
            lambda row: cells.text(CLIENT_KINDS[row.kind]),
        ),
    ),
    prepare=lambda form, _session, _who, record: _keep_kind(form, record),
)
_STATUSES = CodePages(
    lists.ACCOUNT_STATUSES,
    "/admin/account-statuses",
    "Account Statuses",
    ACCOUNTS,
    empty="Add the statuses that say how accounts may be used.",
    example="DORMANT",
    extras=(
        _flag("allow_debit", "Allow Debit", "Money can be taken out"),
        _flag("allow_credit", "Allow Credit", "Money can be put in"),
        _flag("allow_cob", "Allow Close of Business Transactions", "End-of-day processing can run"),
    ),
)


def _prepare_identity(form: Any, _session: Session, _who: Actor, record: Any) -> None:
    set_choices(form.country, known_countries(), empty="Any country")
    if record is None and not form.is_posted:
        form.needs_reference.data = True


def _keep_kind(form: Any, record: Any) -> None:
    if record is not None:
        del form.kind


_IDENTITY_TYPES = CodePages(
    lists.IDENTITY_TYPES,
    "/admin/identity-types",
    "Identity Types",
    IDENTITY,
    empty="Add the documents that customers can be identified by.",
    example="NATIONAL_ID",
    extras=(
        Extra(
            "country",
            "Country",
            lambda: SelectField("Country", [Optional()], validate_choice=False),
            lambda row: cells.text(known_countries().get(row.country, "Any")),
        ),
        _flag("needs_reference", "Reference number required", ""),
        _flag("needs_issue_date", "Issue date required", ""),
        _flag("needs_expiry_date", "Expiry date required", ""),
        Extra(
            "pattern",
            "Format pattern",
            lambda: StringField(
                "Format pattern",
                optional("Format pattern"),
                description="A regular expression of the whole reference, such as [0-9]{7,10}",
            ),
            lambda row: cells.ident(row.pattern) if row.pattern else cells.text(""),
        ),
        Extra(
            "sample",
            "Try the pattern",
            lambda: StringField(
                "Try the pattern",
                optional("Try the pattern"),
                description="A reference that the pattern must match. It is not kept",
            ),
            show=None,
            read=stripped,
        ),
    ),
    prepare=_prepare_identity,
)
