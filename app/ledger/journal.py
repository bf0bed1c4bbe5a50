"""`post()`: the only writer of entries and balances.

A posting is worked out on assets that `lock_assets` has locked, then written in one statement:
headers, entries, balances, movements of internal assets, the log row and the outbox event.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.controls import audit, idempotency, outbox
from app.controls.numbering import take_ids
from app.controls.work import Work
from app.db.types import plain_rate
from app.kernel.crash import crash_point
from app.kernel.errors import INSUFFICIENT, Conflict, Refusal
from app.kernel.money import MAXIMUM_BASE_MINOR
from app.ledger.chain import chain_hash
from app.ledger.days import obstacle_to_day
from app.ledger.kinds import INCOMING, OUTGOING, earners
from app.ledger.locking import LockedAsset
from app.ledger.overdrafts import note_use
from app.ledger.writer import Writing, admit_close, write

UNBALANCED = "Debits and credits are not equal in base currency"
TOO_MUCH = "The amounts add up to more than one transaction can hold"
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a posting: `side` D or C, amounts above zero in minor units.

    `batch` groups the lines of one transaction code; of a transfer, 2 is the receiving side.
    """

    asset_id: int
    side: str
    amount_minor: int
    base_minor: int
    rate: Decimal = ONE
    rate_source: str = "SYSTEM"
    bucket: str = "real"
    code: str = ""
    narrative: str = ""
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Posting:
    """A balanced transaction; `header` is the columns of a new row, None for one that exists.

    `undoes` is the kind of what a reversal reverses: its running sums go back with it.
    """

    transaction_id: int
    kind: str
    posting_date: date
    value_date: date
    lines: tuple[Line, ...]
    header: dict[str, Any] | None = None
    undoes: str = ""


@dataclass(slots=True)
class _Batch:
    entries: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[int, LockedAsset] = field(default_factory=dict)
    appended: dict[int, int] = field(default_factory=dict)


def post(
    work: Work,
    postings: list[Posting],
    assets: dict[int, LockedAsset],
    *,
    answer: int | None = None,
) -> None:
    """Post transactions, all or none, and write their log and event.

    `assets` comes from `lock_assets` in the same work. Refuses (409) an asset, account or client
    whose flags forbid it and a debit beyond what is available; refuses (422) what does not
    balance in base currency, is too much for the books or lacks a debit or a credit side, and what
    is dated into a closed day. With the `answer` that the command will return, its key is written
    with the posting.
    """
    note_use(work, assets.values())
    batch = _Batch()
    entry_ids = iter(take_ids(work, "entry", sum(len(p.lines) for p in postings)))
    for posting in postings:
        _demand_balance(posting)
        _demand_open_day(work, posting, assets[posting.lines[0].asset_id])
        spared = earners(posting.kind, posting.lines)
        for number, line in enumerate(posting.lines, start=1):
            asset = assets[line.asset_id]
            side = "C" if asset.id in spared else line.side
            asset.demand_usable(side, kind=posting.kind)
            _apply(
                batch,
                posting,
                number=number,
                line=line,
                asset=asset,
                entry_id=next(entry_ids),
            )
        _demand_available(posting, assets, spared)
    work.posted_transaction_ids.extend(posting.transaction_id for posting in postings)
    headers = [posting.header for posting in postings if posting.header is not None]
    crash_point("posting worked out")
    writing = Writing(
        headers=headers,
        entries=batch.entries,
        movements=_movements_of(batch),
        assets=[_balances_of(asset) for asset in batch.touched.values() if asset.is_limited],
        activities=[
            _log_row(work, header, is_primary=index == 0) for index, header in enumerate(headers)
        ],
        events=[outbox.event_values(work)],
        keys=idempotency.key_rows(work, answer) if answer else [],
    )
    if work.closing_day is not None:
        admit_close(work.channel)
    write(work.channel, writing)
    crash_point("posting written")
    work.has_event = True


def _demand_balance(posting: Posting) -> None:
    sides = {line.side for line in posting.lines}
    if sides != {"D", "C"}:
        raise Refusal("A transaction needs at least one debit and one credit")
    debits_minor = sum(line.base_minor for line in posting.lines if line.side == "D")
    credits_minor = sum(line.base_minor for line in posting.lines if line.side == "C")
    if debits_minor != credits_minor:
        raise Refusal(UNBALANCED)
    if debits_minor > MAXIMUM_BASE_MINOR:
        raise Refusal(TOO_MUCH)


def _demand_open_day(work: Work, posting: Posting, asset: LockedAsset) -> None:
    sentence = obstacle_to_day(
        posting.posting_date,
        business_date=asset.business_date,
        closed_through=asset.closed_through,
        closing_day=work.closing_day,
    )
    if sentence is not None:
        raise Refusal(sentence, field="posting_date")


def _apply(
    batch: _Batch,
    posting: Posting,
    *,
    number: int,
    line: Line,
    asset: LockedAsset,
    entry_id: int,
) -> None:
    if line.amount_minor <= 0:
        raise Refusal("Every amount must be greater than 0")
    signed = line.amount_minor if line.side == "C" else -line.amount_minor
    entry: dict[str, Any] = {
        "id": entry_id,
        "organisation_id": asset.organisation_id,
        "transaction_id": posting.transaction_id,
        "line": number,
        "asset_id": asset.id,
        "side": line.side,
        "bucket": line.bucket,
        "amount_minor": line.amount_minor,
        "currency": asset.currency,
        "rate": plain_rate(line.rate),
        "rate_source": line.rate_source,
        "base_minor": line.base_minor,
        "posting_date": posting.posting_date,
        "value_date": posting.value_date,
        "code": line.code,
        "narrative": line.narrative,
        "sequence": None,
        "balance_after_minor": None,
        "chain_hash": None,
    }
    if asset.is_limited:
        _advance(posting, line, asset, signed)
        entry |= _chained(entry, asset, line.bucket)
    else:
        batch.appended[asset.id] = batch.appended.get(asset.id, 0) + signed
    batch.entries.append(entry)
    batch.touched[asset.id] = asset


def _advance(posting: Posting, line: Line, asset: LockedAsset, signed: int) -> None:
    asset.sequence += 1
    if line.bucket == "bonus":
        asset.bonus_minor += signed
        return
    asset.balance_minor += signed
    if posting.kind in INCOMING and line.side == "C":
        asset.deposited_minor += line.amount_minor
    elif posting.undoes in INCOMING and line.side == "D":
        asset.deposited_minor -= line.amount_minor
    elif posting.kind in OUTGOING and line.side == "D":
        asset.withdrawn_minor += line.amount_minor
    elif posting.undoes in OUTGOING and line.side == "C":
        asset.withdrawn_minor -= line.amount_minor


def _chained(entry: dict[str, Any], asset: LockedAsset, bucket: str) -> dict[str, Any]:
    after = asset.bonus_minor if bucket == "bonus" else asset.balance_minor
    asset.head_hash = chain_hash(
        asset.head_hash,
        asset_id=asset.id,
        sequence=asset.sequence,
        transaction_id=entry["transaction_id"],
        side=entry["side"],
        bucket=bucket,
        amount_minor=entry["amount_minor"],
        currency=entry["currency"],
        rate=entry["rate"],
        base_minor=entry["base_minor"],
        posting_date=entry["posting_date"],
        value_date=entry["value_date"],
        balance_after_minor=after,
    )
    return {
        "sequence": asset.sequence,
        "balance_after_minor": after,
        "chain_hash": asset.head_hash,
    }


def _demand_available(
    posting: Posting, assets: dict[int, LockedAsset], spared: Container[int]
) -> None:
    for line in posting.lines:
        asset = assets[line.asset_id]
        if (
            asset.is_limited
            and line.side == "D"
            and line.asset_id not in spared
            and min(asset.available_minor, asset.bonus_minor) < 0
        ):
            raise Conflict(INSUFFICIENT, field="amount")


def _movements_of(batch: _Batch) -> list[dict[str, Any]]:
    """Return what is appended to internal assets, each once: a transfer clears to nothing."""
    return [
        {
            "organisation_id": batch.touched[asset_id].organisation_id,
            "asset_id": asset_id,
            "amount_minor": amount_minor,
        }
        for asset_id, amount_minor in batch.appended.items()
        if amount_minor
    ]


def _balances_of(asset: LockedAsset) -> dict[str, Any]:
    return {
        "id": asset.id,
        "organisation_id": asset.organisation_id,
        "account_id": asset.account_id,
        "account_status_id": asset.account_status_id,
        "balance_minor": asset.balance_minor,
        "bonus_minor": asset.bonus_minor,
        "deposited_minor": asset.deposited_minor,
        "withdrawn_minor": asset.withdrawn_minor,
        "sequence": asset.sequence,
        "head_hash": asset.head_hash,
    }


def _log_row(work: Work, header: dict[str, Any], *, is_primary: bool) -> dict[str, Any]:
    shown = ("kind", "amount_minor", "currency", "posting_date", "source", "beneficiary")
    changes = [
        {"field": name, "kind": "added", "old": None, "new": audit.readable(header[name])}
        for name in shown
        if header[name] not in {None, ""}
    ]
    return audit.activity_values(
        work,
        entity="transaction",
        entity_id=header["id"],
        label=header["reference"],
        changes=changes,
        is_primary=is_primary,
    )
