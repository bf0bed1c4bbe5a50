"""Refresh Balance: asks whoever knows the balance afresh (W08.33, W08.44).

An asset with a platform asks the platform, one with a bank that can be reached the bank (W10.20);
one of the house adds up what is not rolled up yet;
any other is added up anew from its entries and compared with what is kept.
"""

import json
from dataclasses import dataclass

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from app.banks.queries import credentials_of, live_bank
from app.controls.commands import handles, perform
from app.controls.due import Job, does
from app.controls.identity import Actor, system_actor
from app.controls.outgoing import NoAnswer
from app.controls.permissions import find
from app.controls.secrecy import cipher
from app.controls.service_log import note, note_alone
from app.controls.turns import enqueue_turn
from app.controls.work import Work
from app.db.session import database
from app.db.sums import exact_sum
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.ledger.locking import lock_lines
from app.ledger.models import Asset, Entry
from app.ledger.rollup import RollUpMovements, roll_up_movements
from app.platforms.client import ACCOUNT, Line, ask_balance, line_of
from app.platforms.models import Platform

REFRESH = "platform-balance"
NO_BALANCE_ID = "The asset has no Entity balance id: its platform cannot be asked"


@dataclass(frozen=True, slots=True)
class RefreshBalance:
    """Write down what was asked; `platform_minor` is what the asset's platform answered."""

    asset_id: int
    platform_minor: int | None = None


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Let the worker ask for a balance, for another time after one occurrence."""

    asset_id: int
    occurrence: str
    turn: int


def asked_balance(actor: Actor, asset_id: int) -> RefreshBalance:
    """Ask as `_asked`; refused (409) without an answer, which is not tried again by itself."""
    try:
        return _asked(actor, asset_id)
    except NoAnswer as error:
        raise Conflict(error.sentence) from error


def refresh_later(work: Work, asset_id: int, occurrence: str) -> None:
    """Let the worker ask afresh, until there is an answer, after what changed the balance."""
    ask_again(work, AskAgain(asset_id, occurrence, 0))


@does(REFRESH)
def refresh_due_balance(job: Job) -> None:
    """Ask the balance that a platform has just changed (W06.16)."""
    worker = system_actor(job.organisation_id, frozenset({"assets.edit"}), "Worker")
    asset_id, turn = int(job.payload["asset_id"]), int(job.payload["turn"])
    try:
        answer = _asked(worker, asset_id)
    except NoAnswer:
        perform(AskAgain(asset_id, job.payload["occurrence"], turn + 1), worker)
    else:
        perform(answer, worker)


@handles(AskAgain, permission="assets.edit")
def ask_again(work: Work, command: AskAgain) -> None:
    """Make the turn due."""
    payload = {"asset_id": command.asset_id, "occurrence": command.occurrence}
    enqueue_turn(work, REFRESH, command.occurrence, payload, turn=command.turn)


def _asked(actor: Actor, asset_id: int) -> RefreshBalance:
    """Ask the asset's platform, where it has one, and return the command that keeps the answer.

    No session is open meanwhile. Refused: 409 without an id to ask for, 503 without an answer,
    which the asset's log then tells.
    """
    with database.reading() as session:
        asset = find(session, actor, Asset, asset_id)
        found = _line_to(session, asset)
        if found is None:
            return RefreshBalance(asset_id)
        line, name = found
        session.expunge_all()
    if not asset.external_balance_id:
        raise Conflict(NO_BALANCE_ID)
    try:
        minor = ask_balance(
            line, asset.external_balance_id, currency=asset.currency, exponent=asset.exponent
        )
    except NoAnswer as error:
        note_alone(actor.tenant_id, asset, name, error.sentence)
        raise
    return RefreshBalance(asset_id, minor)


def _line_to(session: Session, asset: Asset) -> tuple[Line, str] | None:
    """Return how to reach who keeps the asset's balance outside, and their name."""
    if asset.platform_id is not None:
        platform = session.get_one(Platform, asset.platform_id)
        return line_of(platform, ACCOUNT), platform.name
    bank = live_bank(session, asset.organisation_id, asset.bank_id)
    credentials = credentials_of(bank) if bank is not None else {}
    if bank is None or not credentials.get("url") or not asset.external_balance_id:
        return None
    token = cipher.encrypt(json.dumps({"key": str(credentials.get("key", ""))}))
    return Line(str(credentials["url"]), token), bank.name


@handles(RefreshBalance, permission="assets.edit")
def refresh_balance(work: Work, command: RefreshBalance) -> str:
    """Keep the answer, roll up, or compare; returns the balance as people read it."""
    asset = find(work.session, work.actor, Asset, command.asset_id)
    if command.platform_minor is not None:
        asset.platform_minor = command.platform_minor
        asset.platform_read_at = work.now
        shown = Money(command.platform_minor, asset.currency, asset.exponent)
        note(work, asset, "Platform" if asset.platform_id else "Bank", f"Available is {shown}")
    elif asset.is_limited:
        lock_lines(work, [asset.id])
        work.session.refresh(asset)
        _compare(work, asset)
    else:
        roll_up_movements(work, RollUpMovements(asset.id))
        work.session.refresh(asset)
        shown = Money(asset.balance_minor, asset.currency, asset.exponent)
        note(work, asset, "Roll-up", f"The movements were rolled up: {shown}")
    return str(Money(asset.balance_minor, asset.currency, asset.exponent))


def _compare(work: Work, asset: Asset) -> None:
    """Note whether the kept balance is the sum of the asset's entries."""
    signed = case((Entry.side == "C", Entry.amount_minor), else_=-Entry.amount_minor)
    total = select(exact_sum(signed)).where(
        Entry.organisation_id == asset.organisation_id,
        Entry.asset_id == asset.id,
        Entry.bucket == "real",
    )
    found = work.session.scalar(total) or 0
    shown = Money(found, asset.currency, asset.exponent)
    said = "is" if found == asset.balance_minor else "is not"
    note(work, asset, "Ledger", f"The sum of the entries, {shown}, {said} the balance")
