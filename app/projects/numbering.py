"""Numbers of a project's own: each kind counts on under its prefix (M03.04)."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.work import Work
from app.db.base import Base, within
from app.db.types import BigId
from app.kernel.errors import Refusal
from app.projects.commands import line_of, one_of, project_list
from app.projects.models import OfProject, once_in_project

REQUEST, ORDER, REPORT = "request", "order", "report"
KINDS = {REQUEST: "Requests", ORDER: "Orders", REPORT: "Compliance reports"}
PREFIXES = {REQUEST: "REQ-", ORDER: "ORD-", REPORT: "REP-"}
HIGHEST, _WIDTH = 10**9, 5
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,11}")


class ProjectNumbering(OfProject, Base):
    """How a project numbers a kind of record; `next_number` only rises: none comes twice."""

    __tablename__ = "project_numbering"
    __constraints__ = (
        CheckConstraint("next_number > 0", name="positive"),
        once_in_project("project_numbering", "kind"),
        within("project", "project_id"),
    )

    kind: Mapped[str]
    prefix: Mapped[str]
    next_number: Mapped[int] = mapped_column(BigId, default=1)

    def title(self) -> str:
        """Name it in the log."""
        return f"{KINDS[self.kind]} {self.prefix}"


def take_number(work: Work, project_id: int, kind: str) -> str:
    """Take a project's next number of a kind, such as "REQ-00001"; locked until the command ends.

    A project that was told nothing begins at 1 under the prefix of the house.
    """
    query = select(ProjectNumbering).where(
        ProjectNumbering.organisation_id == work.actor.tenant_id,
        ProjectNumbering.project_id == project_id,
        ProjectNumbering.kind == kind,
        ProjectNumbering.retired_at.is_(None),
    )
    counter = work.session.scalars(query.with_for_update()).one_or_none()
    if counter is None:
        counter = ProjectNumbering(
            organisation_id=work.actor.tenant_id,
            project_id=project_id,
            kind=kind,
            prefix=PREFIXES[kind],
            next_number=1,
        )
        work.session.add(counter)
    number, counter.next_number = counter.next_number, counter.next_number + 1
    return f"{counter.prefix}{number:0{_WIDTH}}"


def _checked(_work: Work, values: Mapping[str, Any], saved: Any) -> dict[str, Any]:
    """Refuse (422) a prefix of other signs, and a number that was given out already."""
    prefix = line_of(values, "prefix", "Prefix").upper()
    if not _PREFIX.fullmatch(prefix):
        sentence = "A prefix has up to 12 letters, digits and . / -"
        raise Refusal(sentence, field="prefix")
    typed = line_of(values, "next_number", "Next number")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _WIDTH * 2 else 0
    if not 0 < number < HIGHEST:
        raise Refusal("Next number must be a number from 1 up", field="next_number")
    if saved is not None and number < saved.next_number:
        raise Refusal("Numbers before this one were given out already", field="next_number")
    return {
        "kind": one_of(values, "kind", "Kind", KINDS),
        "prefix": prefix,
        "next_number": number,
    }


NUMBERINGS = project_list(
    ProjectNumbering,
    "Numbering",
    module="configuration",
    key=("kind",),
    check=_checked,
    obstacle=lambda _session, _record: "A project goes on counting. Change its prefix instead",
)
