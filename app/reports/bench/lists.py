"""A list page of 50 transactions, beside a bare keyset query and a table of the same rows."""

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask
from jinja2 import Environment
from markupsafe import Markup
from werkzeug.test import TestResponse

from app import create_app
from app.reports.bench import bare
from app.reports.bench.batches import fill
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.pace import rate_of
from app.reports.bench.scratch import Bank, scratch_database, settle

_ADDRESS = "/admin/transactions"
_QUERY = """
    SELECT t.uid, t.reference, t.kind, t.amount_minor, t.currency, t.processing, t.posting_date,
        t.source, t.beneficiary, c.name, a.number, t.id
    FROM "transaction" t JOIN account a ON a.id = t.account_id
        LEFT JOIN client c ON c.id = t.client_id
    WHERE t.organisation_id = {organisation} AND t.id < {before} ORDER BY t.id DESC LIMIT 50
"""
_TABLE = """{{ around }}<table>{% for row in rows %}{% for piece in pieces %}{{ piece }}{% endfor %}
{% for cell in row %}
<td>{{ cell }}</td>{% endfor %}{% endfor %}</table>"""


def measure(url: str, *, sizes: tuple[int, ...], seconds: float, rounds: int) -> Iterator[Ratio]:
    """Yield the ratio of the first page for each number of transactions."""
    with scratch_database(url, assets=200) as bank:
        filled = 0
        app = create_app(database_url=bank.url)
        for size in sizes:
            fill(bank, size - filled)
            filled = size
            settle(bank.url)
            page = _page(app, bank)
            plain = _plain(bank, page().text)
            yield interleaved(
                f"list of 50 among {size:,} transactions",
                lambda: rate_of(plain, seconds),  # noqa: B023
                lambda: rate_of(page, seconds),  # noqa: B023
                rounds=rounds,
                wanted="at least 0.5",
            )


def _page(app: Flask, bank: Bank) -> Callable[[], TestResponse]:
    """Sign in as a person does; the function asks for the list's first page."""
    browser = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/login").text)
    form = {"email": bank.email, "password": bank.password}
    browser.post("/login", data=form | ({"csrf_token": token.group(1)} if token else {}))

    return lambda: _demand(browser.get(_ADDRESS))


def _demand(answer: TestResponse) -> TestResponse:
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"the list answered {answer.status_code}")
    return answer


def _plain(bank: Bank, page: str) -> Callable[[], TestResponse]:
    """Return a bare page: keyset query and template, of the same HTML around as many cells."""
    rows = re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)
    row = max(rows, key=len)
    around, bare_app = Markup(page.replace(row, "", len(rows))), Flask("bare")  # noqa: S704
    # Tag by tag, as a template writes it.
    pieces = [Markup(piece) for piece in re.split(r"(?<=>)", row)]  # noqa: S704
    connection, _ = bare.connect(bank.url)
    template = Environment(autoescape=True).from_string(_TABLE)
    query = _QUERY.format(organisation=bank.organisation_id, before=2**62)

    @bare_app.get("/")
    def listed() -> str:
        found: list[Any] = connection.execute(query).fetchall()
        connection.rollback()
        return template.render(rows=found, around=around, pieces=pieces)

    browser = bare_app.test_client()
    return lambda: _demand(browser.get("/"))
