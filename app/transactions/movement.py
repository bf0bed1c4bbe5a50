"""A movement of money is recorded: posted at once, or left to wait for approval."""

from dataclasses import dataclass
from typing import Any

from app.controls.approvals import submit
from app.controls.numbering import take_ids
from app.controls.review import CAPTURED, strictest
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.money import format_minor
from app.ledger.journal import Line, Posting, post
from app.ledger.locking import LockedAsset
from app.ledger.models import Transaction
from app.transactions.kinds import Particulars, header_of, movement_lines
from app.transactions.review import RECEIVING, TRANSACTION, WAITING, lines_as_text
from app.transactions.settings import Settings, settings_of


@dataclass(frozen=True, slots=True)
class Leg:
    """An amount that goes from one asset to another of the same currency.

    `bonus_of` is the asset whose bonus moves; `code` and `narrative` stand on both entries.
    """

    debit: LockedAsset
    credit: LockedAsset
    amount_minor: int
    bonus_of: int | None = None
    code: str = ""
    narrative: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement about to be recorded: whose it is, the other side, all of its legs.

    The amount asked for is that of the first leg; `fee_minor` and `tax_minor` are what the legs
    after it charge, told rule by rule in `charges`. `more` is columns of the header that few kinds
    have.
    """

    kind: str
    direction: str
    asset: LockedAsset
    counter: LockedAsset
    legs: tuple[Leg, ...]
    particulars: Particulars
    fee_minor: int = 0
    tax_minor: int = 0
    charges: tuple[dict[str, Any], ...] = ()
    more: dict[str, Any] | None = None


def record(work: Work, movement: Movement, receiving: Movement | None = None) -> int:
    """Post the movement, or let it wait where a rule or the project's status says so.

    `receiving` is the other half of a transfer: a transaction of its own, posted in the same
    database transaction. Returns the id of the first. Refused (422): an amount below the
    currency's limit; whatever posting refuses (409).
    """
    asset = movement.asset
    asset.demand_usable("D" if movement.legs[0].debit is asset else "C")
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    _demand_limit(settings, asset, movement.legs[0].amount_minor)
    lines = _lines_of(settings, movement)
    received = _lines_of(settings, receiving, batch=RECEIVING) if receiving else ()
    status_id, processing = settings.default_status(asset.project_id)
    levels = strictest(
        settings.rules,
        amount_minor=sum(line.base_minor for line in lines if line.side == "D"),
        project_id=asset.project_id,
        branch_id=asset.branch_id,
        default=TRANSACTION.default_levels,
    )
    if levels or processing != "Completed":
        return _let_wait(work, movement, settings, (*lines, *received))
    return _post_now(work, settings, status_id, (movement, lines), (receiving, received))


def restate(
    work: Work, transaction: Transaction, movement: Movement, receiving: Movement | None
) -> None:
    """Write a movement into a transaction that waits, in place of what it held."""
    asset = movement.asset
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    _demand_limit(settings, asset, movement.legs[0].amount_minor)
    lines = _lines_of(settings, movement)
    received = _lines_of(settings, receiving, batch=RECEIVING) if receiving else ()
    transaction.lines = lines_as_text((*lines, *received))
    transaction.amount_minor = lines[0].amount_minor
    transaction.base_minor = lines[0].base_minor
    transaction.fee_minor = movement.fee_minor
    transaction.tax_minor = movement.tax_minor
    transaction.charges = list(movement.charges) or None


def _demand_limit(settings: Settings, asset: LockedAsset, amount_minor: int) -> None:
    """Refuse an amount below the project's limit for the currency."""
    limit = settings.limits.get((asset.project_id or 0, asset.currency), 0)
    if amount_minor < limit:
        shown = format_minor(limit, asset.exponent)
        raise Refusal(
            f"The smallest amount that can be transacted is {shown} {asset.currency}",
            field="amount",
        )


def _lines_of(settings: Settings, movement: Movement, *, batch: int = 1) -> tuple[Line, ...]:
    return tuple(
        line
        for leg in movement.legs
        for line in movement_lines(
            debit=leg.debit,
            credit=leg.credit,
            amount_minor=leg.amount_minor,
            rate=settings.rate(leg.debit.currency),
            bonus_of=leg.bonus_of,
            code=leg.code,
            narrative=leg.narrative,
            batch=batch,
        )
    )


def _post_now(
    work: Work,
    settings: Settings,
    status_id: int | None,
    *halves: tuple[Movement | None, tuple[Line, ...]],
) -> int:
    parts = [(movement, lines) for movement, lines in halves if movement is not None]
    ids = take_ids(work.session, "transaction", len(parts))
    postings, assets = [], {}
    for transaction_id, (movement, lines) in zip(ids, parts, strict=True):
        header = _header(work, movement, lines, transaction_id)
        header["sub_type_id"] = settings.sub_type(movement.asset.project_id, movement.kind)
        header["status_id"] = status_id
        if transaction_id != ids[0]:
            header["pair_id"] = ids[0]
        postings.append(
            Posting(
                transaction_id=transaction_id,
                kind=movement.kind,
                posting_date=header["posting_date"],
                value_date=header["value_date"],
                lines=lines,
                header=header,
            )
        )
        assets |= {one.id: one for leg in movement.legs for one in (leg.debit, leg.credit)}
    post(work, postings, assets, answer=ids[0])
    return ids[0]


def _let_wait(work: Work, movement: Movement, settings: Settings, lines: tuple[Line, ...]) -> int:
    (transaction_id,) = take_ids(work.session, "transaction", 1)
    project_id = movement.asset.project_id
    header = _header(work, movement, lines, transaction_id) | {
        "sub_type_id": settings.sub_type(project_id, movement.kind),
        "status_id": settings.statuses.get((project_id or 0, "pending")),
        "processing": WAITING,
        "posted_at": None,
        "settled_at": None,
        "record_status": CAPTURED,
        "levels_required": None,
        "submitted_at": None,
        "authorised_at": None,
        "lines": lines_as_text(lines),
    }
    transaction = work.add(Transaction(**header))
    submit(work, TRANSACTION, transaction)
    return transaction.id


def _header(
    work: Work, movement: Movement, lines: tuple[Line, ...], transaction_id: int
) -> dict[str, Any]:
    header = header_of(
        work,
        kind=movement.kind,
        direction=movement.direction,
        asset=movement.asset,
        counter=movement.counter,
        lines=lines,
        particulars=movement.particulars,
        transaction_id=transaction_id,
    )
    header["fee_minor"] = movement.fee_minor
    header["tax_minor"] = movement.tax_minor
    if movement.charges:
        header["charges"] = list(movement.charges)
    return header | movement.more if movement.more else header
