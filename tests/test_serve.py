"""What the portal refuses before it opens, and the secrets development keeps for itself."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from app import serve

DEMO_PASSWORD = "COUNTINGHOUSE_DEMO_PASSWORD"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty environment, put back afterwards whatever is set in between."""
    for name in ("COUNTINGHOUSE_ENV", "SECRET_KEY", DEMO_PASSWORD, "PORT", "HOST"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(serve, "VAR", tmp_path / "var")


def test_production_without_a_secret_key_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COUNTINGHOUSE_ENV", "production")
    assert serve.main() == 2
    assert "Production needs SECRET_KEY" in capsys.readouterr().err
    assert not serve.VAR.exists()


def test_production_makes_up_no_secret_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COUNTINGHOUSE_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", "given")
    serve.settle_environment()
    assert not serve.VAR.exists()
    assert DEMO_PASSWORD not in os.environ


def test_development_keeps_its_secrets_over_a_restart_for_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch,
):
    serve.settle_environment()
    first = os.environ["SECRET_KEY"], os.environ[DEMO_PASSWORD]
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.delenv(DEMO_PASSWORD)
    serve.settle_environment()
    assert (os.environ["SECRET_KEY"], os.environ[DEMO_PASSWORD]) == first
    files = list(serve.VAR.iterdir())
    assert len(files) == 2
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_what_the_environment_gives_is_neither_replaced_nor_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.setenv(DEMO_PASSWORD, "also mine")
    serve.settle_environment()
    assert os.environ["SECRET_KEY"] == "mine"
    assert list(serve.VAR.iterdir()) == []


def test_a_port_that_is_taken_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PORT", str(server.getsockname()[1]))
        assert serve.main() == 1
    assert "set PORT to another" in capsys.readouterr().err


def test_a_child_that_dies_is_started_anew_and_one_that_keeps_dying_ends_the_house(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(serve, "_web_command", lambda _host, _port: ["-c", "raise SystemExit(3)"])
    supervisor = serve.Supervisor("127.0.0.1", 0)
    supervisor._start("web")
    with pytest.raises(serve.CannotServe, match="the web process ended again and again"):
        supervisor.watch()
    supervisor.close()
    assert capsys.readouterr().err.count("starting it anew") == serve.DEATHS_BORNE


def test_closing_lets_children_finish_and_leaves_none(tmp_path: Path):
    done = tmp_path / "done"
    script = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        f"    time.sleep(0.3); pathlib.Path({str(done)!r}).touch(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    supervisor = serve.Supervisor("127.0.0.1", 0)
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, process_group=0
    )
    supervisor._children["worker"] = child
    assert child.stdout.readline() == b"ready\n"
    supervisor.close()
    child.stdout.close()
    assert done.exists()
    assert child.returncode == 0


def test_the_portal_loads_and_answers_nobody_until_all_is_prepared():
    waiting = Thread(target=serve.await_prepared)
    with serve.preparing():
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_portal_whose_house_cannot_be_prepared_never_answers(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(
        serve, "_web_command", lambda _host, _port: ["-c", "import time; time.sleep(60)"]
    )
    supervisor = serve.Supervisor("127.0.0.1", 0)
    with serve.preparing():
        supervisor.load()
        with pytest.raises(serve.CannotServe, match="it could not be prepared"):
            supervisor.prepare()
        assert supervisor._children["web"].returncode == -signal.SIGKILL
    supervisor.close()
    said = capfd.readouterr().err
    assert said.startswith("The database cannot be used: ")
    assert "Traceback" not in said


@pytest.fixture(autouse=True)
def signals() -> None:
    """Give back the handlers that a house takes."""
    taken = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in taken]
    yield
    for number, handler in zip(taken, before, strict=True):
        signal.signal(number, handler)
