"""The commands of `python3 wsgi.py …`: Flask's own, the slices' and those that run the house."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from importlib.util import find_spec
from typing import Any

import click
from flask.cli import FlaskGroup
from huey.consumer import Consumer
from sqlalchemy.exc import OperationalError

from app import create_app
from app.imports.cli import import_books
from app.licences.cli import create_organisation
from app.reports.bench.cli import bench
from app.reports.cli import verify
from app.serve import REFUSED, CannotServe, settle_environment

GRACE_SECONDS = 25


class CountinghouseGroup(FlaskGroup):
    """Flask's command line, with the environment settled before the application is made."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; what the environment refuses is said in a sentence."""
        try:
            settle_environment()
        except CannotServe as failure:
            click.echo(str(failure), err=True)
            sys.exit(failure.code)
        return super().main(*args, **kwargs)


command_line = CountinghouseGroup(create_app=create_app, load_dotenv=False, name="countinghouse")
command_line.add_command(create_organisation)
command_line.add_command(import_books)
command_line.add_command(verify)
command_line.add_command(bench)


class GracefulConsumer(Consumer):
    """A consumer that finishes its task whether Ctrl-C or a supervisor's SIGTERM ends it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Huey takes one of the two for "drop the task and go"; here both mean (no restart, grace).
        for number in (signal.SIGINT, signal.SIGTERM):
            self._signal_actions[number] = (False, True)


@command_line.command("worker", with_appcontext=False)
def worker() -> None:
    """Run one more worker: any number of them may run at once."""
    from app.worker import huey

    logging.basicConfig(level=logging.WARNING)
    GracefulConsumer(
        huey,
        workers=int(os.environ.get("WORKER_PROCESSES", "2")),
        worker_type="process",
        periodic=True,
        max_delay=1.0,
        shutdown_timeout=GRACE_SECONDS,
    ).run()


@command_line.command("prepare")
def prepare() -> None:
    """Migrate the database; in development, make the demonstration and print its logins."""
    from flask_migrate import upgrade

    try:
        upgrade()
    except OperationalError as error:
        click.echo(f"The database cannot be used: {str(error.orig).splitlines()[0]}", err=True)
        sys.exit(1)
    if not find_spec("app.demonstration"):
        click.echo("[]")
        return
    from app import demonstration

    if os.environ["COUNTINGHOUSE_ENV"] != "production":
        demonstration.ensure()
        click.echo(json.dumps(demonstration.logins()))
    elif demonstration.is_present():
        sentence = (
            "Production refuses a database that holds demonstration data: use one of its own."
        )
        click.echo(sentence, err=True)
        sys.exit(REFUSED)
    else:
        click.echo("[]")
