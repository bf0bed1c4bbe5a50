"""Sums over many of the largest transactions are exact: in reports, positions and the dashboard."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.books.commands import CreateCustomReport
from app.controls.commands import perform
from app.kernel.money import format_minor, plain_decimal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.transactions.commands import Deposit
from tests import factories
from tests.ledger.books import row
from tests.treasury.scenes import Scene, a_scene, broken

REPORTS = "/admin/reports"
COUNT = 95
EACH_MINOR = 770_000_000_000_000
# At 129.3 shillings for a dollar; ninety-five of them do not fit into sixty-four bits.
EACH_BASE_MINOR = 99_561_000_000_000_000
TOTAL_MINOR = COUNT * EACH_BASE_MINOR


@pytest.fixture(scope="module")
def scene(app: Flask) -> Scene:
    scene = a_scene("USD", funded=0)
    for _ in range(COUNT):
        perform(Deposit(scene.assets["USD"], EACH_MINOR), scene.house.administrator)
    return scene


@pytest.fixture
def auditor(app: Flask, scene: Scene) -> FlaskClient:
    browser = app.test_client()
    factories.signed_in(browser, scene.house.administrator_email)
    return browser


def rows(browser: FlaskClient, report: str) -> list[dict[str, Any]]:
    answer = browser.get(f"{REPORTS}/{report}")
    assert answer.status_code == 200
    return answer.get_json(force=True)["rows"]


def test_the_sums_are_more_than_sixty_four_bits_hold():
    assert EACH_BASE_MINOR == EACH_MINOR * 1293 // 10
    assert TOTAL_MINOR > 2**63


def test_reports_add_them_up(scene, auditor):
    assert rows(auditor, "trial-balance.json")[-1]["debit"]["minor"] == TOTAL_MINOR
    sheet = rows(auditor, "balance-sheet.json")
    assert TOTAL_MINOR in [one["balance"]["minor"] for one in sheet if one["balance"]]
    assert rows(auditor, "profit-and-loss.json")[-1]["balance"]["minor"] == 0
    journal = auditor.get(f"{REPORTS}/journal").get_data(as_text=True)
    assert format_minor(TOTAL_MINOR, 2) in journal
    number = row(Account, row(Asset, scene.assets["USD"]).account_id).number
    ledger = rows(auditor, f"general-ledger.json?account={number}&currency=USD")
    assert ledger[-1]["balance"]["minor"] == COUNT * EACH_MINOR


def test_a_customers_day_is_the_sum_of_them(auditor):
    text = auditor.get(f"{REPORTS}/aml-transactions.csv?threshold=1,000,000").get_data(as_text=True)
    found = list(csv.DictReader(io.StringIO(text)))
    assert [one["Customer's day"] for one in found] == [plain_decimal(TOTAL_MINOR, 2)] * COUNT


def test_a_composed_report_adds_them_up(scene, auditor):
    report = CreateCustomReport("By kind", ("type",), ("debit", "credit", "net"))
    report_id = perform(report, scene.house.administrator)
    for line in rows(auditor, f"custom/{report_id}.json"):
        assert line["debit"]["minor"] == line["credit"]["minor"] == TOTAL_MINOR
        assert line["net"]["minor"] == 0


def test_the_dashboard_and_the_positions_show_them(auditor):
    dashboard = auditor.get("/admin/dashboard")
    assert dashboard.status_code == 200
    assert format_minor(COUNT * EACH_MINOR, 2) in dashboard.get_data(as_text=True)
    assert format_minor(TOTAL_MINOR, 2) in dashboard.get_data(as_text=True)
    assert auditor.get("/admin/currency-positions").status_code == 200
    assert auditor.get("/admin/exchange-income").status_code == 200


def test_the_books_are_found_sound(scene, database_url):
    assert broken(database_url, scene.house) == []
