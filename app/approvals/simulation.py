"""Who would approve this? The levels the rules ask for, the rule that says so, and the people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from sqlalchemy.orm import Session

from app.access.everyone import employees
from app.controls.deciding import authorises_alone
from app.controls.identity import Actor, Scope
from app.controls.levels import ApprovalRule, levels_of, rule_for, rules_of
from app.controls.permissions import holds
from app.controls.review import ReviewKind
from app.controls.tenant import Organisation


@dataclass(frozen=True, slots=True)
class Question:
    """A record that somebody could hand in; the amount is in minor units of base currency."""

    kind: ReviewKind
    amount_minor: int = 0
    project_id: int | None = None
    branch_id: int | None = None
    maker_id: int | None = None


@dataclass(frozen=True, slots=True)
class Approver:
    """One who may approve at a level; `lender` is whom they stand in for, `note` what narrows."""

    user_id: int
    name: str
    role: str
    lender: str
    note: str
    persons: frozenset[int]


@dataclass(frozen=True, slots=True)
class Stage:
    """A level that is asked for, with those who may approve there."""

    level: int
    approvers: tuple[Approver, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What would happen. `rule` is None where no rule applies and the kind's default stands."""

    rule: ApprovalRule | None
    levels: int
    stages: tuple[Stage, ...]
    authorises_alone: bool
    can_be_finished: bool


def who_would_approve(session: Session, tenant: Organisation, asked: Question) -> Answer:
    """Judge a record that is not there yet exactly as `submit` and `approve` judge one that is."""
    rule = rule_for(
        asked.kind,
        rules_of(session, asked.kind, tenant.id),
        amount_minor=asked.amount_minor,
        project_ids={asked.project_id},
        branch_ids={asked.branch_id},
    )
    levels = levels_of(asked.kind, rule)
    people = employees(session, tenant.id)
    maker = next((one for one in people if one.user_id == asked.maker_id), None)
    alone = maker is not None and authorises_alone(maker, tenant) and levels > 0
    stages = tuple(
        Stage(level, tuple(_approvers(people, asked, level))) for level in range(levels, 0, -1)
    )
    return Answer(rule, levels, stages, alone, alone or _is_staffed(stages))


def _approvers(people: Iterable[Actor], asked: Question, level: int) -> Iterable[Approver]:
    wanted = f"{asked.kind.module}.approve-l{level}"
    for person in people:
        if person.user_id == asked.maker_id or not holds(person, f"{asked.kind.module}.view"):
            continue
        for one in (person, *person.stands_in_for):
            if one.user_id == asked.maker_id or not holds(one, wanted):
                continue
            if not _is_inside(one.scope, asked):
                continue
            yield Approver(
                user_id=person.user_id or 0,
                name=person.name,
                role=person.role,
                lender="" if one is person else one.name,
                note=_note(one.scope, asked),
                persons=frozenset({person.user_id or 0, one.user_id or 0}),
            )
            break


def _is_inside(scope: Scope, asked: Question) -> bool:
    if not hasattr(asked.kind.model, "visible_to") or scope.allowed_project_ids is None:
        return True
    return asked.project_id is None or asked.project_id in scope.allowed_project_ids


def _note(scope: Scope, asked: Question) -> str:
    """Say what else the record must be for this person to see it."""
    if not hasattr(asked.kind.model, "visible_to"):
        return ""
    parts = []
    if scope.allowed_project_ids is not None and asked.project_id is None:
        parts.append("in their projects")
    if scope.desk_ids is not None:
        parts.append("at their desks")
    if scope.own_clients:
        parts.append("of their own clients")
    return f"Only records {' and '.join(parts)}" if parts else ""


def _is_staffed(stages: Sequence[Stage]) -> bool:
    """Tell whether every level finds a person of its own, lenders counted with those who stand in.

    Of each level as many are looked at as could be taken by the others, and one more.
    """
    enough = 2 * len(stages) + 1
    chosen = product(*(stage.approvers[:enough] for stage in stages))
    return any(_are_distinct(one) for one in chosen)


def _are_distinct(people: Sequence[Approver]) -> bool:
    taken: set[int] = set()
    for one in people:
        if taken & one.persons:
            return False
        taken |= one.persons
    return True
