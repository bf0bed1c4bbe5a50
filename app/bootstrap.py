"""Sets the machine up, so that two commands are enough on a bare one; standard library only.

Both doors (`wsgi.py` and `tests/__main__.py`) load this file by its path before anything is
installed. Each step leaves a stamp of what it was made from inside `.venv`; a warm start only
compares stamps.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "set-up"
LOCKS = ROOT / "requirements"
STATIC = ROOT / "static"
OLDEST_PYTHON = (3, 11)


class Step(NamedTuple):
    """One thing set-up does: what it is made from, and the work, which says whether it is whole."""

    name: str
    inputs: tuple[Path, ...]
    run: Callable[[], bool]


class SystemPackage(NamedTuple):
    """A Debian package, and how to see that the machine has what it brings, or what serves too."""

    name: str
    is_there: Callable[[], bool]
    has_other: Callable[[], bool] = lambda: False


class SetUpFailed(Exception):
    """Set-up cannot go on; the sentence says why."""


def ensure(*, tests: bool = False) -> None:
    """Bring the machine to what the locks say, then go on inside `.venv`.

    With `tests`, also what the tests need. Where this process runs outside `.venv`, it is
    replaced by the same command inside it, so nothing after this call runs outside.
    """
    steps = _steps(tests=tests)
    try:
        if not all(_is_done(step) for step in steps):
            with _alone():
                for step in steps:
                    _do(step)
    except SetUpFailed as failure:
        sys.exit(f"Set-up stopped: {failure}")
    if Path(sys.prefix) != VENV:
        _go_on_inside()


def _steps(*, tests: bool) -> list[Step]:
    run, more, node = (LOCKS / f"{name}.txt" for name in ("run", "tests", "node"))
    assets = STATIC / "package-lock.json"
    if not tests:
        return [
            Step("system", (), lambda: _install_system_packages(_for_running())),
            Step("packages", (run,), lambda: _install_packages(run)),
            Step("assets", (assets, node), _install_assets),
            Step("bytecode", (run,), _compile),
        ]
    return [
        Step("system-tests", (), lambda: _install_system_packages(_for_tests())),
        Step("packages", (run,), lambda: _install_packages(run)),
        Step("packages-tests", (run, more), lambda: _install_packages(more)),
        Step("assets", (assets, node), _install_assets),
        Step("bytecode-tests", (run, more), _compile),
    ]


# Stamps


def _is_done(step: Step) -> bool:
    try:
        return (STAMPS / step.name).read_text() == _digest(step)
    except OSError:
        return False


def _do(step: Step) -> None:
    if _is_done(step) or not step.run():
        return
    if not VENV.exists():
        _make_venv()
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / step.name).write_text(_digest(step))


def _digest(step: Step) -> str:
    digest = hashlib.sha256(f"{step.name} {sys.version_info[:2]} {ROOT}".encode())
    for path in step.inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one set-up work at a time: the portal and the tests may be started together."""
    with (LOCKS / "run.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# System packages


def _for_running() -> list[SystemPackage]:
    packages = [
        SystemPackage("libpango-1.0-0", lambda: bool(find_library("pango-1.0"))),
        SystemPackage("libpangoft2-1.0-0", lambda: bool(find_library("pangoft2-1.0"))),
        SystemPackage("libharfbuzz-subset0", lambda: bool(find_library("harfbuzz-subset"))),
        SystemPackage("fonts-dejavu-core", _has_dejavu),
    ]
    if find_spec("ensurepip") is None:
        packages.append(SystemPackage("python3-venv", lambda: False))
    if not shutil.which("npm"):
        # The node that comes as a wheel is linked against it.
        packages.append(SystemPackage("libatomic1", lambda: bool(find_library("atomic"))))
    return packages


def _for_tests() -> list[SystemPackage]:
    packages = [
        *_for_running(),
        _browser(),
        SystemPackage("postgresql", lambda: answers(5432) or bool(find_postgresql())),
        SystemPackage("redis-server", lambda: answers(6379) or bool(shutil.which("redis-server"))),
    ]
    # The driver of the browser brings a node of its own.
    atomic = SystemPackage("libatomic1", lambda: bool(find_library("atomic")))
    return packages if any(p.name == atomic.name for p in packages) else [*packages, atomic]


def _browser() -> SystemPackage:
    """Return Chromium without its own windows, which are most of the work of the whole one."""
    name = "chromium-headless-shell"
    return SystemPackage(
        name, lambda: bool(shutil.which(name)), lambda: bool(shutil.which("chromium"))
    )


def answers(port: int) -> bool:
    """Whether a server listens on this port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_postgresql() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _has_dejavu() -> bool:
    fonts = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path.home() / ".fonts")
    return any(next(folder.rglob("DejaVuSans.ttf"), None) for folder in fonts if folder.is_dir())


def _install_system_packages(packages: list[SystemPackage]) -> bool:
    """Install what is missing where we are root; else print the one command and go on."""
    missing = [package.name for package in packages if not package.is_there()]
    needed = [one.name for one in packages if one.name in missing and not one.has_other()]
    if not missing or (os.geteuid() != 0 and not needed):
        return True
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if not shutil.which("apt-get"):
        _say(f"Missing on this machine (Debian's names): {' '.join(missing)}.")
        return False
    if os.geteuid() != 0:
        _say(f"Run once, then start again: sudo {' '.join(command)}")
        _say("Going on without: what needs them (PDFs, the tests' browser) will say so.")
        return False
    _say(f"Installing {', '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        with _no_cluster_made() if "postgresql" in missing else nullcontext():
            _call("apt-get", "update", "--quiet=2", env=quiet)
            _call(*command, "--quiet=2", env=quiet)
    except SetUpFailed:
        if needed:
            raise
        _say("Going on with what serves too.")
    return True


@contextmanager
def _no_cluster_made() -> Iterator[None]:
    """Keep Debian from starting a server of its own, which would ask the tests for a password."""
    setting = Path("/etc/postgresql-common/createcluster.d/countinghouse.conf")
    setting.parent.mkdir(parents=True, exist_ok=True)
    setting.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        setting.unlink()


# Python packages and browser assets


def _make_venv() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise SetUpFailed("Countinghouse needs Python 3.11 or later.")
    if find_spec("ensurepip") is None:
        raise SetUpFailed("this Python has no venv module (Debian: python3-venv).")
    _say("Making .venv")
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}"
    _call(str(base) if base.exists() else sys.executable, "-m", "venv", "--clear", str(VENV))


def _install_packages(lock: Path) -> bool:
    if not _venv_works():
        _make_venv()
    _say(f"Installing the packages of {lock.relative_to(ROOT)}")
    flags = ("-qq", "--disable-pip-version-check", "--no-input", "--no-compile")
    safe = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
    _call(str(PYTHON), "-m", "pip", "install", *flags, *safe, "--requirement", str(lock))
    return True


def _venv_works() -> bool:
    """Whether `.venv` is there, is ours (not moved here) and is of this version of Python."""
    ask = "import sys; print(sys.prefix, *sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    major, minor = sys.version_info[:2]
    return answer.stdout.strip() == f"{VENV} {major} {minor}"


def _install_assets() -> bool:
    npm = shutil.which("npm")
    path = os.environ.get("PATH", os.defpath)
    if not npm:
        _install_packages(LOCKS / "node.txt")
        npm, path = str(PYTHON.with_name("npm")), f"{PYTHON.parent}{os.pathsep}{path}"
    _say("Installing the browser's assets")
    env = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    flags = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _call(npm, "ci", *flags, cwd=STATIC, env=env)
    return True


def _compile() -> bool:
    """Compile the packages and our modules: Python is often told not to keep what it made.

    On all cores, where pip would take one. What changes later is compiled by whoever imports it.
    """
    _call(str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(VENV / "lib"), str(ROOT / "app"))
    return True


# How it runs and speaks


def _go_on_inside() -> NoReturn:
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])


def _call(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True)
    except OSError as error:
        raise SetUpFailed(f"{command[0]} cannot be run ({error.strerror}).") from error
    except subprocess.CalledProcessError as error:
        _say(f"{error.stdout}{error.stderr}")
        raise SetUpFailed(f"{' '.join(command[:4])} … failed; its own words are above.") from error


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
