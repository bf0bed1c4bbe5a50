"""Judges every row of a file before anything is posted: what it means, or why it cannot be."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.kernel.portions import portions
from app.kernel.references import plain_reference, reference_key
from app.ledger.accounts import Account
from app.ledger.locking import LockedAsset, read_lines
from app.ledger.models import Asset, Transaction
from app.payments.files import TypedRow
from app.payments.models import GOOD, WRONG, PaymentRow
from app.payments.movements import movement_of, sides_of
from app.transactions.kinds import Particulars
from app.transactions.movement import worth
from app.transactions.rehearsal import rehearse

USED = "The reference {reference} was used before"
CLOSED = "The account {number} is closed"
_CHUNK = 500
_HASHED = (
    "line", "debit_asset_id", "credit_asset_id", "amount_minor", "currency", "narrative",
    "reference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with its assets and its amount in minor units, or with the reason it is wrong.

    With its fees one account pays `debited_minor` and the other receives `credited_minor`. In base
    currency it moves `base_minor`, and its fees are `base_fees_minor`.
    """

    typed: TypedRow
    debit_asset_id: int | None = None
    credit_asset_id: int | None = None
    amount_minor: int = 0
    exponent: int = 0
    currency: str = ""
    reason: str = ""
    debited_minor: int | None = None
    credited_minor: int | None = None
    base_minor: int = 0
    base_fees_minor: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """An account as a row finds it: its assets by currency, and what forbids to use it."""

    number: str
    currency: str
    obstacle: str
    assets: dict[str, Asset]


def judged(work: Work, rows: Sequence[TypedRow]) -> list[JudgedRow]:
    """Judge all rows in the order of the file, inside the scope of who uploads it.

    A row is wrong whose account is unknown or cannot be used, whose amount is none, whose
    currency its accounts do not have, whose reference is on another line or in the books
    already, and which, after the rows before it, would not be posted: with its fees it takes
    more than is available, say.
    """
    rows = [replace(row, reference=plain_reference(row.reference)) for row in rows]
    places = _places(work.session, work.actor, rows)
    used = used_references(work.session, work.actor, rows)
    lines = _lines(rows)
    meant = [
        _meaning_or_reason(row, places, used, lines[reference_key(row.reference)]) for row in rows
    ]
    ids = {one for row in meant for one in (row.debit_asset_id, row.credit_asset_id) if one}
    assets, available = read_lines(work, ids), dict[int, int]()
    return [one if one.reason else _rehearsed(work, one, assets, available) for one in meant]


def rows_hash(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the fingerprint of what rows will do, from their columns: it is what is approved."""
    content = [[*(row[name] for name in _HASHED), row["state"] != WRONG] for row in rows]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def typed_hash(rows: Iterable[TypedRow]) -> str:
    """Return the fingerprint of payments as they were typed, in whatever order they stand."""
    content = sorted(
        [
            row.debit_account.upper(),
            row.credit_account.upper(),
            _plain(row.amount),
            row.currency.upper(),
            row.narrative,
            row.reference,
        ]
        for row in rows
    )
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _plain(amount: str) -> str:
    """Return an amount as it is written without marks of thousands and needless zeros."""
    whole, _, part = amount.replace(",", "").strip().partition(".")
    return f"{whole.lstrip('0')}.{part.rstrip('0')}"


def columns_of(row: JudgedRow) -> dict[str, Any]:
    """Return a row as the columns of its table."""
    return asdict(row.typed) | {
        "debit_asset_id": row.debit_asset_id,
        "credit_asset_id": row.credit_asset_id,
        "amount_minor": row.amount_minor,
        "exponent": row.exponent,
        "currency": row.currency,
        "state": WRONG if row.reason else GOOD,
        "reason": row.reason,
        "debited_minor": row.debited_minor,
        "credited_minor": row.credited_minor,
    }


def _meaning(row: TypedRow, places: dict[str, _Place]) -> JudgedRow:
    debit, credit = (_place(places, number) for number in (row.debit_account, row.credit_account))
    if debit is credit:
        raise Refusal("Both accounts are the same")
    currency = row.currency.upper() or debit.currency
    assets = [_asset(place, currency) for place in (debit, credit)]
    amount_minor = parse_minor(row.amount, assets[0].exponent)
    return JudgedRow(
        row, assets[0].id, assets[1].id, amount_minor, assets[0].exponent, currency=currency
    )


def _demand_new(row: TypedRow, used: set[str], lines: Sequence[int]) -> None:
    if not row.reference:
        return
    if reference_key(row.reference) in used:
        raise Refusal(USED.format(reference=row.reference))
    if len(lines) > 1:
        other = lines[1] if row.line == lines[0] else lines[0]
        raise Refusal(f"The reference {row.reference} is also on line {other}")


def _place(places: dict[str, _Place], number: str) -> _Place:
    if not number:
        raise Refusal("An account is missing")
    place = places.get(number.upper())
    if place is None:
        raise Refusal(f"The account {number} is unknown")
    if place.obstacle:
        raise Refusal(place.obstacle)
    return place


def _asset(place: _Place, currency: str) -> Asset:
    asset = place.assets.get(currency)
    if asset is None:
        raise Refusal(f"The account {place.number} has no {currency}")
    if not asset.is_active:
        raise Refusal(f"The asset of {place.number} in {currency} is inactive")
    return asset


def _meaning_or_reason(
    row: TypedRow, places: dict[str, _Place], used: set[str], lines: Sequence[int]
) -> JudgedRow:
    try:
        one = _meaning(row, places)
        _demand_new(row, used, lines)
    except Refusal as refusal:
        return JudgedRow(row, currency=row.currency.upper(), reason=refusal.sentence)
    return one


def _rehearsed(
    work: Work, one: JudgedRow, assets: dict[int, LockedAsset], available: dict[int, int]
) -> JudgedRow:
    """Return the row with what it comes to, or the reason why posting it would be refused.

    It comes after the rows before it.
    """
    debit, credit = assets[one.debit_asset_id or 0], assets[one.credit_asset_id or 0]
    try:
        _demand_own_books(debit, credit)
        texts = Particulars(description=one.typed.narrative)
        movement, receiving = movement_of(
            work, debit, credit, one.amount_minor, particulars=texts, file_id=None
        )
        base_minor, judged_minor = worth(work, movement)
        rehearse(work, movement, receiving, available)
    except Refusal as refusal:
        return replace(
            one, debit_asset_id=None, credit_asset_id=None, amount_minor=0, exponent=0,
            reason=refusal.sentence,
        )  # fmt: skip
    debited_minor, credited_minor = sides_of(movement, debit)
    return replace(
        one, debited_minor=debited_minor, credited_minor=credited_minor,
        base_minor=base_minor, base_fees_minor=judged_minor - base_minor,
    )  # fmt: skip


def _demand_own_books(debit: LockedAsset, credit: LockedAsset) -> None:
    """Refuse (422) money of a platform from or to the house: its platform has to carry it out."""
    for one, other in ((debit, credit), (credit, debit)):
        if one.is_limited and one.platform_id is not None and not other.is_limited:
            raise Refusal(
                f"A platform keeps the balance of {one.account_number} in {one.currency}:"
                " book it on its own page"
            )


def _places(session: Session, actor: Actor, rows: Sequence[TypedRow]) -> dict[str, _Place]:
    numbers = sorted(
        {number.upper() for row in rows for number in (row.debit_account, row.credit_account)}
    )
    places: dict[str, _Place] = {}
    for part in portions(numbers, _CHUNK):
        query = (
            select(Account, Asset)
            .join(Asset, Asset.account_id == Account.id)
            .where(*visible(actor, Account), Account.number.in_(part))
        )
        for account, asset in session.execute(query):
            place = places.get(account.number) or _Place(
                account.number, account.currency, _obstacle(account), {}
            )
            places[account.number] = replace(place, assets={**place.assets, asset.currency: asset})
    return places


def _obstacle(account: Account) -> str:
    if account.is_closed:
        return CLOSED.format(number=account.number)
    if account.record_status != AUTHORIZED:
        return f"The account {account.number} is not authorized"
    return "" if account.is_active else f"The account {account.number} is inactive"


def _lines(rows: Iterable[TypedRow]) -> dict[str, list[int]]:
    """Return the lines of the file that each reference stands on."""
    lines: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        lines[reference_key(row.reference)].append(row.line)
    return lines


def used_references(
    session: Session, actor: Actor, rows: Iterable[TypedRow | PaymentRow]
) -> set[str]:
    """Return the keys of those of the rows' references that the books have already."""
    references = sorted({row.reference.lower() for row in rows if row.reference})
    used: set[str] = set()
    for part in portions(references, _CHUNK):
        query = select(Transaction.external_id).where(
            Transaction.organisation_id == actor.tenant_id,
            Transaction.external_id.is_not(None),
            func.lower(Transaction.external_id).in_(part),
        )
        used.update(reference_key(text) for text in session.scalars(query) if text)
    return used


def closed_accounts(session: Session, rows: Iterable[PaymentRow]) -> dict[int, str]:
    """Return, by the id of its asset, the sentence for each account of the rows that is closed."""
    ids = {one for row in rows for one in (row.debit_asset_id, row.credit_asset_id) if one}
    closed: dict[int, str] = {}
    for part in portions(sorted(ids), _CHUNK):
        query = (
            select(Asset.id, Account.number)
            .join(Account, Account.id == Asset.account_id)
            .where(Asset.id.in_(part), Account.closed_on.is_not(None))
        )
        closed |= {one: CLOSED.format(number=number) for one, number in session.execute(query)}
    return closed
