"""A list page of 50 transactions, beside a bare keyset query and a template of the same HTML.

The bare side sends the very page the product made, byte for byte but for the token: its template
is that page, with the rows as a plain loop over the query's columns. So both send as much HTML,
and what is measured is all else the product does: who is signed in, scope, filters, the count.
"""

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask
from jinja2 import Environment
from werkzeug.test import TestResponse

from app import create_app
from app.reports.bench import bare
from app.reports.bench.batches import fill
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.pace import rate_of
from app.reports.bench.scratch import Bank, scratch_database, settle

_ADDRESS = "/admin/transactions"
_QUERY = """
    SELECT t.id, t.uid, t.reference, t.public_id, a.id, a.uid, c.id, c.uid, p.name, s.name,
        t.currency, t.amount_minor
    FROM "transaction" t JOIN asset a ON a.id = t.asset_id JOIN account c ON c.id = t.account_id
        LEFT JOIN project p ON p.id = t.project_id
        LEFT JOIN transaction_status s ON s.id = t.status_id
    WHERE t.organisation_id = {organisation} AND t.id < {before} ORDER BY t.id DESC LIMIT 50
"""
_AMOUNT = 11  # The one column that is no text of the page as it stands.


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
    """Return a bare page: keyset query and template, of the very HTML the product's page has.

    The template is the product's own page with its first row as the body of a loop, and each text
    of that row that came from the database as an expression.
    """
    connection, _ = bare.connect(bank.url)
    query = _QUERY.format(organisation=bank.organisation_id, before=2**62)
    lines = re.findall(r"<tr id=.*?</tr>\n*", page, re.DOTALL)
    first = connection.execute(query).fetchone()
    around, bare_app = page.replace("".join(lines), "\0"), Flask("bare")
    template = Environment(autoescape=True).from_string(
        f"{{% raw %}}{around}{{% endraw %}}".replace("\0", _loop(lines[0], first))
    )

    @bare_app.get("/")
    def listed() -> str:
        found: list[Any] = connection.execute(query).fetchall()
        connection.rollback()
        return template.render(rows=found)

    browser = bare_app.test_client()
    if abs(len(browser.get("/").text) - len(page)) > len(page) // 50:
        raise RuntimeError("the bare page is not of the same size")
    return lambda: _demand(browser.get("/"))


def _loop(line: str, row: tuple[Any, ...]) -> str:
    """Write a row's HTML as a template's loop, longest texts first: one may hold another."""
    texts = {str(text): number for number, text in enumerate(row[:_AMOUNT]) if text}
    known = re.compile("|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)))
    # A number is one only as a whole: the 7 of "77" is none.
    body = re.sub(
        rf"(?<![\w-])(?:{known.pattern})(?![\w-])", lambda m: f"{{{{ row[{texts[m[0]]}] }}}}", line
    )
    whole, cents = divmod(row[_AMOUNT], 100)
    body = body.replace(f"{whole}.{cents:02d}<", f"{{{{ '%.2f' % (row[{_AMOUNT}] / 100) }}}}<")
    return f"{{% endraw %}}{{% for row in rows %}}{body}{{% endfor %}}{{% raw %}}"
