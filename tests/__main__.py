"""`python3 -m tests`: sets up, checks the code, then runs every test on both databases."""

import argparse
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    options = _options()
    # By its path: importing the package would need what is not installed yet.
    runpy.run_path(str(ROOT / "app" / "bootstrap.py"))["ensure"](tests=True)
    if options.checks:
        from tests.coverage import report

        print(report())
        return 0
    from tests.steps import run_all

    return run_all(
        databases=[options.only] if options.only else list(DATABASES),
        bank=options.bank,
        lint=not options.no_lint,
        pytest_arguments=options.pytest_arguments,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests", description=__doc__)
    parser.add_argument(
        "--checks", action="store_true", help="say which rows of checks.tsv are covered, and stop"
    )
    parser.add_argument(
        "--bank", type=_folder, metavar="DIR", help="also test with the records of a real bank"
    )
    parser.add_argument("--only", choices=DATABASES, help="run on this database alone")
    parser.add_argument("--no-lint", action="store_true", help="run the tests alone")
    parser.add_argument(
        "pytest_arguments", nargs="*", metavar="-- ARGUMENT", help="handed on to pytest"
    )
    return parser.parse_args()


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not folder.is_dir():
        message = f"{text} is not a folder"
        raise argparse.ArgumentTypeError(message)
    return folder


if __name__ == "__main__":
    sys.exit(main())
