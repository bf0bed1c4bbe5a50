"""`python3 wsgi.py bench …`: ratios to the bare thing, in databases of the benchmark's own."""

import importlib
from collections.abc import Iterable
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.reports.bench.figures import Ratio


@click.group("bench")
def bench() -> None:
    """Measure the product beside the bare database; the product's own data is not touched."""


_seconds = click.option("--seconds", default=2.0, help="How long each turn lasts.")
_rounds = click.option("--rounds", default=5, help="How many turns each side has.")


@bench.command("posting")
@click.option("--clients", default="1,4", help="How many processes post at once.")
@_seconds
@_rounds
@with_appcontext
def posting(clients: str, *, seconds: float, rounds: int) -> None:
    """Posting with its key through the whole command path, spread and hot."""
    numbers = tuple(int(number) for number in clients.split(","))
    found = _part("posting").measure(_url(), clients=numbers, seconds=seconds, rounds=rounds)
    _print(found)


@bench.command("import")
@_seconds
@_rounds
@with_appcontext
def imports(*, seconds: float, rounds: int) -> None:
    """Lines in batches, beside one by one."""
    _print(_part("pace").imports(_url(), seconds=seconds, rounds=rounds))


@bench.command("verify")
@click.option("--transactions", default=100_000, help="How many transactions are checked.")
@_rounds
@with_appcontext
def verification(*, transactions: int, rounds: int) -> None:
    """How many entries `verify` checks in a minute."""
    _print(_part("pace").verification(_url(), transactions=transactions, rounds=rounds))


@bench.command("lists")
@click.option("--sizes", default="10000,1000000", help="How many transactions there are.")
@_seconds
@_rounds
@with_appcontext
def lists(sizes: str, *, seconds: float, rounds: int) -> None:
    """A page of 50 transactions, beside a keyset query and a bare table."""
    numbers = tuple(int(number) for number in sizes.split(","))
    _print(_part("lists").measure(_url(), sizes=numbers, seconds=seconds, rounds=rounds))


@bench.command("pdf")
@_seconds
@_rounds
@with_appcontext
def prints(*, seconds: float, rounds: int) -> None:
    """A statement, beside WeasyPrint on a plain table."""
    _print(_part("prints").measure(_url(), seconds=seconds, rounds=rounds))


@bench.command("interest")
@click.option("--accounts", default=100_000, help="How many accounts bear interest.")
@_rounds
@with_appcontext
def interest(*, accounts: int, rounds: int) -> None:
    """A day's interest of many accounts, beside one set-based statement."""
    _print(_part("interest").measure(_url(), accounts=accounts, rounds=rounds))


@bench.command("memory")
@click.option("--seconds", default=60.0, help="How long each process works.")
@with_appcontext
def memory(*, seconds: float) -> None:
    """The memory of a web process, a worker and its printer after a while."""
    _print(_part("memory").measure(_url(), seconds=seconds))


def _part(name: str) -> Any:
    # What a measure needs is read when it is asked for: the command line stays quick.
    return importlib.import_module(f"app.reports.bench.{name}")


def _url() -> str:
    return str(current_app.config["COUNTINGHOUSE"].database_url)


def _print(ratios: Iterable[Ratio]) -> None:
    for ratio in ratios:
        click.echo(str(ratio))
