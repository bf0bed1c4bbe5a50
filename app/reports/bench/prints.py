"""Printing a statement of 400 lines, beside WeasyPrint on a plain table of the same lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from jinja2 import Environment

from app.controls.commands import perform
from app.db.session import database
from app.prints.printing import print_page
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.pace import rate_of
from app.reports.bench.scratch import BUSINESS_DATE, Bank, scratch_database
from app.statements.commands import RequestStatement
from app.statements.document import statement_values
from app.statements.figures import sections_of
from app.statements.models import Statement
from app.transactions.commands import Deposit

_LINES = 400
_PLAIN = """<style>@page { size: A4 } table { width: 100%; border-collapse: collapse; font: 9pt
sans-serif } td { border-bottom: 1px solid #ccc; padding: 4pt }</style><h1>Statement</h1><table>
{% for section in sections %}{% for entry in section.entries %}<tr><td>{{ entry.posted }}</td>
<td>{{ entry.value }}</td><td>{{ entry.reference }}</td><td>{{ entry.text }}</td>
<td>{{ entry.amount }}</td><td>{{ entry.balance }}</td></tr>{% endfor %}{% endfor %}</table>"""


def measure(url: str, *, seconds: float, rounds: int) -> Iterator[Ratio]:
    """Yield how many times faster the house prints."""
    with scratch_database(url, assets=2) as bank:
        for number in range(_LINES):
            perform(Deposit(bank.asset_ids[0], 100 + number), bank.actor)
        values = _values(bank)
        yield interleaved(
            f"a statement of {_LINES} lines and more",
            lambda: rate_of(_plain(values), seconds),
            lambda: rate_of(_printed(values), seconds),
            rounds=rounds,
            wanted="at least 0.8, aim at 2.5",
        )


def _values(bank: Bank) -> dict[str, Any]:
    request = RequestStatement("asset", bank.asset_ids[0], BUSINESS_DATE, BUSINESS_DATE)
    statement_id = perform(request, bank.actor)
    with database.reading() as session:
        statement = session.get_one(Statement, statement_id)
        period = (BUSINESS_DATE, BUSINESS_DATE)
        sections = sections_of(
            session, bank.organisation_id, list(bank.asset_ids[:1]), period=period
        )
        return statement_values(session, statement, sections, printed_at=datetime.now(UTC))


def _printed(values: dict[str, Any]) -> Callable[[], object]:
    now = datetime.now(UTC)
    return lambda: print_page(
        "statement.html", values, printed_at=now, identifier="bench", report=lambda _: None
    )


def _plain(values: dict[str, Any]) -> Callable[[], object]:
    weasyprint = import_module("weasyprint")
    template = Environment(autoescape=True).from_string(_PLAIN)
    return lambda: weasyprint.HTML(string=template.render(**values)).write_pdf()
