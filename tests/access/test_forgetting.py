"""What was kept for a while is forgotten: sessions that are over, answers to keys of long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from app.access import forgetting
from app.access.forgetting import forget_what_is_over
from app.access.models import LoginSession
from app.controls.commands import door, handles, perform
from app.controls.idempotency import IdempotencyKey, KeyReused
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.session import database
from tests import factories
from tests.factories import House


@dataclass(frozen=True, slots=True)
class KeepFile:
    """Answer with a number that no other file was kept under."""

    content: bytes


@dataclass(frozen=True, slots=True)
class DropKeys:
    """Leave no answer of other tests, whose clocks may have been far ahead."""


_numbers = count()


@handles(KeepFile, permission=None)
def _keep(_work: Work, _command: KeepFile) -> int:
    return next(_numbers)


@handles(DropKeys, permission=None)
def _drop(work: Work, _command: DropKeys) -> None:
    work.session.execute(delete(IdempotencyKey))


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


def _days_later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(days=days))


def _sessions(house: House) -> int:
    mine = LoginSession.user_id == house.administrator.user_id
    with database.reading() as session:
        return session.scalars(select(func.count()).where(mine)).one()


def test_a_session_is_forgotten_once_it_is_over_and_not_before(
    house: House, client: FlaskClient, monkeypatch
):
    factories.signed_in(client, house.administrator_email)
    forget_what_is_over()
    assert _sessions(house) == 1
    assert client.get("/admin/clients").status_code == 200
    _days_later(monkeypatch, 1)
    forget_what_is_over()
    assert _sessions(house) == 0


def test_an_answer_is_kept_for_thirty_days_and_then_the_key_is_new(house: House, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    perform(DropKeys(), house.system)
    keys, by = [factories.unique("key") for _ in range(5)], house.administrator
    first = [perform(KeepFile(b"payroll"), by, key=key) for key in keys]
    _days_later(monkeypatch, 29)
    forget_what_is_over()
    assert [perform(KeepFile(b"payroll"), by, key=key) for key in keys] == first
    _days_later(monkeypatch, 2)
    kept = factories.unique("key")
    young = perform(KeepFile(b"payroll"), by, key=kept)
    forget_what_is_over()
    with database.reading() as session:
        mine = IdempotencyKey.organisation_id == house.organisation_id
        assert session.scalars(select(IdempotencyKey.key).where(mine)).all() == [kept]
    assert perform(KeepFile(b"payroll"), by, key=kept) == young
    assert perform(KeepFile(b"payroll"), by, key=keys[0]) > young


def test_a_file_is_told_from_another_without_being_written_out(house: House, monkeypatch):
    lengths, key, by = [], factories.unique("key"), house.administrator
    fingerprint = cipher.fingerprint
    monkeypatch.setattr(
        cipher, "fingerprint", lambda text: lengths.append(len(text)) or fingerprint(text)
    )
    content = bytes(range(256)) * 4_096
    answer = perform(KeepFile(content), by, key=key)
    assert perform(KeepFile(content), by, key=key) == answer
    with pytest.raises(KeyReused):
        perform(KeepFile(content[:-1] + b"x"), by, key=key)
    assert max(lengths) < 200
