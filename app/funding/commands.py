"""Funding sources are linked to an asset, verified or rejected, edited and unlinked."""

import re
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.assets.leaving import releases
from app.assets.numbers import checked_iban
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.secrecy import cipher
from app.controls.usage import used_by
from app.controls.work import Work
from app.funding.checking import obstacle_to_verify
from app.funding.models import KINDS, PENDING, REJECTED, VERIFIED, FundingSource
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.closed import demand_account_not_closed
from app.ledger.models import Asset

SHORTEST_REASON = 5
_VERIFIED_BY = ("bank_name", "kind", "name", "external_id")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
_NUMBER = re.compile(r"[0-9A-Z]{4,34}")


@dataclass(frozen=True, slots=True)
class LinkFundingSource:
    """Link a bank account to an asset; it waits to be verified (V01.02)."""

    asset_id: int
    bank_name: str
    kind: str
    number: str
    name: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class EditFundingSource:
    """Change what describes the account; another number is another source.

    What was verified or rejected waits to be looked at again.
    """

    funding_source_id: int
    version: int
    bank_name: str
    kind: str
    name: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyFundingSource:
    """Say that the account, as it was looked at, belongs to the asset's owner."""

    funding_source_id: int
    version: int


@dataclass(frozen=True, slots=True)
class RejectFundingSource:
    """Say that it does not, and why."""

    funding_source_id: int
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class UnlinkFundingSource:
    """Take the account off the asset; what was paid through it still names it."""

    funding_source_id: int


@handles(LinkFundingSource, permission="funding.create")
def link_funding_source(work: Work, command: LinkFundingSource) -> int:
    """Add the source as Pending; returns its id.

    Refused (422): an asset of the house, a number that is none (an IBAN by its check digits), no
    bank's name. Refused (409): the same account a second time, an asset of a closed account.
    """
    asset = find(work.session, work.actor, Asset, command.asset_id)
    if asset.client_id is None:
        raise Refusal("An asset of the house itself has no funding sources")
    demand_account_not_closed(work, asset.account_id)
    number = checked_number(command.number)
    mark = cipher.fingerprint(number)
    taken = select(func.count()).where(
        FundingSource.organisation_id == work.actor.tenant_id,
        FundingSource.asset_id == asset.id,
        FundingSource.number_mark == mark,
        FundingSource.retired_at.is_(None),
    )
    if work.session.scalar(taken):
        raise Conflict("This account is linked to the asset already", field="number")
    source = FundingSource(
        organisation_id=work.actor.tenant_id,
        asset_id=asset.id,
        client_id=asset.client_id,
        project_id=asset.project_id,
        number_token=cipher.encrypt(number),
        number_mark=mark,
        last4=number[-4:],
        status=PENDING,
        **_described(command),
    )
    return work.add(source).id


@handles(EditFundingSource, permission="funding.edit")
def edit_funding_source(work: Work, command: EditFundingSource) -> str:
    """Save what was typed; returns the source's status by then."""
    source = _as_seen(work, command)
    described = _described(command)
    if any(getattr(source, name) != described[name] for name in _VERIFIED_BY):
        source.status = PENDING
        source.rejection_reason = ""
    for name, value in described.items():
        setattr(source, name, value)
    return source.status


@handles(VerifyFundingSource, permission="funding.verify")
def verify_funding_source(work: Work, command: VerifyFundingSource) -> None:
    """Mark it Verified, after which money may be paid out to it (V06.03).

    Refused (403) to whoever linked it or changed it.
    """
    source = _as_seen(work, command)
    obstacle = obstacle_to_verify(work.session, work.actor, work.organisation, source)
    if obstacle is not None:
        raise Forbidden(obstacle)
    source.status = VERIFIED
    source.rejection_reason = ""


@handles(RejectFundingSource, permission="funding.verify")
def reject_funding_source(work: Work, command: RejectFundingSource) -> None:
    """Mark it Rejected with the reason."""
    source = _as_seen(work, command)
    reason = command.reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Refusal(f"The reason needs at least {SHORTEST_REASON} characters", field="reason")
    source.status = REJECTED
    source.rejection_reason = reason


@handles(UnlinkFundingSource, permission="funding.delete")
def unlink_funding_source(work: Work, command: UnlinkFundingSource) -> None:
    """Retire the source."""
    _live(work, command.funding_source_id).retired_at = work.now


@used_by(Asset, "funding sources")
def sources_of_asset(row: Asset) -> Select[int]:
    """Select the funding sources that are linked to an asset."""
    return select(FundingSource.id).where(
        FundingSource.organisation_id == row.organisation_id,
        FundingSource.asset_id == row.id,
        FundingSource.retired_at.is_(None),
    )


@releases
def forget_unlinked_sources(work: Work, asset: Asset) -> None:
    """Delete the sources that were taken off the asset: nothing was paid through them."""
    query = select(FundingSource).where(
        FundingSource.organisation_id == asset.organisation_id,
        FundingSource.asset_id == asset.id,
        FundingSource.retired_at.is_not(None),
    )
    for source in work.session.scalars(query):
        work.session.delete(source)


def checked_number(typed: str) -> str:
    """Return an account number without spaces; refused (422) where it is none.

    What looks like an IBAN is one only with the right check digits and length (ISO 13616).
    """
    number = re.sub(r"[\s-]", "", typed).upper()
    if _IBAN.fullmatch(number):
        return checked_iban(number, field="number")
    if not _NUMBER.fullmatch(number):
        raise Refusal(
            "The account number must be an IBAN, or 4 to 34 letters and digits", field="number"
        )
    return number


def _live(work: Work, funding_source_id: int) -> FundingSource:
    source = find(work.session, work.actor, FundingSource, funding_source_id)
    if source.retired_at is not None:
        raise Conflict("This funding source is no longer linked")
    return source


def _as_seen(
    work: Work, command: EditFundingSource | VerifyFundingSource | RejectFundingSource
) -> FundingSource:
    source = _live(work, command.funding_source_id)
    if source.version != command.version:
        raise Conflict(STALE)
    return source


def _described(command: LinkFundingSource | EditFundingSource) -> dict[str, str | None]:
    if not command.bank_name.strip():
        raise Refusal("Bank name is required", field="bank_name")
    if command.kind not in KINDS:
        raise Refusal("Choose a type from the list", field="kind")
    return {
        "bank_name": command.bank_name.strip(),
        "kind": command.kind,
        "name": command.name.strip(),
        "external_id": (command.external_id or "").strip() or None,
    }
