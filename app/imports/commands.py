"""A batch of another bank's rows is written in one transaction, or not at all.

What is there already is left as it is, so a run that was killed is simply run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from app.accounts.commands import OpenAccount, open_account
from app.clients.commands import CreateClient, Document, Person, create_client
from app.controls.commands import handles
from app.controls.numbering import take_ids
from app.controls.work import Work
from app.imports.needs import add_currencies, add_numbers, branches, imported_record
from app.imports.overdrafts import permit_overdrafts
from app.imports.queries import (
    Place,
    account_currencies,
    clients_by_external_id,
    has_books_of_its_own,
    not_booked,
    places,
)
from app.imports.rows import (
    ACCOUNTS,
    CLIENTS,
    TRANSACTIONS,
    AccountRow,
    ClientRow,
    TransactionRow,
    WrongRow,
    day_fault,
)
from app.kernel.errors import Refusal
from app.ledger.house import house_asset
from app.ledger.journal import Posting, post
from app.ledger.locking import LockedAsset, lock_assets
from app.transactions.kinds import Particulars, header_of, movement_lines
from app.transactions.settings import settings_of

NOT_IMPORTED = "the account {account} was opened by people of this house, not by an import"
KINDS = {"in": "deposit", "out": "withdrawal"}


@dataclass(frozen=True, slots=True)
class ImportClients:
    """Add individuals to a project; their proof of identity is the other bank's record."""

    project_id: int
    rows: tuple[ClientRow, ...]


@dataclass(frozen=True, slots=True)
class ImportAccounts:
    """Open accounts of a project under a contract product, each at the branch of its town.

    `after_last` is the day after the last row of all: the business date of books that were empty.
    """

    project_id: int
    product_id: int
    rows: tuple[AccountRow, ...]
    after_last: date


@dataclass(frozen=True, slots=True)
class ImportTransactions:
    """Post transactions of imported accounts, in the order and at the dates they are given."""

    rows: tuple[TransactionRow, ...]
    after_last: date


@handles(ImportClients, permission="imports.create")
def import_clients(work: Work, command: ImportClients) -> int:
    """Create and authorise the clients that are missing; returns how many."""
    wanted = [row.external_id for row in command.rows]
    known = clients_by_external_id(work.session, work.actor.tenant_id, wanted)
    rows = [row for row in command.rows if row.external_id not in known]
    if not rows:
        return 0
    add_numbers(work)
    proof_id = imported_record(work)
    for row in rows:
        client = _client_of(row, command.project_id, proof_id)
        _row(CLIENTS, row, lambda client=client: create_client(work, client))
    return len(rows)


@handles(ImportAccounts, permission="imports.create")
def import_accounts(work: Work, command: ImportAccounts) -> int:
    """Open the accounts that are missing, with their currencies and branches; returns how many."""
    organisation_id = work.actor.tenant_id
    wanted = [row.external_id for row in command.rows]
    known = account_currencies(work.session, organisation_id, wanted)
    rows = [row for row in command.rows if row.external_id not in known]
    _reach(work, ACCOUNTS, [(row.line, row.opened_on) for row in rows], command.after_last)
    holders = clients_by_external_id(work.session, organisation_id, {row.client for row in rows})
    in_file = partial(_row, ACCOUNTS)
    add_currencies(work, command.project_id, rows, in_file)
    branch_ids = branches(work, rows, in_file)
    for row in rows:
        if row.client not in holders:
            raise WrongRow(ACCOUNTS, row.line, f"the client {row.client} is unknown")
        account = OpenAccount(
            product_id=command.product_id,
            currency=row.currency,
            client_id=holders[row.client],
            branch_id=branch_ids.get(row.branch_town),
            external_id=row.external_id,
            start_on=row.opened_on,
            properties={"statement_frequency": row.statement_frequency},
        )
        in_file(row, lambda account=account: open_account(work, account))
    return len(rows)


@handles(ImportTransactions, permission="imports.create")
def import_transactions(work: Work, command: ImportTransactions) -> int:
    """Post the transactions that are missing, through the ledger's one door; returns how many.

    A row of an account that no import opened is a wrong one: it is no account of the other bank's.
    An overdraft that the other bank let happen is permitted with the rows that need it, on
    accounts that imports alone have kept; another account's is a wrong row.
    """
    rows = not_booked(work.session, work.actor.tenant_id, command.rows)
    if not rows:
        return 0
    _reach(work, TRANSACTIONS, [(row.line, row.value_date) for row in rows], command.after_last)
    found = places(work.session, work.actor.tenant_id, {row.account for row in rows})
    for row in rows:
        if (row.account, row.currency) not in found:
            reason = f"the account {row.account} in {row.currency} is unknown"
            raise WrongRow(TRANSACTIONS, row.line, reason)
        if not found[row.account, row.currency].is_imported:
            raise WrongRow(TRANSACTIONS, row.line, NOT_IMPORTED.format(account=row.account))
    mine = [found[row.account, row.currency] for row in rows]
    theirs = _counters(work, rows, mine)
    assets = lock_assets(work, {*(place.asset_id for place in mine), *theirs})
    assets = permit_overdrafts(work, list(zip(rows, mine, strict=True)), assets)
    ids = take_ids(work, "transaction", len(rows))
    postings = [
        _posting(work, row, transaction_id, (assets[place.asset_id], assets[counter_id]))
        for row, transaction_id, place, counter_id in zip(rows, ids, mine, theirs, strict=True)
    ]
    post(work, postings, assets)
    return len(rows)


def _reach(work: Work, file: str, days: Sequence[tuple[int, date]], after_last: date) -> None:
    """Let rows, by line and day, be on the books; refuses those after the business date.

    Books that nobody but imports has touched are moved on to the day after the last row instead.
    """
    faults = ((line, day_fault(day, work.organisation.business_date)) for line, day in days)
    line, reason = next((found for found in faults if found[1]), (0, ""))
    if not reason:
        return
    if has_books_of_its_own(work.session, work.organisation):
        raise WrongRow(file, line, reason)
    work.organisation.business_date = after_last


def _client_of(row: ClientRow, project_id: int, proof_id: int) -> CreateClient:
    return CreateClient(
        person=Person(
            first_name=row.first_name,
            surname=row.surname,
            gender=row.gender,
            date_of_birth=row.date_of_birth,
            city=row.town,
        ),
        # The other bank gives no identity documents: its own record is stated as the proof.
        documents=(Document(proof_id, row.external_id),),
        project_id=project_id,
        external_id=row.external_id,
        submit=True,
    )


def _row(file: str, row: ClientRow | AccountRow, write: Callable[[], int]) -> int:
    """Write one row; a refusal is told with the row's place in its file."""
    try:
        return write()
    except Refusal as refusal:
        raise WrongRow(file, row.line, refusal.sentence) from refusal


def _counters(work: Work, rows: Sequence[TransactionRow], mine: Sequence[Place]) -> list[int]:
    """Return the house's asset on the other side of each row, opening those that are missing."""
    found: dict[tuple[int, str, str], int] = {}
    counters = []
    for row, place in zip(rows, mine, strict=True):
        key = (place.branch_id, row.through, row.currency)
        if key not in found:
            found[key] = house_asset(
                work,
                purpose=row.through,
                branch_id=place.branch_id,
                currency=row.currency,
                exponent=place.exponent,
            )
        counters.append(found[key])
    return counters


def _posting(
    work: Work,
    row: TransactionRow,
    transaction_id: int,
    sides: tuple[LockedAsset, LockedAsset],
) -> Posting:
    asset, counter = sides
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    is_in = row.direction == "in"
    kind = KINDS[row.direction]
    lines = movement_lines(
        debit=counter if is_in else asset,
        credit=asset if is_in else counter,
        amount_minor=row.amount_minor,
        rate=settings.rate(asset.currency),
    )
    header = header_of(
        work,
        kind=kind,
        direction=row.direction,
        asset=asset,
        counter=counter,
        lines=lines,
        particulars=Particulars(
            description=row.description,
            source=row.counterparty if is_in else "",
            beneficiary="" if is_in else row.counterparty,
            external_id=row.reference,
            posting_date=row.value_date,
        ),
        sub_type_id=settings.sub_type(asset.project_id, kind),
        status_id=settings.completed_status(asset.project_id),
        transaction_id=transaction_id,
    )
    return Posting(
        transaction_id=transaction_id,
        kind=kind,
        posting_date=row.value_date,
        value_date=row.value_date,
        lines=lines,
        header=header,
    )
