"""What is made due on a page wakes a worker at once, and keeps nobody waiting for the queue."""

from __future__ import annotations

import time
from threading import Event

import pytest
from flask import Flask

from app.controls.commands import perform
from app.controls.due import bell
from app.exports.commands import RequestExport
from app.transactions.commands import Deposit
from tests.factories import a_funded_asset, a_house


@pytest.fixture
def rung(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(bell, "ring", lambda: found.append("rung"))
    return found


def test_an_export_rings_once_and_a_deposit_never(rung):
    house = a_house(currencies=("KES",))
    asset_id = a_funded_asset(house, 1_000)
    rung.clear()
    perform(Deposit(asset_id, 500), house.administrator)
    assert rung == []
    perform(RequestExport("clients", "Clients", ""), house.administrator)
    assert rung == ["rung"]


def test_a_queue_that_hangs_or_fails_keeps_nobody_waiting_and_is_rung_again(app, caplog):
    from app.waking import Ringer

    held, heard = Event(), []

    def sound() -> None:
        heard.append(len(heard))
        if len(heard) == 1:
            held.wait(5)
            raise ConnectionError("the queue is away")

    ringer, begun = Ringer(sound), time.monotonic()
    ringer.ring()
    _until(lambda: heard == [0])
    for _ in range(20):
        ringer.ring()
    assert time.monotonic() - begun < 4
    held.set()
    _until(lambda: len(heard) == 2)
    assert heard == [0, 1], "what was asked for while it rang is rung for once"
    assert "the queue is away" in caplog.text


def test_a_web_process_puts_a_wake_into_the_queue(app, monkeypatch):
    from app import waking

    monkeypatch.setattr(bell, "ring", bell.ring)
    waking.huey.flush()
    waking.hang_bell()
    house = a_house()
    perform(RequestExport("clients", "Clients", ""), house.administrator)
    _until(lambda: waking.huey.pending_count() == 1)
    assert [one.name for one in waking.huey.pending()] == ["wake"]


def _until(is_so) -> None:
    until = time.monotonic() + 5
    while not is_so() and time.monotonic() < until:
        time.sleep(0.01)
    assert is_so()
