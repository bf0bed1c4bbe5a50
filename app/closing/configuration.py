"""How days are closed is drafted, handed in and approved; the newest approved is in force."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import func, select

from app.access.models import User
from app.closing.models import SEVERITIES, WARN, ClosingConfiguration
from app.closing.queries import in_force
from app.controls.closing_steps import closing_step
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.permissions import visible
from app.controls.review import ReviewKind, review
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.records.drafts import demand_not_deleted, retires_while_open

LONGEST_NAME = 100
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
NO_TIME = "Type the time as 22:30: an automatic close needs one"
ESSENTIAL = "{name} cannot be left out"


def _authorised(work: Work, record: ClosingConfiguration) -> None:
    """Put it in force in place of the one before."""
    before = in_force(work.session, record.organisation_id)
    if before is not None:
        before.is_in_force = False
        work.session.flush()  # one at a time is in force: the database sees to it row by row
    record.is_in_force = True


CONFIGURATION = review(
    ReviewKind(
        key="closing-configuration",
        model=ClosingConfiguration,
        name="COB configuration",
        module="closing-configuration",
        path="/admin/closing-configurations",
        authorised=_authorised,
        check=demand_not_deleted,
    )
)
retires_while_open(
    ClosingConfiguration, "COB configuration", permission="closing-configuration.delete"
)


@dataclass(frozen=True, slots=True)
class ClosingTerms:
    """What a configuration says; `closes_at` is "HH:MM" in the organisation's time zone."""

    name: str
    is_automatic: bool = False
    closes_at: str = ""
    is_on_following_day: bool = False
    blocks_on_failed_fdt: bool = True
    on_pending: str = WARN
    blocks_on_breaches: bool = False
    left_out: tuple[str, ...] = ()
    notified_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateClosingConfiguration:
    """Draft a configuration."""

    terms: ClosingTerms
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditClosingConfiguration:
    """Change a draft or rejected configuration."""

    configuration_id: int
    version: int
    terms: ClosingTerms
    submit: bool = False


@handles(CreateClosingConfiguration, permission="closing-configuration.create")
def create_closing_configuration(work: Work, command: CreateClosingConfiguration) -> int:
    """Create the draft; refuses (422) what is no time, step or colleague. Returns its id."""
    record = work.add(
        ClosingConfiguration(
            organisation_id=work.actor.tenant_id,
            maker_id=work.actor.user_id,
            **_checked(work, command.terms),
        )
    )
    return drafted(work, CONFIGURATION, record, "created", hand_in=command.submit)


@handles(EditClosingConfiguration, permission="closing-configuration.edit")
def edit_closing_configuration(work: Work, command: EditClosingConfiguration) -> int:
    """Save the draft; what waits, is approved or was deleted is refused (409)."""
    record: ClosingConfiguration = draft(
        work, CONFIGURATION, command.configuration_id, command.version
    )
    for key, value in _checked(work, command.terms).items():
        setattr(record, key, value)
    return drafted(work, CONFIGURATION, record, "edited", hand_in=command.submit)


def _checked(work: Work, terms: ClosingTerms) -> dict[str, object]:
    name = terms.name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refusal(f"Name must have 1 to {LONGEST_NAME} characters", field="name")
    closes_at = terms.closes_at.strip()
    if (terms.is_automatic or closes_at) and not _TIME.fullmatch(closes_at):
        raise Refusal(NO_TIME, field="closes_at")
    if terms.on_pending not in SEVERITIES:
        raise Refusal("Choose what pending approvals do", field="on_pending")
    return asdict(terms) | {
        "name": name,
        "closes_at": closes_at,
        "left_out": _steps(terms.left_out),
        "notified_ids": _colleagues(work, terms.notified_ids),
    }


def _steps(keys: Iterable[str]) -> list[str]:
    for key in keys:
        known = closing_step(key)
        if known is None:
            raise Refusal("Choose steps from the list", field="left_out")
        if known.is_essential:
            raise Refusal(ESSENTIAL.format(name=known.name), field="left_out")
    return sorted(set(keys))


def _colleagues(work: Work, user_ids: Iterable[int]) -> list[int]:
    wanted = sorted(set(user_ids))
    query = select(func.count()).where(
        *visible(work.actor, User), User.id.in_(wanted), User.kind == "employee", User.is_active
    )
    if work.session.scalars(query).one() != len(wanted):
        raise Refusal("Choose colleagues from the list", field="notified_ids")
    return wanted
