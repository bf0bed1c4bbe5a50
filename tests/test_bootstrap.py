"""Set-up does its work once, says in a sentence what stops it, and costs a warm start nothing."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import bootstrap

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place to set up, and no machine to change: steps are given by the test."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / "lock.txt").write_text("one==1")
    (tmp_path / "run.txt").touch()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / ".venv" / "set-up")
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    return tmp_path


@pytest.fixture
def work(house: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One step made from `lock.txt`; the list grows each time its work is done."""
    done: list[str] = []

    def run() -> bool:
        done.append("done")
        return True

    step = bootstrap.Step("packages", (house / "lock.txt",), run)
    monkeypatch.setattr(bootstrap, "_steps", lambda *, tests: [step])
    return done


def test_a_second_start_does_nothing_again(work: list[str]):
    bootstrap.ensure()
    bootstrap.ensure()
    assert work == ["done"]


def test_a_changed_lock_is_installed_at_the_next_start(work: list[str], house: Path):
    bootstrap.ensure()
    (house / "lock.txt").write_text("one==2")
    bootstrap.ensure()
    assert work == ["done", "done"]


def test_a_step_that_failed_is_tried_again(house: Path, monkeypatch: pytest.MonkeyPatch):
    attempts: list[int] = []

    def run() -> bool:
        attempts.append(1)
        return False

    step = bootstrap.Step("system", (), run)
    monkeypatch.setattr(bootstrap, "_steps", lambda *, tests: [step])
    bootstrap.ensure()
    bootstrap.ensure()
    assert len(attempts) == 2
    assert not (house / ".venv/set-up/system").exists()


def test_without_root_the_one_command_is_printed_and_set_up_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    missing = [bootstrap.SystemPackage("libpango-1.0-0", lambda: False)]
    assert bootstrap._install_system_packages(missing) is False
    command = "sudo apt-get install --yes --no-install-recommends libpango-1.0-0"
    assert command in capsys.readouterr().err


def test_what_has_something_that_serves_too_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def out_of_reach(*_command: str, **_more: object) -> None:
        raise bootstrap.SetUpFailed("apt-get update … failed")

    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "_call", out_of_reach)
    shell = bootstrap.SystemPackage("chromium-headless-shell", lambda: False, lambda: True)
    redis = bootstrap.SystemPackage("redis-server", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert bootstrap._install_system_packages([shell]) is True
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert bootstrap._install_system_packages([shell]) is True
    assert "Going on with what serves too." in capsys.readouterr().err
    with pytest.raises(bootstrap.SetUpFailed):
        bootstrap._install_system_packages([shell, redis])


def test_what_stops_set_up_is_said_in_a_sentence(house: Path, monkeypatch: pytest.MonkeyPatch):
    def run() -> bool:
        bootstrap._call("no-such-program")
        return True

    step = bootstrap.Step("packages", (), run)
    monkeypatch.setattr(bootstrap, "_steps", lambda *, tests: [step])
    with pytest.raises(SystemExit, match="Set-up stopped: no-such-program cannot be run"):
        bootstrap.ensure()


def test_a_server_that_listens_is_found_and_one_that_does_not_is_not():
    with bootstrap.socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert bootstrap.answers(port)
    assert not bootstrap.answers(port)


@pytest.mark.parametrize(
    "door", ["wsgi.py", "tests/__main__.py", "app/bootstrap.py", "app/serve.py"]
)
def test_what_runs_outside_the_house_imports_only_the_standard_library(door: str):
    tree = ast.parse((ROOT / door).read_text())
    at_once = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        name.partition(".")[0]
        for node in at_once
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert names <= sys.stdlib_module_names


def test_a_warm_set_up_starts_no_program_and_reads_only_the_locks():
    script = (
        "import runpy, sys\n"
        "sys.addaudithook(lambda event, _: sys.exit(event) if event == 'subprocess.Popen' else 0)\n"
        f"runpy.run_path({str(ROOT / 'app/bootstrap.py')!r})['ensure'](tests=True)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert result.returncode == 0, result.stderr
