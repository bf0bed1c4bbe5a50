"""The organisation's lists by name, what each asks of its records, and what all start with."""

from collections.abc import Mapping
from typing import Any

from app.controls.work import Work
from app.kernel.countries import known_countries
from app.kernel.errors import Refusal
from app.kernel.patterns import demand_pattern, matches
from app.records.commands import code_list
from app.reference.codes import (
    CLIENT_KINDS,
    AccountStatus,
    CollateralType,
    CustomerRating,
    CustomerType,
    DocumentType,
    Gender,
    LoanPurpose,
    MaritalStatus,
    SourceOfFunds,
    Title,
)
from app.reference.models import IdentityType

MODULE = "reference-data"
ACTIVE = "ACTIVE"
_FLAGS = ("allow_debit", "allow_credit", "allow_cob")
_PERSON = r"[0-9]{7,10}"
_PASSPORT = r"[A-Z]{1,2}[0-9]{6,8}"
_DEFAULTS: tuple[tuple[type[Any], tuple[tuple[Any, ...], ...], tuple[str, ...]], ...] = (
    (Title, (("MR", "Mr"), ("MRS", "Mrs"), ("MS", "Ms"), ("DR", "Dr"), ("PROF", "Prof")), ()),
    (Gender, (("F", "Female"), ("M", "Male"), ("OTHER", "Other")), ()),
    (
        MaritalStatus,
        (("SINGLE", "Single"), ("MARRIED", "Married"), ("DIVORCED", "Divorced"),
         ("WIDOWED", "Widowed")),
        (),
    ),
    (
        CustomerType,
        (("INDIVIDUAL", "Individual", "individual"), ("CORPORATE", "Corporate", "corporate"),
         ("SME", "Small or medium enterprise", "corporate")),
        ("kind",),
    ),
    (
        CustomerRating,
        (("LOW_RISK", "Low risk"), ("MEDIUM_RISK", "Medium risk"), ("HIGH_RISK", "High risk")),
        (),
    ),
    (
        AccountStatus,
        ((ACTIVE, "Active", True, True, True), ("DORMANT", "Dormant", False, False, False),
         ("FROZEN", "Frozen", False, True, True)),
        _FLAGS,
    ),
    (
        DocumentType,
        (("PHOTO", "Photo"), ("PASSPORT_COPY", "Copy of the passport"),
         ("PROOF_OF_ADDRESS", "Proof of address")),
        (),
    ),
    (
        IdentityType,
        (("NATIONAL_ID", "National ID", _PERSON), ("PASSPORT", "Passport", _PASSPORT)),
        ("pattern",),
    ),
    (
        SourceOfFunds,
        (("MEMBER_SAVINGS", "Savings of members"), ("GOVERNMENT", "Government"),
         ("NGO", "Non-governmental organisation")),
        (),
    ),
    (
        LoanPurpose,
        (("AGRICULTURE", "Agriculture"), ("BUSINESS", "Business"),
         ("SCHOOL_FEES", "School fees")),
        (),
    ),
    (
        CollateralType,
        (("FIXED_DEPOSIT", "Fixed deposit"), ("LOGBOOK", "Logbook of a vehicle"),
         ("TITLE_DEED", "Title deed")),
        (),
    ),
)  # fmt: skip


def start_lists(work: Work, organisation_id: int) -> None:
    """Give a new organisation the entries that most have; all may be changed and deleted."""
    for model, entries, columns in _DEFAULTS:
        for code, name, *values in entries:
            extra = dict(zip(columns, values, strict=True))
            record = model(organisation_id=organisation_id, code=code, name=name, **extra)
            work.session.add(record)


def _checked_type(_work: Work, values: Mapping[str, Any], record: Any) -> Mapping[str, Any]:
    kind = values.get("kind")
    if record is not None:
        return {}
    if kind not in CLIENT_KINDS:
        raise Refusal("Choose individual or corporate", field="kind")
    return {"kind": kind}


def _checked_status(_work: Work, values: Mapping[str, Any], _record: Any) -> Mapping[str, Any]:
    return {flag: bool(values.get(flag)) for flag in _FLAGS}


def _checked_identity(_work: Work, values: Mapping[str, Any], _record: Any) -> Mapping[str, Any]:
    kept = dict(values)
    sample = kept.pop("sample", "").strip()
    kept["country"] = kept.get("country") or ""
    if kept["country"] and kept["country"] not in known_countries():
        raise Refusal("Choose a country from the list", field="country")
    kept["pattern"] = kept.get("pattern", "").strip()
    demand_pattern(kept["pattern"], field="pattern")
    if sample and not matches(kept["pattern"], sample):
        raise Refusal(f"{sample} does not match the pattern", field="sample")
    return kept


TITLES = code_list(Title, "Title", module=MODULE)
GENDERS = code_list(Gender, "Gender", module=MODULE)
MARITAL_STATUSES = code_list(MaritalStatus, "Marital status", module=MODULE)
CUSTOMER_TYPES = code_list(CustomerType, "Customer type", module=MODULE, check=_checked_type)
CUSTOMER_RATINGS = code_list(CustomerRating, "Customer rating", module=MODULE)
ACCOUNT_STATUSES = code_list(AccountStatus, "Account status", module=MODULE, check=_checked_status)
DOCUMENT_TYPES = code_list(DocumentType, "Document type", module=MODULE)
IDENTITY_TYPES = code_list(IdentityType, "Identity type", module=MODULE, check=_checked_identity)
SOURCES_OF_FUNDS = code_list(SourceOfFunds, "Source of funds", module=MODULE)
LOAN_PURPOSES = code_list(LoanPurpose, "Loan purpose", module=MODULE)
COLLATERAL_TYPES = code_list(CollateralType, "Collateral type", module=MODULE)
