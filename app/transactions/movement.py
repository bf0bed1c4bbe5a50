"""A movement of money is recorded: posted at once, or left to wait for approval."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.controls.approvals import submit
from app.controls.levels import levels_of, rule_for
from app.controls.numbering import take_ids
from app.controls.review import CAPTURED
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.money import format_minor
from app.ledger.journal import Line, Posting, post
from app.ledger.kinds import RECEIVING
from app.ledger.locking import LockedAsset
from app.ledger.models import Transaction
from app.transactions.days import demand_value_date
from app.transactions.kinds import Particulars, header_of, movement_lines
from app.transactions.orders import add_order
from app.transactions.review import TRANSACTION, WAITING, lines_as_text
from app.transactions.settings import Settings, settings_of

NO_SUB_TYPE = "Choose a sub-type of the project, in the direction of the movement"


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
    have. `is_order` lets the platform named there carry it out.
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
    is_order: bool = False


def record(work: Work, movement: Movement, receiving: Movement | None = None) -> int:
    """Post the movement, or let it wait where a rule or the project's status says so.

    `receiving` is the other half of a transfer: a transaction of its own, posted in the same
    database transaction. Returns the id of the first. Refused (422): an amount below the
    currency's limit; whatever posting refuses (409).
    """
    asset = movement.asset
    side = "D" if movement.legs[0].debit is asset else "C"
    asset.demand_usable(side, kind=movement.kind)
    part = _part_of(work, movement)
    settings, lines = part.settings, part.lines
    demand_limit(settings, asset, lines[0].amount_minor)
    parts = [part]
    if receiving is not None:
        parts.append(_part_of(work, receiving, is_receiving=True))
    rule = rule_for(
        TRANSACTION,
        settings.rules,
        # What is given counts; the other currency is debited as much again.
        amount_minor=lines[0].base_minor if movement.kind == "exchange" else _debited(lines),
        project_ids={asset.project_id},
        branch_ids={asset.branch_id},
    )
    if (
        levels_of(TRANSACTION, rule)
        or (movement.more or {}).get("platform_id")
        or settings.default_status(asset.project_id)[1] != "Completed"
    ):
        return _let_wait(work, parts)
    return _post(work, parts, is_answer=True)[0]


def post_together(work: Work, transfers: Iterable[tuple[Movement, Movement | None]]) -> list[int]:
    """Post movements that were approved as one, all or none; returns the ids of their first halves.

    No rule is asked again, and no project's status lets them wait. Refusals are those of
    `record()` and of posting.
    """
    parts = []
    for movement, receiving in transfers:
        part = _part_of(work, movement)
        demand_limit(part.settings, movement.asset, part.lines[0].amount_minor)
        parts.append(part)
        if receiving is not None:
            parts.append(_part_of(work, receiving, is_receiving=True))
    return _post(work, parts, is_answer=False)


def post_due(work: Work, movements: Iterable[Movement]) -> list[int]:
    """Post what the house works out by its own rules, such as interest; returns the ids.

    No rule of approval and no smallest amount is asked for; refusals are those of posting.
    """
    return _post(work, [_part_of(work, movement) for movement in movements], is_answer=False)


def restate(
    work: Work, transaction: Transaction, movement: Movement, receiving: Movement | None
) -> None:
    """Write a movement into a transaction that waits, in place of what it held."""
    part = _part_of(work, movement)
    lines = part.lines
    demand_limit(part.settings, movement.asset, lines[0].amount_minor)
    received = _part_of(work, receiving, is_receiving=True).lines if receiving else ()
    transaction.lines = lines_as_text((*lines, *received))
    transaction.amount_minor = lines[0].amount_minor
    transaction.base_minor = lines[0].base_minor
    transaction.fee_minor = movement.fee_minor
    transaction.tax_minor = movement.tax_minor
    transaction.charges = list(movement.charges) or None
    transaction.sub_type_id = part.sub_type_id()
    for name, value in (movement.more or {}).items():
        setattr(transaction, name, value)
    if movement.is_order:
        add_order(work, transaction)


def demand_limit(settings: Settings, asset: LockedAsset, amount_minor: int) -> None:
    """Refuse an amount below the project's limit for the currency."""
    limit = settings.limits.get((asset.project_id or 0, asset.currency), 0)
    if amount_minor < limit:
        shown = format_minor(limit, asset.exponent)
        raise Refusal(
            f"The smallest amount that can be transacted is {shown} {asset.currency}",
            field="amount",
        )


def worth(work: Work, movement: Movement) -> tuple[int, int]:
    """Return, in base currency, what a movement moves, and all that it debits with its fees.

    The latter is what the rules of approval judge. Refused (409, 422): what has no rate, or is
    more than the books can hold.
    """
    lines = _part_of(work, movement).lines
    return lines[0].base_minor, _debited(lines)


def _debited(lines: Sequence[Line]) -> int:
    return sum(line.base_minor for line in lines if line.side == "D")


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


@dataclass(frozen=True, slots=True)
class _Part:
    """One transaction about to be posted; the receiving half of a transfer follows its other."""

    movement: Movement
    settings: Settings
    lines: tuple[Line, ...]
    is_receiving: bool = False

    def sub_type_id(self) -> int | None:
        """Return the sub-type that was chosen, or else the kind's own.

        Refused (422): one that the project has not, or has for the other direction. Who receives
        a transfer may be of another project: theirs falls back on the kind's own.
        """
        movement, project_id = self.movement, self.movement.asset.project_id
        own = self.settings.sub_type(project_id, movement.kind)
        label = movement.particulars.sub_type
        if not label:
            return own
        chosen = self.settings.added_sub_type(project_id, label, movement.direction)
        if chosen is None and not self.is_receiving:
            raise Refusal(NO_SUB_TYPE, field="sub_type")
        return chosen or own


def _part_of(work: Work, movement: Movement, *, is_receiving: bool = False) -> _Part:
    asset = movement.asset
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    batch = RECEIVING if is_receiving else 1
    return _Part(movement, settings, _lines_of(settings, movement, batch=batch), is_receiving)


def _post(work: Work, parts: Sequence[_Part], *, is_answer: bool) -> list[int]:
    """Post all in one statement; returns the ids of those that are no receiving halves."""
    ids = take_ids(work, "transaction", len(parts))
    postings, assets, first = [], {}, []
    for transaction_id, part in zip(ids, parts, strict=True):
        movement = part.movement
        project_id = movement.asset.project_id
        header = _header(work, movement, part.lines, transaction_id)
        header["sub_type_id"] = part.sub_type_id()
        header["status_id"] = part.settings.completed_status(project_id)
        if part.is_receiving:
            # The other system's reference is that of the first half; no two rows share one.
            header["pair_id"], header["external_id"] = first[-1], None
        else:
            first.append(transaction_id)
        postings.append(
            Posting(
                transaction_id=transaction_id,
                kind=movement.kind,
                posting_date=header["posting_date"],
                value_date=header["value_date"],
                lines=part.lines,
                header=header,
            )
        )
        assets |= {one.id: one for leg in movement.legs for one in (leg.debit, leg.credit)}
    post(work, postings, assets, answer=first[0] if is_answer else None)
    return first


def _let_wait(work: Work, parts: Sequence[_Part]) -> int:
    movement, settings = parts[0].movement, parts[0].settings
    lines = tuple(line for part in parts for line in part.lines)
    (transaction_id,) = take_ids(work, "transaction", 1)
    project_id = movement.asset.project_id
    header = _header(work, movement, lines, transaction_id) | {
        "sub_type_id": parts[0].sub_type_id(),
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
    if movement.is_order:
        add_order(work, transaction)
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
    demand_value_date(work, header["value_date"], on=header["posting_date"])
    header["fee_minor"] = movement.fee_minor
    header["tax_minor"] = movement.tax_minor
    if movement.charges:
        header["charges"] = list(movement.charges)
    return header | movement.more if movement.more else header
