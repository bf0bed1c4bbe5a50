"""Keeps the portal and its worker alive: what `python3 wsgi.py` does when it is given no command.

Small on purpose: it migrates while the portal loads, starts the worker, waits for the first page,
watches, and ends both.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("COUNTINGHOUSE_VAR") or ROOT / "var")
REFUSED = 2
LOOK_EVERY_SECONDS = 0.1
FIRST_PAGE_WITHIN_SECONDS = 60
GRACE_SECONDS = 30
# A child that dies more often than this within the window will not get better by itself.
DEATHS_BORNE = 3
DEATHS_WINDOW_SECONDS = 60


class CannotServe(Exception):
    """The portal cannot be started or kept up; the sentence says why, the code is for the shell."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def settle_environment() -> None:
    """Fill in what development may leave out; refuse production without its secret.

    In development the secret key and the demonstration's password are made once and kept in
    `var/`, so that sessions and encrypted fields survive a restart.
    """
    if os.environ.setdefault("COUNTINGHOUSE_ENV", "development") == "production":
        if not os.environ.get("SECRET_KEY"):
            sentence = "Production needs SECRET_KEY in the environment: a long random text."
            raise CannotServe(sentence, REFUSED)
        return
    VAR.mkdir(parents=True, exist_ok=True)
    for name, length_bytes in (("SECRET_KEY", 32), ("COUNTINGHOUSE_DEMO_PASSWORD", 9)):
        if not os.environ.get(name):
            os.environ[name] = _kept_secret(VAR / name.lower().replace("_", "-"), length_bytes)


def main() -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit code."""
    started = time.monotonic()
    try:
        settle_environment()
        supervisor = Supervisor(*_free_place())
        try:
            with preparing():
                supervisor.load()
                logins = supervisor.prepare()
            supervisor.open()
            if not supervisor.is_ending:
                _welcome(supervisor.address, logins, time.monotonic() - started)
            supervisor.watch()
        finally:
            supervisor.close()
    except CannotServe as failure:
        print(f"Countinghouse is not running: {failure}", file=sys.stderr)
        return failure.code
    return 0


@contextmanager
def preparing() -> Iterator[None]:
    """Hold the portal back, which loads meanwhile, until the block is over."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "preparing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def await_prepared() -> None:
    """Wait in the portal's process until nothing is prepared any more; without a house, not."""
    with suppress(FileNotFoundError), (VAR / "preparing").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


class Supervisor:
    """The web server and the worker, as two child processes."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.address = f"http://{host}:{port}"
        self.is_ending = False
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: list[float] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)

    def load(self) -> None:
        """Start the portal, which answers nobody until all is prepared."""
        self._start("web")

    def prepare(self) -> list[tuple[str, str]]:
        """Migrate, and in development make the demonstration; return its logins."""
        # In a process of its own, so that this one stays small.
        child = self._start("prepare", stdout=subprocess.PIPE)
        said, _ = child.communicate()
        del self._children["prepare"]
        if self.is_ending:
            return []
        if child.returncode:
            _kill_group(self._children["web"])  # before it answers anybody
            raise CannotServe("it could not be prepared; the reason is above.", child.returncode)
        return [(email, role) for email, role in json.loads(said.splitlines()[-1])]

    def open(self) -> None:
        """Start the worker and wait for the first page."""
        if self.is_ending:
            return
        self._start("worker")
        patience_ends = time.monotonic() + FIRST_PAGE_WITHIN_SECONDS
        while not self.is_ending and not _is_healthy(self.host, self.port):
            self._replace_the_dead()
            if time.monotonic() > patience_ends:
                raise CannotServe(f"no page within {FIRST_PAGE_WITHIN_SECONDS} seconds.")
            time.sleep(LOOK_EVERY_SECONDS / 2)

    def watch(self) -> None:
        """Replace what dies until told to end."""
        while not self.is_ending:
            self._replace_the_dead()
            time.sleep(LOOK_EVERY_SECONDS)

    def close(self) -> None:
        """End both gracefully; whatever is left after the grace is killed."""
        living = [child for child in self._children.values() if child.poll() is None]
        for child in living:
            child.terminate()
        self.is_ending = False
        patience_ends = time.monotonic() + GRACE_SECONDS
        while any(child.poll() is None for child in living):
            # Asked a second time, or out of patience: now.
            if self.is_ending or time.monotonic() > patience_ends:
                break
            time.sleep(LOOK_EVERY_SECONDS)
        for child in self._children.values():
            _kill_group(child)

    def _start(self, name: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
        command = _web_command(self.host, self.port) if name == "web" else ["wsgi.py", name]
        # A group of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
        child = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=stdout, process_group=0
        )
        self._children[name] = child
        return child

    def _replace_the_dead(self) -> None:
        for name, child in self._children.items():
            code = child.poll()
            if code is None or self.is_ending:
                continue
            now = time.monotonic()
            self._deaths = [at for at in self._deaths if now - at < DEATHS_WINDOW_SECONDS]
            self._deaths.append(now)
            if len(self._deaths) > DEATHS_BORNE:
                raise CannotServe(f"the {name} process ended again and again (code {code}).")
            print(f"The {name} process ended (code {code}); starting it anew.", file=sys.stderr)
            _kill_group(child)
            self._start(name)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.is_ending = True
        if "prepare" in self._children:
            self._children["prepare"].terminate()


def _web_command(host: str, port: int) -> list[str]:
    processes = os.environ.get("WEB_PROCESSES", "1")
    place = ["--host", host, "--port", str(port), "--interface", "wsgi", "--no-ws"]
    size = ["--workers", processes, "--blocking-threads", os.environ.get("WEB_THREADS", "4")]
    care = ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"]
    return ["-m", "granian", *place, *size, *care, "wsgi:app"]


def _free_place() -> tuple[str, int]:
    """Return the host and port to serve at, by HOST and PORT."""
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except (OSError, OverflowError, ValueError) as error:
            sentence = f"{host}:{port} cannot be served at ({error}); set PORT to another."
            raise CannotServe(sentence) from error
    return host, int(port)


def _is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(address: str, logins: list[tuple[str, str]], seconds: float) -> None:
    lines = [f"Countinghouse is open at {address} (after {seconds:.1f} s)."]
    if logins:
        password = os.environ["COUNTINGHOUSE_DEMO_PASSWORD"]
        width = max(len(email) for email, _ in logins)
        lines.append(f"Demonstration sign-ins, each with the password {password}")
        lines += [f"  {email:<{width}}  {role}" for email, role in logins]
    print("\n".join([*lines, "Ctrl-C closes it."]), flush=True)


def _kept_secret(path: Path, length_bytes: int) -> str:
    if not path.exists():
        draft = path.with_name(f".{path.name}-{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(length_bytes), encoding="utf-8")
        # A link appears whole or not at all: of two that start together, one wins.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
