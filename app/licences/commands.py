"""A licence is changed by the platform alone, and signed anew with each change (E38)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.controls.commands import STALE, handles
from app.controls.licensing import ALL_MODULES, Standing, issue, standing_of
from app.controls.tenant import Licence, Organisation, calendar_date
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal

PAST_EXPIRY = "License expiry must be in the future"


@dataclass(frozen=True, slots=True)
class EditLicence:
    """Change until when an organisation is licensed and what it may use."""

    licence_id: int
    version: int
    expires_on: date
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetLicenceActive:
    """Disable a licence, or enable it again (E38.11)."""

    licence_id: int
    is_active: bool


@handles(EditLicence, permission="licences.edit")
def edit_licence(work: Work, command: EditLicence) -> int:
    """Save and sign what was typed; this is also how a record that was tampered with is mended."""
    licence, tenant = _licence(work, command.licence_id)
    if licence.version != command.version:
        raise Conflict(STALE)
    if command.expires_on <= calendar_date(tenant, work.now):
        raise Refusal(PAST_EXPIRY, field="expires_on")
    licence.licensee = tenant.name
    licence.expires_on = command.expires_on
    licence.modules = checked_modules(command.modules)
    issue(licence, work.now)
    return licence.id


@handles(SetLicenceActive, permission="licences.edit")
def set_licence_active(work: Work, command: SetLicenceActive) -> bool:
    """Set the flag and sign; never over a record that was tampered with (409)."""
    licence, tenant = _licence(work, command.licence_id)
    if standing_of(tenant, work.now) is Standing.TAMPERED:
        raise Conflict(
            "This license does not fit its signature. Check its expiry and modules, and save them."
        )
    licence.is_active = command.is_active
    issue(licence, work.now)
    return licence.is_active


def checked_modules(keys: Iterable[str]) -> list[str]:
    """Return the modules in the order of the list; refuses one that is not in it."""
    chosen = set(keys)
    if not chosen.issubset(ALL_MODULES):
        raise Refusal("Choose modules from the list", field="modules")
    return [key for key in ALL_MODULES if key in chosen]


def _licence(work: Work, licence_id: int) -> tuple[Licence, Organisation]:
    """Return the licence; what follows is logged and sealed where the organisation's people are."""
    licence = work.session.get(Licence, licence_id, with_for_update=True)
    if licence is None:
        raise Missing
    work.actor = work.actor.within(licence.organisation_id)
    return licence, work.organisation
