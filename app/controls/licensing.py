"""How a licence stands, judged in one place for pages, fragments, downloads and workers alike.

A licence is a signed document. A record that was altered past the commands no longer fits its
signature, and nothing of it is believed (E38.07).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.controls.permissions import CATALOGUE
from app.controls.signet import signet
from app.controls.tenant import Licence, Organisation, calendar_date
from app.kernel.errors import Refusal

FORM = 1


class Standing(Enum):
    """What is to be said of a licence; the value is the sentence its people read (E38.04-06)."""

    GOOD = ""
    EXPIRED = "Your organization's license has expired. Contact your system administrator."
    INACTIVE = "Your license is inactive. Contact your system administrator."
    TAMPERED = (
        "Unable to verify your organization's license. "
        "Your license may have been tampered with. Contact support."
    )


class NotLicensed(Refusal):
    """The organisation has no good licence; everything but signing out is closed (403)."""

    status = 403
    title = "License"


@dataclass(frozen=True, slots=True)
class LicenceModule:
    """What is licensed as one: sections of the catalogue of permissions, by their keys."""

    key: str
    name: str
    sections: tuple[str, ...]


# The one map from permissions to licences. Sections that stand in no module are always on.
LICENCE_MODULES = (
    LicenceModule(
        "core-banking",
        "Core banking",
        (
            *("accounts", "mandates", "agents", "assets", "transactions", "payments", "invoices"),
            *("forward-dated", "standing-orders", "banks", "cards", "payment-methods"),
        ),
    ),
    LicenceModule("ledger", "Chart of accounts", ("products",)),
    LicenceModule("statements", "Statements", ("statements",)),
    LicenceModule("reports", "Reports", ("reports",)),
    LicenceModule("portal", "Client area", ("portal",)),
)
ALL_MODULES = tuple(module.key for module in LICENCE_MODULES)
_PERMISSIONS = {section.key: section.permissions for section in CATALOGUE}


def issue(licence: Licence, now: datetime) -> None:
    """Sign the licence as it stands; every command that changes one ends with this."""
    licence.issued_at = now
    licence.signature = signet.sign(_document(licence))


def standing_of(organisation: Organisation, now: datetime) -> Standing:
    """Judge the licence on the organisation's own calendar date; none at all is tampering."""
    licence = organisation.licence
    if licence is None or not signet.is_genuine(_document(licence), licence.signature):
        return Standing.TAMPERED
    if licence.expires_on < calendar_date(organisation, now):
        return Standing.EXPIRED
    is_active = licence.is_active and organisation.is_active
    return Standing.GOOD if is_active else Standing.INACTIVE


def demand_standing(organisation: Organisation, now: datetime) -> None:
    """Refuse everything to an organisation whose licence is not good."""
    standing = standing_of(organisation, now)
    if standing is not Standing.GOOD:
        raise NotLicensed(standing.value)


def unlicensed_permissions(organisation: Organisation | None) -> frozenset[str]:
    """Return the permissions of the modules that are not in the organisation's licence."""
    licence = organisation.licence if organisation else None
    if licence is None:
        return frozenset()
    return frozenset(
        permission
        for module in LICENCE_MODULES
        if module.key not in licence.modules
        for section in module.sections
        for permission in _PERMISSIONS[section]
    )


def _document(licence: Licence) -> bytes:
    """Return what is signed: every column that says what is licensed, in one fixed form."""
    content = {
        "form": FORM,
        "organisation_id": licence.organisation_id,
        "licensee": licence.licensee,
        "modules": licence.modules,
        "expires_on": licence.expires_on.isoformat(),
        "is_active": licence.is_active,
        "issued_at": licence.issued_at.isoformat(),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
