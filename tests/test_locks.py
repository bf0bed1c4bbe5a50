"""Guards the lock files: nothing in them says where a package comes from, everything is hashed."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", lock.read_text(), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_path_of_a_machine(lock: Path):
    for line in lock.read_text().splitlines():
        assert "://" not in line
        assert not re.search(r"(^|[\s=])/\w", line)
        assert not line.startswith("-")
        assert " @ " not in line


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: Path):
    packages = re.split(r"^(?=[a-z])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==\S+ \\\n", package)
        assert "--hash=sha256:" in package


def test_the_tests_lock_holds_every_pin_of_the_running_lock():
    running, testing = pins(ROOT / "requirements/run.txt"), pins(ROOT / "requirements/tests.txt")
    assert running.items() <= testing.items()


def test_every_declared_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {
        "run": project["dependencies"],
        "tests": project["optional-dependencies"]["tests"],
        "node": project["optional-dependencies"]["node"],
    }
    for name, requirements in declared.items():
        locked = pins(ROOT / f"requirements/{name}.txt")
        names = {re.match(r"[\w.-]+", requirement).group() for requirement in requirements}
        assert names <= locked.keys()


def test_the_assets_lock_names_no_registry():
    lock = json.loads((ROOT / "static/package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    for package in packages:
        assert "resolved" not in package
        assert package["integrity"].startswith("sha512-")


def test_htmx_is_pinned_to_the_version_the_pages_are_written_for():
    manifest = json.loads((ROOT / "static/package.json").read_text())
    assert manifest["dependencies"]["htmx.org"] == "4.0.1"
