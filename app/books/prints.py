"""A long report on paper: asked for here, printed by the worker, found under Exports."""

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from app.books.custom_views import CUSTOM, composed_table
from app.books.exports import print_table
from app.books.tables import Table
from app.books.views import PATH, blueprint, house_table, letterhead
from app.exports.commands import KEPT_DAYS, RequestExport
from app.exports.tasks import writes
from app.web import cells
from app.web.guard import permit
from app.web.listpage import EXPORTS
from app.web.pages import confirm_view, fact

_METHODS = ["GET", "POST"]
Report = Callable[[int], None]
Printed = tuple[int, Iterable[bytes]]


@blueprint.route(f"{PATH}/<key>/print", methods=_METHODS)
@permit("reports.view")
def ask(key: str) -> Response:
    """Ask for a report of the house as a PDF."""
    return _ask(house_table(key))


@blueprint.route(f"{CUSTOM}/<int:report_id>/print", methods=_METHODS)
@permit("reports.view")
def ask_custom(report_id: int) -> Response:
    """Ask for a composed report as a PDF."""
    return _ask(composed_table(report_id))


@writes("books.export")
def print_report(key: str, extension: str, report: Report) -> Printed:
    """Print a report of the house; the worker stands where its reader stood."""
    del extension
    return _print(house_table(key), report)


@writes("books.export_custom")
def print_custom(report_id: int, extension: str, report: Report) -> Printed:
    """Print a composed report."""
    del extension
    return _print(composed_table(report_id), report)


def _ask(table: Table) -> Response:
    page = request.path.removesuffix("/print")
    query = urlencode(request.args)
    return confirm_view(
        command=lambda: RequestExport(f"{page}.pdf", table.title, query),
        title=f"Print {table.title.lower()}",
        body="The report is long: it is printed while you go on, for the days and accounts you "
        f"see. It is kept {KEPT_DAYS} days.",
        rows=[fact(label, cells.text(value)) for label, value in table.facts],
        verb="Print",
        to=EXPORTS,
        done_title="Export requested",
        done_text="Find it under Exports.",
    )


def _print(table: Table, report: Report) -> Printed:
    number, content = print_table(table, letterhead(), report)
    return number, [content]
