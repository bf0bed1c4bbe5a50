"""What rows need and the organisation lacks is added with them: a refused batch leaves nothing."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from app.controls.numbering import initialise, initialised
from app.controls.work import Work
from app.imports.rows import AccountRow
from app.organisation.branches import CreateBranch, create_branch
from app.organisation.models import Branch
from app.records.commands import CreateCode, create_code
from app.reference.currencies import CreateProjectCurrency, create_project_currency
from app.reference.models import IdentityType, ProjectCurrency

IMPORTED_RECORD = ("IMPORTED_RECORD", "Imported record")
# Writes for a row; what is refused is told with the row's place.
Write = Callable[[AccountRow, Callable[[], int]], int]


def add_numbers(work: Work) -> None:
    """Start the numbering of an organisation that has none yet."""
    if not initialised(work.session, work.actor.tenant_id):
        initialise(work, work.actor.tenant_id)


def imported_record(work: Work) -> int:
    """Return the type of identity that imported customers are proved by."""
    query = select(IdentityType.id).where(
        IdentityType.organisation_id == work.actor.tenant_id,
        IdentityType.code == IMPORTED_RECORD[0],
    )
    found = work.session.scalar(query)
    return found or create_code(work, CreateCode("identity-type", *IMPORTED_RECORD))


def add_currencies(work: Work, project_id: int, rows: Sequence[AccountRow], write: Write) -> None:
    """Let the project deal in the currencies of the rows; the first it ever has is its default."""
    query = select(ProjectCurrency.label).where(
        ProjectCurrency.organisation_id == work.actor.tenant_id,
        ProjectCurrency.project_id == project_id,
    )
    known = set(work.session.scalars(query))
    for row in rows:
        if row.currency not in known:
            added = CreateProjectCurrency(project_id, row.currency, is_default=not known)
            write(row, lambda added=added: create_project_currency(work, added))
            known.add(row.currency)


def branches(work: Work, rows: Sequence[AccountRow], write: Write) -> dict[str, int]:
    """Return the branches by name, with one for each town of the rows."""
    query = select(Branch.name, Branch.id, Branch.country).where(
        Branch.organisation_id == work.actor.tenant_id
    )
    found = work.session.execute(query.order_by(Branch.id)).all()
    ids = {one.name: one.id for one in found}
    for row in rows:
        if row.branch_town and row.branch_town not in ids:
            added = CreateBranch(row.branch_town, found[0].country if found else "")
            ids[row.branch_town] = write(row, lambda added=added: create_branch(work, added))
    return ids
