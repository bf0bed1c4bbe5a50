"""Starts PostgreSQL and Redis for the tests where no server answers on this machine.

They are the tests' own: no password, nothing durable, reachable from this machine only. They
stay up for the next run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from app.bootstrap import ROOT, answers, find_postgresql

POSTGRESQL_PORT = 5432
REDIS_PORT = 6379
PATIENCE_SECONDS = 20


def start_what_is_missing() -> None:
    """Start each server that does not answer; where one cannot be started, its tests say so."""
    for port, start in ((POSTGRESQL_PORT, _start_postgresql), (REDIS_PORT, _start_redis)):
        if not answers(port):
            start()
            _wait(lambda port=port: answers(port))


def _start_postgresql() -> None:
    programs = find_postgresql()
    if programs is None:
        return
    # A server refuses to run as root, and its account cannot read root's folders.
    as_root = os.geteuid() == 0
    folder = Path(pwd.getpwnam("postgres").pw_dir) if as_root else ROOT / "var"
    data = folder / "countinghouse-tests"
    runs_as = {"user": "postgres", "group": "postgres", "extra_groups": ()} if as_root else {}
    if not _has(data / "PG_VERSION"):
        folder.mkdir(exist_ok=True)
        initdb = [programs / "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8"]
        _run([*initdb, "--locale=C.UTF-8", "--no-sync", "--pgdata", data], runs_as)
    settings = (
        f"-p {POSTGRESQL_PORT} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    )
    pg_ctl = [programs / "pg_ctl", "start", "--wait", "--pgdata", data, "--options", settings]
    _run([*pg_ctl, "--log", data / "server.log"], runs_as)


def _start_redis() -> None:
    redis = shutil.which("redis-server")
    if redis is None:
        return
    flags = ["--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--save", "", "--daemonize", "yes"]
    _run([redis, *flags, "--dir", "/tmp"], {})  # noqa: S108 - nothing is saved there


def _has(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _run(command: list[str | Path], runs_as: dict[str, object]) -> None:
    subprocess.run(command, cwd="/", check=False, stdout=subprocess.DEVNULL, **runs_as)  # type: ignore[call-overload]


def _wait(is_there: Callable[[], bool]) -> None:
    patience_ends = time.monotonic() + PATIENCE_SECONDS
    while not is_there() and time.monotonic() < patience_ends:
        time.sleep(0.1)
