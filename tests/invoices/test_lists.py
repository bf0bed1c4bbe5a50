"""The list of invoices sorts by what the manual names; what hangs on an invoice is only read."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.controls.commands import door, perform
from app.db.session import database
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.models import Invoice
from app.invoices.paying import PayInvoice
from app.ledger.models import Asset
from tests import factories

PATH = "/admin/invoices"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.text


def _rows(here: FlaskClient, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_page(here, path))))


def _numbers(page: str) -> list[str]:
    return re.findall(r'id="row-(\d+)"', page)


@pytest.mark.checks("W13.04")
def test_every_column_that_the_manual_names_sorts_page_by_page(house, here):
    client_id = factories.a_client(house)
    for number in range(53):
        expires = None if number % 3 == 0 else door.clock() + timedelta(days=number)
        terms = InvoiceTerms(1_00, expires_at=expires, description=f"Sorted {number % 7}")
        known = None if number % 2 else f"S-{number:02}"
        perform(IssueInvoice(client_id, "KES", terms, external_id=known), house.administrator)
    for column in ("expires", "description", "external"):
        for sort, word in ((column, "ascending"), (f"-{column}", "descending")):
            first = _page(here, f"{PATH}?sort={sort}")
            assert f'aria-sort="{word}"' in first, sort
            following = re.search(r'href="([^"]+after=[^"]+)"', first)
            assert following is not None
            second = _page(here, html.unescape(following[1]))
            seen = _numbers(first) + _numbers(second)
            assert len(seen) == len(set(seen)) == 53, "no row twice and none left out"
    days = [row["Expires At"] for row in _rows(here, f"{PATH}.csv?sort=expires")]
    assert days == [*sorted(day for day in days if day), *([""] * 18)], "no expiry comes last"
    texts = [row["Description"] for row in _rows(here, f"{PATH}.csv?sort=-description")]
    assert texts == sorted(texts, reverse=True)
    texts = [row["External ID"] for row in _rows(here, f"{PATH}.csv?sort=external")]
    assert texts == sorted(texts)


@pytest.mark.checks("W13.26")
def test_the_payments_of_an_invoice_are_a_table_that_is_only_read(house, here):
    asset_id = factories.a_funded_asset(house, 500_00)
    with database.reading() as session:
        client_id = session.get_one(Asset, asset_id).client_id or 0
    invoice_id = perform(IssueInvoice(client_id, "KES", InvoiceTerms(40_00)), house.administrator)
    perform(PayInvoice(invoice_id, asset_id, 40_00), house.administrator)
    with database.reading() as session:
        number = session.get_one(Invoice, invoice_id).number
    found = re.search(
        rf'href="(/admin/transactions\?invoice={invoice_id}&[^"]+)"', _page(here, PATH)
    )
    assert found is not None
    address = html.unescape(found[1])
    (row,) = _rows(here, address.replace("?", ".csv?"))
    for column in (
        "Currency", "Amount", "Type", "Project", "Account type", "ID", "UID", "Asset ID", "Status",
    ):  # fmt: skip
        assert column in row
    table = _page(here, address)
    assert f"Invoice: {number}" in table, "the chip names the invoice"
    assert "Show transaction history" in table
    for written in ("Create Transaction", "Edit description"):
        assert written not in table
        assert written in _page(here, "/admin/transactions")


def test_the_chip_of_a_narrowed_list_names_the_record(house, here):
    asset_id = factories.a_funded_asset(house, 500_00)
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        name, client_id = asset.title(), asset.client_id or 0
    terms = InvoiceTerms(40_00)
    invoice_id = perform(IssueInvoice(client_id, "KES", terms), house.administrator)
    with database.reading() as session:
        number = session.get_one(Invoice, invoice_id).number
    assert f"Record: {number}" in _page(here, f"/admin/postbacks?record=invoice-{invoice_id}")
    assert f"Asset ID: {name}" in _page(here, f"/admin/transactions?asset={asset_id}")
    for section in ("entries", "holds", "addresses"):
        assert f"Asset: {name}" in _page(here, f"/admin/{section}?asset={asset_id}"), section
    elsewhere = factories.a_house(currencies=("KES",))
    foreign = factories.a_funded_asset(elsewhere, 1_00)
    assert f"Asset: {foreign}" in _page(here, f"/admin/entries?asset={foreign}"), "not in sight"
