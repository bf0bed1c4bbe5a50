"""The command line of the reports: `verify` checks the books, on a live database or a backup."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.reports.head import compare, heads
from app.reports.snapshot import Breach, CannotCheck, snapshot
from app.reports.verify import breaches, organisation_named

_BREACH, _NOT_CHECKED = 1, 2


@click.command("verify")
@click.option("--organisation", help="Check one organisation alone, by its name.")
@click.option("--head", "shows_head", is_flag=True, help="Print the heads of the chains instead.")
@click.option(
    "--expect", type=click.Path(path_type=Path), help="Compare with heads printed before."
)
@with_appcontext
def verify(organisation: str | None, *, shows_head: bool, expect: Path | None) -> None:
    """Recompute the books and name every row that is wrong; exit 0 clean, 1 breach, 2 unchecked."""
    config = current_app.config["COUNTINGHOUSE"]
    try:
        with snapshot(config.database_url) as view:
            chosen = organisation_named(view, organisation)
            if shows_head:
                for head in heads(view, chosen, secret=config.secret_key):
                    click.echo(json.dumps(head))
                return
            found = 0
            if expect is not None:
                lines = expect.read_text(encoding="utf-8").splitlines()
                found += _tell(compare(view, lines, secret=config.secret_key))
            found += _tell(breaches(view, chosen))
    except (CannotCheck, OSError) as failure:
        click.echo(f"Could not check: {failure}", err=True)
        sys.exit(_NOT_CHECKED)
    sys.exit(_BREACH if found else 0)


def _tell(found: Iterable[Breach]) -> int:
    number = 0
    for breach in found:
        click.echo(json.dumps(asdict(breach), default=str))
        number += 1
    return number
