"""The command `verify`: its lines, its exit codes, and the heads that are kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text

from app.controls.commands import perform
from app.db.session import database
from app.reports.cli import verify
from app.transactions.commands import Deposit
from tests import factories
from tests.factories import House
from tests.ledger.books import seal


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    found = factories.a_house()
    factories.a_funded_asset(found, 5_00)
    seal(found.organisation_id)
    return found


def run(app: Flask, *arguments: str) -> Result:
    return CliRunner().invoke(verify, arguments, obj=ScriptInfo(create_app=lambda: app))


@pytest.fixture
def spoilt(house: House) -> Iterator[int]:
    """An asset whose running total was changed by hand; put right afterwards."""
    asset_id = factories.a_funded_asset(house, 5_00)
    seal(house.organisation_id)
    _add(asset_id, 1)
    yield asset_id
    _add(asset_id, -1)


def _add(asset_id: int, amount_minor: int) -> None:
    statement = text("UPDATE asset SET deposited_minor = deposited_minor + :more WHERE id = :id")
    with database.engine.begin() as connection:
        connection.execute(statement, {"more": amount_minor, "id": asset_id})


def test_sound_books_end_with_zero_and_say_nothing(app: Flask, house: House):
    result = run(app, "--organisation", house.name)
    assert (result.exit_code, result.output) == (0, "")


def test_a_breach_is_one_line_of_json_that_names_the_row(app: Flask, house: House, spoilt: int):
    result = run(app, "--organisation", house.name)
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    breach = json.loads(line)
    assert (breach["table"], breach["id"], breach["rule"]) == ("asset", spoilt, 3)
    assert breach["sentence"].startswith("All time deposited")
    assert breach["organisation_id"] == house.organisation_id


def test_what_cannot_be_checked_ends_with_two(app: Flask, house: House, tmp_path: Path):
    assert run(app, "--organisation", "No such bank").exit_code == 2
    assert run(app, "--expect", str(tmp_path / "no such file")).exit_code == 2
    unreadable = tmp_path / "heads"
    unreadable.write_text("no heads")
    assert run(app, "--expect", str(unreadable)).exit_code == 2


def test_a_head_that_was_kept_is_found_again_later(app: Flask, house: House, tmp_path: Path):
    kept = _kept(app, house, tmp_path)
    head = json.loads(kept.read_text())
    assert (head["name"], len(head["hash"]), len(head["mac"])) == (house.name, 64, 64)
    perform(Deposit(factories.a_funded_asset(house), 1_00), house.administrator)
    seal(house.organisation_id)
    assert run(app, "--organisation", house.name, "--expect", str(kept)).exit_code == 0


def test_a_head_that_is_no_longer_there_is_a_breach(app: Flask, house: House, tmp_path: Path):
    kept = _kept(app, house, tmp_path)
    genuine = json.loads(kept.read_text())
    from app.reports.head import _key, _mac

    key = _key(app.config["COUNTINGHOUSE"].secret_key)
    for changed in ({"seal": 999}, {"hash": "00" * 32}):
        head = genuine | changed
        head["mac"] = _mac(key, head["organisation"], head["seal"], head["hash"])
        kept.write_text(json.dumps(head))
        result = run(app, "--organisation", house.name, "--expect", str(kept))
        assert result.exit_code == 1
        assert f"Seal {head['seal']}" in result.output


def test_a_head_signed_with_another_key_is_not_believed(
    app: Flask, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = _kept(app, house, tmp_path)
    monkeypatch.setenv("COUNTINGHOUSE_SEAL_KEY", "another key")
    result = run(app, "--organisation", house.name, "--expect", str(kept))
    assert result.exit_code == 2
    assert "not signed with this key" in result.output


def _kept(app: Flask, house: House, folder: Path) -> Path:
    result = run(app, "--organisation", house.name, "--head")
    assert result.exit_code == 0
    path = folder / "heads.jsonl"
    path.write_text(result.output)
    return path
