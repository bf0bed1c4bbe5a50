"""One run of the import: read everything, write it batch by batch, compare with the source."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

from app.controls.commands import door, perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.imports.commands import ImportAccounts, ImportClients, ImportTransactions
from app.imports.files import Books, Sheet, read_books
from app.imports.house import Destination, destination_in, find_organisation, provision
from app.imports.queries import (
    Difference,
    account_currencies,
    clients_by_external_id,
    differences,
    has_books_of_its_own,
    stated_overdrafts,
)
from app.imports.rows import WrongRow
from app.kernel.errors import Refusal
from app.kernel.money import format_minor
from app.ledger.rollup import roll_up
from app.ledger.seals import seal_all

# The other bank kept fractions that its files do not show.
TOLERANCE_MINOR = 100
RECORDS_IN_BATCH = 100
TRANSACTIONS_IN_BATCH = 500
BATCHES_BETWEEN_SEALS = 10


class Progress(Protocol):
    """What shows a person how far the run is: a phase, its size, its steps."""

    def phase(self, name: str, total: int) -> None:
        """Begin a phase of `total` rows."""

    def advance(self, rows: int) -> None:
        """Note that more rows of the phase are done."""


@dataclass(slots=True)
class Outcome:
    """What a run did and found."""

    clients: int = 0
    accounts: int = 0
    transactions: int = 0
    overdrafts: list[str] = field(default_factory=list)
    wrong: list[WrongRow] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    milliseconds: int = 0

    @property
    def largest_difference_minor(self) -> int:
        """The largest distance between a balance and the source's figure."""
        return max((item.size_minor for item in self.differences), default=0)

    @property
    def largest_differences(self) -> list[Difference]:
        """The largest difference in each currency."""
        by_currency: dict[str, Difference] = {}
        for item in sorted(self.differences, key=lambda one: one.size_minor):
            by_currency[item.currency] = item
        return [by_currency[currency] for currency in sorted(by_currency)]

    @property
    def is_clean(self) -> bool:
        """Whether every row was right and every balance is what the source says."""
        within = self.largest_difference_minor <= TOLERANCE_MINOR
        return within and not self.wrong and not self.refusals


def run_import(
    folder: Path, organisation: str, *, country: str, currency: str, progress: Progress
) -> Outcome:
    """Import the folder's books into the organisation; what is there already is left alone."""
    started = time.monotonic()
    books = _read(folder, organisation)
    outcome = Outcome(wrong=books.wrong)
    if next(books.clients.batches(RECORDS_IN_BATCH), None) is None:
        return outcome
    organisation_id = find_organisation(organisation)
    if organisation_id is None:
        organisation_id = provision(
            organisation, country=country, currency=currency, business_date=_after_last(books)
        )
    try:
        _write(books, destination_in(organisation_id), outcome, progress)
    except Refusal as refusal:
        outcome.refusals.append(refusal.sentence)
    _settle(progress)
    _compare(organisation_id, books, outcome)
    outcome.milliseconds = round((time.monotonic() - started) * 1_000)
    return outcome


def _read(folder: Path, organisation: str) -> Books:
    organisation_id = find_organisation(organisation)
    clients: dict[str, int] = {}
    accounts: dict[str, str] = {}
    last_day = None
    if organisation_id is not None:
        with database.reading() as session:
            clients = clients_by_external_id(session, organisation_id)
            accounts = account_currencies(session, organisation_id)
            tenant = session.get_one(Organisation, organisation_id)
            if has_books_of_its_own(session, tenant):
                last_day = tenant.business_date
    return read_books(
        folder,
        today=door.clock().date(),
        last_day=last_day,
        known_clients=clients,
        known_accounts=accounts,
    )


def _after_last(books: Books) -> date:
    days = [row.value_date for row in books.transactions.rows]
    days += [row.opened_on for row in books.accounts.rows]
    return max(days, default=door.clock().date()) + timedelta(days=1)


def _write(books: Books, to: Destination, outcome: Outcome, progress: Progress) -> None:
    """Write file after file; one with wrong rows is the last of the run."""
    after_last = _after_last(books)
    for batch in _batches("Clients", books.clients, RECORDS_IN_BATCH, progress):
        command = ImportClients(to.project_id, tuple(batch))
        outcome.clients += perform(command, to.actor)
    if books.clients.wrong:
        return
    for batch in _batches("Accounts", books.accounts, RECORDS_IN_BATCH, progress):
        command = ImportAccounts(to.project_id, to.product_id, tuple(batch), after_last)
        outcome.accounts += perform(command, to.actor)
    if books.accounts.wrong:
        return
    database.count_rows()
    batches = _batches("Transactions", books.transactions, TRANSACTIONS_IN_BATCH, progress)
    for number, batch in enumerate(batches, start=1):
        outcome.transactions += perform(ImportTransactions(tuple(batch), after_last), to.actor)
        if number == 1:
            database.count_rows()
        if number % BATCHES_BETWEEN_SEALS == 0:
            seal_all()


def _batches(name: str, sheet: Sheet[Any], size: int, progress: Progress) -> Iterator[list[Any]]:
    progress.phase(name, len(sheet.rows))
    for batch in sheet.batches(size):
        yield batch
        progress.advance(len(batch))


def _settle(progress: Progress) -> None:
    progress.phase("Sealing", 1)
    seal_all()
    while roll_up():
        pass
    progress.advance(1)


def _compare(organisation_id: int, books: Books, outcome: Outcome) -> None:
    with database.reading() as session:
        # Rows that were left out would show as differences.
        if not outcome.wrong and not outcome.refusals:
            outcome.differences = differences(session, organisation_id, books.transactions.rows)
        outcome.overdrafts = [
            f"{account}: {format_minor(minor, exponent)} {currency}"
            for account, (minor, exponent, currency) in stated_overdrafts(
                session, organisation_id
            ).items()
        ]
