"""Pages of reports: the choice of them, each on the screen a page at a time, each as a file."""

from itertools import chain
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, request, stream_with_context
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.books.catalogue import REPORTS, Report
from app.books.custom import DIMENSIONS, custom_reports
from app.books.exports import FORMATS, PDF, PRINTED_AT_ONCE, Letterhead, is_long, shown
from app.books.models import CustomReport
from app.books.parameters import Base, Parameters, read_parameters
from app.books.tables import Column, Row, Table
from app.controls.commands import door
from app.controls.permissions import holds, visible
from app.controls.tenant import Organisation
from app.kernel.errors import Missing, Refusal
from app.kernel.money import Money, format_minor
from app.organisation.models import Branch
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.guard import permit
from app.web.respond import note_export, render, row_action

PATH = "/admin/reports"
blueprint = Blueprint("books", __name__)


_LABELS = {
    "first": "From",
    "last": "To",
    "branch": "Branch",
    "account": "Account number",
    "currency": "Currency",
    "threshold": "At least, in base currency",
}
# What answers the account picker of a journal finds the account of a report as well.
_ACCOUNTS = "/admin/transactions/accounts"
_KINDS = {"first": "date", "last": "date", "branch": "select"}


@blueprint.get(PATH)
@permit("reports.view")
def index() -> Response:
    """Offer the house's reports and those that people composed."""
    return render(
        "books/index.html",
        reports=[
            {
                "title": one.title,
                "text": one.description,
                "icon": one.icon,
                "href": f"{PATH}/{one.key}",
            }
            for one in REPORTS.values()
        ],
        custom=[_composed(one) for one in custom_reports(read_session(), actor())],
        may_compose=holds(actor(), "reports.create"),
    )


@blueprint.get(f"{PATH}/<key>")
@permit("reports.view")
def show(key: str) -> Response:
    """Show a report, a page of its lines at a time."""
    report = _report(key)
    if "account" in report.asks and "account" not in request.args:
        return report_page(report, None)
    more = {"actions": _actions(report)} if report.terms else {}
    try:
        return report_page(report, report.build(read_session(), parameters(is_page=True)), **more)
    except Refusal as refusal:
        return report_page(report, None, refusal=refusal, **more)


@blueprint.get(f"{PATH}/<key>.<extension>")
@permit("reports.view")
def export(key: str, extension: str) -> BaseResponse:
    """Send the whole report as a file."""
    return send_table(key, extension, house_table(key))


def house_table(key: str) -> Table:
    """Work out the whole of a report of the house; 404 for one that is none."""
    return _report(key).build(read_session(), parameters())


def send_table(name: str, extension: str, table: Table) -> BaseResponse:
    """Answer with a table as a file; what cannot be written is refused before the first byte.

    A PDF of many lines is asked for instead: nobody waits for it.
    """
    if extension not in FORMATS:
        raise Missing
    kind = FORMATS[extension]
    if extension == PDF:
        is_later, table = is_long(table)
        if is_later:
            return redirect(_print_href(request.path.removesuffix(f".{PDF}")), 303)
    parts = kind.write(table, letterhead())
    body = stream_with_context(chain([next(parts, b"")], parts))
    note_export(f"{name}.{extension}")
    response = Response(body, mimetype=kind.mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{extension}")
    return response


def report_page(
    report: Report, table: Table | None, *, refusal: Refusal | None = None, **more: Any
) -> Response:
    """Render a report's page: its form, its lines, where it goes on, and the files of it."""
    lines = [_line(table.columns, row) for row in table.rows] if table else []
    page = {
        "title": report.title,
        "text": report.description,
        "action": request.path,
        "accounts_href": _ACCOUNTS if holds(actor(), "transactions.create") else None,
        "fields": _fields(report),
        "error": {"text": refusal.sentence, "field": refusal.field or ""} if refusal else None,
        "table": table,
        "lines": lines,
        "next_href": table.next_href if table else "",
        "files": _files(is_later=bool(table) and _goes_on(table, len(lines))),
        **more,
    }
    status = refusal.status if refusal else 200
    return render("books/report.html", status=status, page=page)


def parameters(*, is_page: bool = False) -> Parameters:
    """Read what the address asks for; the business date stands for a day that is left out."""
    tenant = _tenant()
    return read_parameters(
        request.args,
        actor=actor(),
        base=_base(tenant),
        today=tenant.business_date,
        is_page=is_page,
    )


def _actions(report: Report) -> list[dict[str, Any]]:
    if not holds(actor(), "reports.edit"):
        return []
    return [row_action("Set terms", report.terms, "sliders-horizontal", drawer=True)]


def _composed(one: CustomReport) -> dict[str, str]:
    groups = ", ".join(DIMENSIONS[key].label.lower() for key in one.groups)
    return {"title": one.name, "text": f"By {groups}", "href": f"{PATH}/custom/{one.id}"}


def _report(key: str) -> Report:
    if key not in REPORTS:
        raise Missing
    return REPORTS[key]


def _goes_on(table: Table, line_count: int) -> bool:
    """Tell whether the whole report is longer than what is printed at once."""
    return bool(table.next_href or "after" in request.args) or line_count > PRINTED_AT_ONCE


def _files(*, is_later: bool) -> list[dict[str, Any]]:
    """Return the files of a report; the PDF of a long one is asked for and comes later."""
    return [
        {"name": one.name, "href": _print_href(request.path), "is_later": True}
        if one.extension == PDF and is_later
        else {
            "name": one.name,
            "href": f"{request.path}.{one.extension}?{_asked()}",
            "is_later": False,
        }
        for one in FORMATS.values()
    ]


def _print_href(page: str) -> str:
    return f"{page}/print?{_asked()}"


def _asked() -> str:
    """Return what the address asks for, of the report as a whole."""
    return urlencode({name: value for name, value in request.args.items() if name != "after"})


def _tenant() -> Organisation:
    tenant = organisation()
    if tenant is None:
        raise Missing
    return tenant


def letterhead() -> Letterhead:
    """Return whose report is made, and when."""
    tenant, now = _tenant(), door.clock()
    local = now.astimezone(ZoneInfo(tenant.time_zone))
    return Letterhead(tenant.name, now, f"{local:%Y-%m-%d %H:%M} {tenant.time_zone}")


def _fields(report: Report) -> list[dict[str, Any]]:
    tenant = organisation()
    today = tenant.business_date if tenant else None
    defaults = {
        "first": today.replace(day=1).isoformat() if today else "",
        "last": today.isoformat() if today else "",
        "threshold": _large(tenant) if tenant else "",
    }
    return [
        {
            "name": name,
            "label": "As of" if "first" not in report.asks and name == "last" else _LABELS[name],
            "kind": _KINDS.get(name, "text"),
            "value": request.args.get(name) or defaults.get(name, ""),
            "options": _branches() if name == "branch" else (),
        }
        for name in report.asks
    ]


def _base(tenant: Organisation) -> Base:
    return Base(tenant.base_currency, tenant.base_exponent)


def _large(tenant: Organisation) -> str:
    return format_minor(_base(tenant).threshold_minor, tenant.base_exponent)


def _branches() -> list[tuple[str, str]]:
    query = select(Branch).where(*visible(actor(), Branch)).order_by(Branch.code)
    return [
        ("", "All branches"),
        *((str(one.id), one.title()) for one in read_session().scalars(query)),
    ]


def _line(columns: tuple[Column, ...], row: Row) -> dict[str, Any]:
    found = [_cell(column, row.values.get(column.key)) for column in columns]
    if row.href:
        first = next((number for number, one in enumerate(found) if one["text"]), 0)
        found[first] = {**found[first], "href": row.href, "drawer": "/transactions/" in row.href}
    return {"level": row.level, "cells": found}


def _cell(column: Column, value: Any) -> cells.Cell:
    if isinstance(value, Money):
        return cells.money(value.minor, value.exponent, value.currency)
    if column.kind == "ident" and value:
        return {"kind": "mono", "text": str(value), "href": ""}
    return cells.text(shown(value))
