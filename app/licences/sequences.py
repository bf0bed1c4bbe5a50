"""The numbering of an organisation: how its sequences are written and which number comes next."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.controls.audit import RecordChange
from app.controls.commands import STALE, handles
from app.controls.numbering import FORMATS, HIGHEST_NUMBER, WIDEST, Sequence, initialise, written
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal

_LONGEST_PREFIX = 12


@dataclass(frozen=True, slots=True)
class InitialiseSequences:
    """Start the numbering of customers and accounts of the organisation acted in."""


@dataclass(frozen=True, slots=True)
class FormatSequence:
    """Change how a sequence is written, and skip ahead to a later number."""

    sequence_id: int
    version: int
    prefix: str
    width: int
    next_value: int


@handles(InitialiseSequences, permission="licences.edit")
def initialise_sequences(work: Work, command: InitialiseSequences) -> None:
    """Create the CUSTOMER and ACCOUNT sequences (E09.02)."""
    del command
    initialise(work, work.actor.tenant_id)


@handles(FormatSequence, permission="licences.edit")
def format_sequence(work: Work, command: FormatSequence) -> int:
    """Save the format; a number never goes back, so none is given twice.

    Refused (409): a stale form. A prefix that ends with a digit is refused: "AB1" with 23 and "AB"
    with 123 read alike.
    """
    sequence = work.session.get(Sequence, command.sequence_id, with_for_update=True)
    if sequence is None:
        raise Missing
    if sequence.version != command.version:
        raise Conflict(STALE)
    work.actor = work.actor.within(sequence.organisation_id)
    values = {
        "prefix": _checked_prefix(work, sequence, command.prefix),
        "width": command.width,
        "next_value": command.next_value,
    }
    if not 1 <= command.width <= WIDEST:
        raise Refusal(f"Padding must be 1 to {WIDEST} digits", field="width")
    if command.next_value > (sequence.last_value or HIGHEST_NUMBER):
        raise Refusal("Next number is out of range", field="next_value")
    before = {key: str(getattr(sequence, key)) for key in values}
    # Others take numbers meanwhile: the database compares with the counter as it stands.
    saved = work.session.execute(
        update(Sequence)
        .where(Sequence.id == sequence.id, Sequence.next_value <= command.next_value)
        .values(**values, version=command.version + 1)
        .returning(Sequence.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if saved is None:
        raise Conflict("The next number cannot be lower than it is now", field="next_value")
    _log(work, sequence, before, values)
    return sequence.id


def sequences_of(session: Session, organisation_id: int) -> list[dict[str, Any]]:
    """Return the standard sequences, initialised or not, and after them the others (E09.05)."""
    query = select(Sequence).where(Sequence.organisation_id == organisation_id)
    present = {one.name: one for one in session.scalars(query.order_by(Sequence.name))}
    names = [*FORMATS, *(name for name in present if name not in FORMATS)]
    return [_shown(name, present.get(name)) for name in names]


def _shown(name: str, sequence: Sequence | None) -> dict[str, Any]:
    prefix, width = (sequence.prefix, sequence.width) if sequence else FORMATS[name]
    return {
        "id": sequence.id if sequence else None,
        "name": name,
        "is_there": sequence is not None,
        "text": "Initialized" if sequence else "Pending",
        "prefix": prefix,
        "width": width,
        "next": written(sequence, sequence.next_value) if sequence else "",
    }


def _checked_prefix(work: Work, sequence: Sequence, text: str) -> str:
    prefix = text.strip().upper()
    if not prefix or len(prefix) > _LONGEST_PREFIX or not prefix.isascii():
        raise Refusal(f"Prefix must be 1 to {_LONGEST_PREFIX} characters", field="prefix")
    if prefix[-1].isdigit():
        raise Refusal("Prefix must not end with a digit", field="prefix")
    twin = select(Sequence.name).where(
        Sequence.organisation_id == sequence.organisation_id,
        Sequence.prefix == prefix,
        Sequence.id != sequence.id,
    )
    if name := work.session.scalar(twin):
        raise Conflict(f"{name} is numbered with this prefix already", field="prefix")
    return prefix


def _log(work: Work, sequence: Sequence, before: dict[str, str], after: dict[str, Any]) -> None:
    """Write the change to the log, which leaves counters out by itself."""
    change = RecordChange(
        "sequence", sequence.id, sequence.name, "modified", sequence.organisation_id
    )
    change.fields = {
        key: {"field": key, "kind": "modified", "old": old, "new": str(after[key])}
        for key, old in before.items()
        if old != str(after[key])
    }
    if change.fields:
        work.changes.append(change)
