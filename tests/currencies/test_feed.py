"""The daily feed: fetched from a real server, stored beside our rates, or told why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select

from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.due_work import DueWork
from app.currencies.commands import AddCurrency, EditCurrency
from app.currencies.feed import parse
from app.currencies.models import ExchangeRate
from app.currencies.rates import Rates
from app.currencies.tasks import RequestRates, ask_for_rates
from app.db.session import database
from app.kernel.errors import Unavailable
from app.organisation.models import OrganisationCurrency
from tests import factories
from tests.loopback import http_server
from tests.pages import token_of

PATH = "/admin/currencies"


class Feed(BaseHTTPRequestHandler):
    """Answers what the test put into the server."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked += 1
        self.send_response(server.status)
        if server.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(server.body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with http_server(Feed) as made:
        server: Any = made
        server.status, server.asked = 200, 0
        server.body = b""
        monkeypatch.setenv("RATES_URL", f"http://127.0.0.1:{server.server_port}/latest?x=1")
        monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
        yield server
    # Nobody else's sweep is to look for this server.
    _forget_visits()


def _forget_visits(*, but_of: int = 0) -> None:
    of_others = (DueWork.kind == "rates", DueWork.organisation_id != but_of)
    with database.engine.begin() as connection:
        connection.execute(delete(DueWork).where(*of_others))


def _asked_for(house: factories.House) -> int:
    """Count the visits that are asked for the house; those of all others are taken back."""
    ask_for_rates()
    _forget_visits(but_of=house.organisation_id)
    with database.reading() as session:
        query = select(func.count()).where(
            DueWork.kind == "rates", DueWork.organisation_id == house.organisation_id
        )
        return session.scalar(query) or 0


def _work() -> None:
    """Do all that is due, whatever else other tests have left."""
    while sweep():
        pass


def _tell(feed: Any, day: str = "2026-11-20", **rates: Any) -> None:
    feed.body = json.dumps({"amount": 1.0, "base": "EUR", "date": day, "rates": rates}).encode()


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "JPY"))


def _third_party(house: factories.House) -> list[tuple[str, str, Decimal]]:
    with database.reading() as session:
        query = select(ExchangeRate).where(
            ExchangeRate.organisation_id == house.organisation_id,
            ExchangeRate.source == "THIRD_PARTY",
        )
        rows = session.scalars(query.order_by(ExchangeRate.currency, ExchangeRate.id)).all()
        return [(row.currency, row.effective_on.isoformat(), row.mid_rate) for row in rows]


def _usd(house: factories.House) -> OrganisationCurrency:
    with database.reading() as session:
        query = select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == house.organisation_id,
            OrganisationCurrency.code == "USD",
        )
        found = session.scalars(query).one()
        session.expunge(found)
        return found


def _visit(house: factories.House) -> DueWork:
    perform(RequestRates(uuid4().hex), house.administrator)
    _work()
    with database.reading() as session:
        query = select(DueWork).where(
            DueWork.organisation_id == house.organisation_id, DueWork.kind == "rates"
        )
        found = session.scalars(query.order_by(DueWork.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


@pytest.mark.checks("W01.13")
def test_the_feed_is_fetched_once_a_day_and_told_in_base_units(app, house, feed):
    _tell(feed, KES=140.5, USD=1.0873, JPY=163)
    assert _asked_for(house) == 1
    _work()
    # Shillings for one unit: 140.5 / 1.0873, exactly, to twelve decimals.
    stored = {code: mid for code, _day, mid in _third_party(house)}
    assert set(stored) == {"JPY", "USD"}
    assert abs(stored["USD"] * Decimal("1.0873") - Decimal("140.5")) < Decimal("1e-9")
    assert abs(stored["JPY"] * 163 - Decimal("140.5")) < Decimal("1e-9")
    assert _usd(house).mid_rate == 130, "the organisation's own rate stays its own"
    asked = feed.asked
    assert _asked_for(house) == 1, "once a day"
    # A worker that looked before the other had asked finds it asked for, and goes on.
    perform(RequestRates(door.clock().date().isoformat()), house.system)
    assert _asked_for(house) == 1
    _work()
    assert feed.asked == asked
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = browser.get(PATH).get_data(as_text=True)
    assert "Rates of 2026-11-20" in page
    assert "Last fetched" in page
    # Asked for by hand, the same rates of the same day are not written twice.
    answer = browser.post(f"{PATH}/fetch", data={"csrf_token": token_of(browser)})
    assert answer.status_code == 303
    _work()
    assert feed.asked == asked + 1
    assert len(_third_party(house)) == 2


def test_with_a_margin_our_own_rates_follow_the_feed(house, feed):
    usd = _usd(house)
    at_par = Rates.at(usd.mid_rate)
    command = EditCurrency(usd.id, usd.version, at_par, margin_percent=Decimal("1.5"))
    perform(command, house.administrator)
    _tell(feed, KES=260, USD=2)
    assert _visit(house).state == "done"
    own = _usd(house)
    assert (own.buy_rate, own.sell_rate, own.mid_rate) == (
        Decimal("128.05"), Decimal("131.95"), Decimal(130),
    )  # fmt: skip
    assert own.rate_source == "SYSTEM"


FAILURES = {
    "not found": (404, b"", "127.0.0.1 answered 404"),
    "elsewhere": (302, b"", "127.0.0.1 answered 302"),
    "no document": (200, b"<html>", "The feed's answer is no document of rates"),
    "too deep": (200, b"[" * 100_000, "The feed's answer is no document of rates"),
    "too long": (200, b" " * 1_100_000, "127.0.0.1 answered more than 1024 KiB"),
    "no base": (200, b'{"base": "EUR", "date": "2026-11-20", "rates": {}}',
                "The feed has no rate of KES"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_what_goes_wrong_is_shown_to_administrators_and_tried_again(app, house, feed, name):
    feed.status, feed.body, sentence = FAILURES[name]
    assert _visit(house).state == "waiting"
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = browser.get(PATH).get_data(as_text=True)
    assert "The feed of rates could not be read." in page
    assert sentence.replace("'", "&#39;") in page
    assert _third_party(house) == []


def test_figures_that_are_none_are_left_out():
    told = parse(
        b'{"base":"KES","date":"2026-11-20","rates":'
        b'{"USD":0.0077,"EUR":0,"GBP":-1,"JPY":"1","CHF":1e400,"KWD":null,"XOF":1e-30}}',
        "KES",
    )
    assert set(told.mids) == {"USD"}
    with pytest.raises(Unavailable):
        parse(b'{"base":"KES","date":"2026-11-20","rates":{"USD":NaN}}', "USD")


def test_without_a_feed_nobody_is_asked(house, monkeypatch):
    monkeypatch.delenv("RATES_URL", raising=False)
    assert ask_for_rates() == 0
    assert perform(AddCurrency("EUR", Rates.at(Decimal(140))), house.administrator)
