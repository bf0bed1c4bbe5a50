"""`verify`: recomputes from the rows what must always hold, in a path apart from posting.

It reads one snapshot over a connection of its own and shares no code with what writes: neither
the ledger's hashes nor its sums. Its answers are the rows that are not as they must be.
"""

from collections.abc import Iterator

from app.reports.chains import entries
from app.reports.charges import charges
from app.reports.closes import closes
from app.reports.interest import interest
from app.reports.lending import lending
from app.reports.planned import planned
from app.reports.references import references
from app.reports.reversals import reversals
from app.reports.reviews import reviews
from app.reports.sealed import seals
from app.reports.secrecy import secrecy
from app.reports.snapshot import Breach, CannotCheck, Snapshot
from app.reports.statuses import statuses
from app.reports.sums import sums


def breaches(view: Snapshot, organisation_id: int | None = None) -> Iterator[Breach]:
    """Yield every row that breaks a rule of safety, of one organisation or of all."""
    bases = dict(view.few("SELECT id, base_exponent FROM organisation"))
    scope = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    yield from entries(view, scope, bases)
    yield from seals(view, organisation_id)
    yield from sums(view, organisation_id)
    yield from charges(view, organisation_id)
    yield from interest(view, organisation_id)
    yield from lending(view, organisation_id)
    yield from reversals(view, organisation_id)
    yield from reviews(view, organisation_id)
    yield from statuses(view, organisation_id)
    yield from closes(view, organisation_id)
    yield from planned(view, organisation_id)
    yield from references(view, organisation_id)
    yield from secrecy(view, organisation_id)


def organisation_named(view: Snapshot, name: str | None) -> int | None:
    """Return the id of the organisation with this name; None for no name."""
    if name is None:
        return None
    found = view.few("SELECT id FROM organisation WHERE name = ?", (name,))
    if not found:
        raise CannotCheck(f"There is no organisation “{name}”")
    return int(found[0][0])
