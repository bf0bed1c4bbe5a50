"""What a person reads on the printed statement."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Refusal
from app.kernel.money import format_minor
from app.ledger.models import Asset
from app.prints.printing import print_page, stop_printer
from tests import factories
from tests.factories import House
from tests.statements.books import (
    Happening,
    downloaded,
    post_happenings,
    printed,
    request,
    text_of,
    work_until_settled,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script><img src=http://example.com/x.png>"


def values(**changed: Any) -> dict[str, Any]:
    """Return what the template needs, without a section."""
    plain = {
        "organisation": "Bank",
        "country": "Kenya",
        "reference": "STM-00000001",
        "holder": {"name": "Amina", "number": "", "address": ()},
        "first_day": "01 Nov 2026",
        "last_day": "20 Nov 2026",
        "printed": "20 Nov 2026, 12:00 UTC",
        "sections": [],
    }
    return plain | changed


def print_values(**changed: Any) -> bytes:
    return print_page(
        "statement.html",
        values(**changed),
        printed_at=NOON,
        identifier="STM-00000001",
        report=lambda percent: None,
    )


def test_a_statement_says_whose_it_is_and_what_came_in_and_went_out(house: House):
    client_id = factories.a_client(house, address="14 Kimathi Street", city="Nairobi", country="KE")
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    post_happenings(
        house,
        asset_id,
        Happening(10_000_00, date(2025, 12, 31)),
        Happening(2_500_50, date(2026, 2, 3), "Salary", "Acme Ltd", value_day=date(2026, 2, 5)),
        Happening(-700_25, date(2026, 3, 4), "School fees of the third term", "Mwangaza School"),
    )
    reader = printed(house.administrator, "client", client_id)
    text = text_of(reader)
    for shown in (
        house.name,
        "Statement of account",
        "Amina Wanjiru",
        "14 Kimathi Street",
        "Nairobi",
        "Kenya",
        "03 Feb 2026",
        "05 Feb 2026",
        "Deposit from Acme Ltd · Salary",
        "Page 1 of 1",
    ):
        assert shown in text, shown
    assert re.search(r"Client number CUS-00000001 Period 01 Jan 2026 . 20 Nov 2026", text)
    assert re.search(r"Opening balance 10,000\.00", text)
    assert re.search(r"Money in 2,500\.50 Money out 700\.25", text)
    assert re.search(r"Closing balance 11,800\.25 KES", text)
    assert text.index("Statement of account") < text.index("Period") < text.index("Money in")
    # A text that wraps stands between the reference and the amount, as a short one does.
    assert re.search(
        r"04 Mar 2026 TXN-\d+ Withdrawal to Mwangaza School · School fees of the third term"
        r" 700\.25 11,800\.25",
        text,
    )
    assert reader.metadata is not None
    assert reader.metadata.author == house.name
    assert reader.metadata.title.endswith("01 Jan 2026 to 20 Nov 2026")  # type: ignore[union-attr]
    assert reader.root_object["/Lang"] == "en"


def test_every_currency_is_printed_in_its_own_decimals(house: House):
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    for currency, amount in (("JPY", 1_234_567), ("KWD", 1_234_567), ("BTC", 1_234_567)):
        post_happenings(house, factories.an_asset(house, account_id, currency), Happening(amount))
    text = text_of(printed(house.administrator, "account", account_id))
    for shown in ("1,234,567 JPY", "1,234.567 KWD", "0.01234567 BTC", "0.00 KES", "Overview"):
        assert shown in text, shown


def test_bonus_has_a_section_of_its_own(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(house, asset_id, Happening(100_00), Happening(25_00, bucket="bonus"))
    text = text_of(printed(house.administrator, "asset", asset_id))
    assert "KES · Bonus" in text
    assert "Closing balance 100.00 KES" in text
    assert "Closing balance 25.00 KES" in text


def test_an_account_of_the_house_is_stated_without_a_client(house: House):
    factories.a_funded_asset(house, 100_00)
    post_happenings(house, factories.a_funded_asset(house), Happening(50_00), Happening(-20_00))
    with database.reading() as session:
        query = select(Asset.id).where(
            Asset.organisation_id == house.organisation_id, Asset.client_id.is_(None)
        )
        cash_id = session.scalars(query).one()
    text = text_of(printed(house.administrator, "asset", cash_id))
    assert "Cash KES" in text
    assert "Client number" not in text
    assert "Money in 20.00 Money out 150.00" in text
    assert f"Closing balance {format_minor(-130_00, 2)} KES" in text


def test_a_quiet_period_says_that_nothing_moved(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(house, asset_id, Happening(100_00, date(2026, 1, 1)))
    period = (date(2026, 2, 1), date(2026, 2, 28))
    text = text_of(printed(house.administrator, "asset", asset_id, period))
    assert "No movements in this period." in text
    assert "Closing balance 100.00 KES" in text


def test_four_thousand_movements_are_printed_with_heads_and_numbers_on_every_page(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(
        house, asset_id, *[Happening(100 + number) for number in range(3_999)], Happening(-1_00)
    )
    reader = printed(house.administrator, "asset", asset_id)
    pages = len(reader.pages)
    assert pages > 60
    texts = [" ".join(reader.pages[number].extract_text().split()) for number in (0, 1, pages - 1)]
    for number, text in zip((1, 2, pages), texts, strict=True):
        assert f"Page {number} of {pages}" in text
        assert "Posted Value Reference Description Debit Credit Balance" in text
        assert house.name in text
    assert "continued" in texts[1]
    # 100 + … + 4,098 less the last 100, in cents.
    assert "Closing balance 83,938.01" in texts[2]
    assert "End of statement" in texts[2]


def test_markup_in_names_and_texts_is_printed_as_text_and_fetches_nothing(house: House):
    client_id = factories.a_client(
        house, first_name=SCRIPT, address="<b>bold</b>", city="{{ 7 * 7 }}"
    )
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    post_happenings(house, asset_id, Happening(100_00, description=SCRIPT, party="</div><h1>x"))
    text = text_of(printed(house.administrator, "client", client_id)).replace(" ", "")
    for shown in (SCRIPT, "<b>bold</b>", "{{ 7 * 7 }}", "</div><h1>x"):
        assert shown.replace(" ", "") in text, shown


def test_the_same_values_print_the_same_bytes():
    first, second = print_values(), print_values()
    assert first == second
    reader = PdfReader(io.BytesIO(first))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == NOON


def test_the_time_of_printing_is_the_organisations(house: House):
    factories.change(house, Organisation, house.organisation_id, time_zone="Africa/Nairobi")
    asset_id = factories.a_funded_asset(house, 100_00)
    text = text_of(printed(house.administrator, "asset", asset_id))
    assert re.search(r"Generated \d\d \w{3} \d{4}, \d\d:\d\d Africa/Nairobi", text)


def test_where_pango_is_missing_the_statement_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load libpango-1.0-0')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    stop_printer()
    statement_id = request(house.administrator, "asset", factories.a_funded_asset(house, 100_00))
    page = work_until_settled(house.administrator, statement_id)
    assert page.state == "failed"
    assert "the library Pango is missing" in page.message
    with pytest.raises(Refusal, match="Pango is missing"):
        downloaded(house.administrator, statement_id)
