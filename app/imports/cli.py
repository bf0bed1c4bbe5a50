"""`python3 wsgi.py import FOLDER --organisation NAME`: another bank's books, from the shell."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from app.imports.run import TOLERANCE_MINOR, Outcome, run_import
from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal

_SHOWN = 200


class Bar:
    """A bar for each phase of the run."""

    def __init__(self) -> None:
        """Prepare the bar; it is drawn on the error stream, away from the summary."""
        columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        """Draw from here on."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are."""
        self._progress.stop()

    def phase(self, name: str, total: int) -> None:
        """Begin a bar of `total` rows."""
        self._task = self._progress.add_task(name, total=total)

    def advance(self, rows: int) -> None:
        """Move the present bar on."""
        self._progress.advance(self._task, rows)


@click.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Whose books; provisioned when absent.")
@click.option("--country", default="CZ", show_default=True, help="Of its head office.")
@click.option(
    "--currency",
    default="CZK",
    show_default=True,
    type=click.Choice(sorted(known_currencies()), case_sensitive=False),
    metavar="CODE",
    help="Its base currency.",
)
@with_appcontext
def import_books(folder: Path, organisation: str, country: str, currency: str) -> None:
    """Import clients, accounts and transactions from the CSV files of FOLDER.

    Run it again after it was stopped, or after a file was corrected: nothing is done twice.
    """
    upgrade()
    try:
        with Bar() as bar:
            outcome = run_import(
                folder, organisation, country=country, currency=currency, progress=bar
            )
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    _tell(outcome)
    sys.exit(0 if outcome.is_clean else 1)


def _tell(outcome: Outcome) -> None:
    for wrong in outcome.wrong[:_SHOWN]:
        click.echo(wrong.sentence, err=True)
    if len(outcome.wrong) > _SHOWN:
        click.echo(f"… and {len(outcome.wrong) - _SHOWN:,} more.", err=True)
    for sentence in outcome.refusals:
        click.echo(sentence, err=True)
    for item in outcome.differences:
        if item.size_minor > TOLERANCE_MINOR:
            ours, theirs = item.told(item.balance_minor), item.told(item.source_minor)
            click.echo(f"Account {item.account}: {ours}, the source says {theirs}", err=True)
    for overdraft in outcome.overdrafts:
        click.echo(f"Overdraft stated for account {overdraft}")
    largest = [item.told(item.size_minor) for item in outcome.largest_differences]
    difference = ", ".join(largest) or "not compared"
    click.echo(
        f"{outcome.clients:,} clients, {outcome.accounts:,} accounts,"
        f" {outcome.transactions:,} transactions, {len(outcome.overdrafts):,} overdrafts,"
        f" {outcome.milliseconds / 1_000:.1f} seconds, largest difference {difference}"
    )
    if outcome.wrong:
        click.echo(f"{len(outcome.wrong):,} wrong rows are listed above.", err=True)
