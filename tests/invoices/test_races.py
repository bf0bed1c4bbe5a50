"""Staff and the client pay one invoice at once, from real processes: it is paid once."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask

from app.controls.commands import perform
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.models import Invoice
from app.invoices.paying import PayInvoice, PayOwnInvoice
from app.ledger.models import Asset
from tests import factories
from tests.ledger import books
from tests.ledger.contest import at_once


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES",))


def test_an_invoice_that_many_pay_at_once_is_paid_once(house, pool):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    client_id = books.row(Asset, asset_id).client_id or 0
    owner, *_ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    manager, *_ = factories.a_user(house, "Branch Manager")
    invoice_id = perform(IssueInvoice(client_id, "KES", InvoiceTerms(100_00)), house.administrator)
    own, staff = (kind(invoice_id, asset_id, 100_00) for kind in (PayOwnInvoice, PayInvoice))
    attempts = [
        [(own, owner, None)] if number % 2 else [(staff, manager, None)] for number in range(5)
    ]
    outcomes = Counter(one.refusal for one in at_once(pool, attempts))
    number = books.row(Invoice, invoice_id).number
    assert outcomes == {"": 1, f"{number} has nothing left to pay": 4}
    assert books.row(Invoice, invoice_id).paid_minor == 100_00
    assert books.row(Asset, asset_id).balance_minor == 900_00


def test_the_first_invoices_of_a_house_issued_at_once_have_a_number_each(pool):
    house = factories.a_house(currencies=("KES",))
    client_id = factories.a_client(house)
    issue = IssueInvoice(client_id, "KES", InvoiceTerms(100_00))
    outcomes = at_once(pool, [[(issue, house.administrator, None)] for _ in range(5)])
    assert [one.refusal for one in outcomes] == [""] * 5
    numbers = {books.row(Invoice, one.answer).number for one in outcomes}
    assert numbers == {f"INV-{number:08}" for number in range(1, 6)}
