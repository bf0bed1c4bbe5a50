"""The books are verified in a step of the close, where the configuration asks for it."""

from collections import Counter

from app.config import read_config
from app.controls.closing_steps import VERIFY_BOOKS, Closing, closes
from app.kernel.errors import Refusal
from app.reports.snapshot import snapshot
from app.reports.verify import breaches

_ORDER = 5


@closes(VERIFY_BOOKS, name="Verify the books", order=_ORDER)
def verify_books(closing: Closing) -> str:
    """Refuse to close a day over books that are not right; names the tables of the breaches."""
    with snapshot(read_config().database_url) as view:
        view.heard = lambda: closing.report(50)
        found = Counter(one.table for one in breaches(view, closing.organisation_id))
    if found:
        listed = ", ".join(f"{number:,} in {table}" for table, number in sorted(found.items()))
        raise Refusal(f"The books are not right: {listed}. “verify” names each row")
    return "Every row is as it must be"
