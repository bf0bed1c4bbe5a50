"""A statement is asked for by a person; the worker starts it and stores what it printed."""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.commands import handles
from app.controls.due import enqueue
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.permissions import find, holds
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.notices.models import FINISHED
from app.notices.sending import notify
from app.statements.figures import count_entries, has_entries
from app.statements.models import FAILED, READY, RUNNING, WAITING, Statement, StoredFile
from app.statements.queries import waiting_of
from app.statements.sight import statable

LONGEST_DAYS = 366
MOST_ENTRIES = 4_000
MOST_WAITING = 5
KIND = "statement"
MEDIA_TYPE = "application/pdf"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class TooManyMovements(Refusal):
    """A period with more movements than one statement holds."""


class NothingBooked(Refusal):
    """A subject on which nothing was booked up to the period's end."""


@dataclass(frozen=True, slots=True)
class RequestStatement:
    """Ask for a statement of a "client", an "account" or an "asset", both days included."""

    subject: str
    subject_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class StartStatement:
    """Show that a worker prints the statement; answers False when it is ready already."""

    statement_id: int


@dataclass(frozen=True, slots=True)
class StoreStatement:
    """Keep the printed statement; one that is kept already stays as it is."""

    statement_id: int
    content: bytes


@dataclass(frozen=True, slots=True)
class FailStatement:
    """Say why the statement cannot be made."""

    statement_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom or what a statement is of, with the assets the requester sees in it."""

    name: str
    file_name: str
    client_id: int | None
    account_id: int | None
    project_id: int | None
    assets: tuple[Asset, ...]


@handles(RequestStatement, permission=None)
def request_statement(work: Work, command: RequestStatement) -> int:
    """Ask for a statement, which a worker then prints; returns its id.

    Staff need `statements.create`; a client's login may ask for what is its own. Refuses (422) a
    period that ends before it starts, goes beyond the business date or covers more than 366 days,
    more than 4,000 movements, and a subject on which nothing was booked; (409) a client's sixth at
    once. What the same person asked for and still waits for is answered by that one.
    """
    _demand_permission(work.actor)
    _demand_period(work, command)
    if work.actor.scope.client_id is not None:
        # Whoever asks in the same moment waits here, and is counted then.
        find_locked(work, Client, work.actor.scope.client_id)
    own = waiting_of(work.session, work.actor)
    for one in own:
        if _asks_the_same(work, command, one):
            return one.id
    if work.actor.scope.client_id is not None and len(own) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} of your statements are being made. Wait for one of them")
    return write_request(work, command)


def write_request(work: Work, command: RequestStatement) -> int:
    """Write a request inside a command and enqueue its printing; returns the statement's id.

    Refuses (422) more movements than a statement holds, and a subject nothing was booked on.
    """
    subject = _subject(work, command)
    asset_ids = [asset.id for asset in subject.assets]
    demand_statable(
        work.session,
        work.actor.tenant_id,
        asset_ids,
        period=(command.first_day, command.last_day),
    )
    period = f"{command.first_day.isoformat()}-to-{command.last_day.isoformat()}"
    statement = work.add(
        Statement(
            organisation_id=work.actor.tenant_id,
            subject=command.subject,
            subject_id=command.subject_id,
            subject_name=subject.name,
            client_id=subject.client_id,
            account_id=subject.account_id,
            project_id=subject.project_id,
            asset_ids=asset_ids,
            first_day=command.first_day,
            last_day=command.last_day,
            requested_by=work.actor.user_id,
            requested_by_name=work.actor.name,
            file_name=f"statement-{subject.file_name}-{period}.pdf",
        )
    )
    payload = {"statement_id": statement.id}
    statement.work_id = enqueue(work, KIND, occurrence_key(statement.id), payload)
    return statement.id


@handles(StartStatement, permission="statements.create")
def start_statement(work: Work, command: StartStatement) -> bool:
    """Turn a waiting statement to running, which is no change of the record for the log."""
    statement = (
        update(Statement)
        .where(
            Statement.organisation_id == work.actor.tenant_id,
            Statement.id == command.statement_id,
            Statement.state.in_((WAITING, RUNNING)),
        )
        .values(state=RUNNING)
        .returning(Statement.id)
        .execution_options(synchronize_session=False)
    )
    return work.session.execute(statement).one_or_none() is not None


@handles(StoreStatement, permission="statements.create")
def store_statement(work: Work, command: StoreStatement) -> int:
    """Keep the file in the database and turn the statement to ready; returns the file's id."""
    statement = find_locked(work, Statement, command.statement_id)
    if statement.file_id is not None:
        return statement.file_id
    digest = hashlib.sha256(command.content).hexdigest()
    stored = work.add(
        StoredFile(
            organisation_id=work.actor.tenant_id,
            occurrence_key=occurrence_key(statement.id),
            name=statement.file_name,
            media_type=MEDIA_TYPE,
            sha256=digest,
            size_bytes=len(command.content),
            content=command.content,
            created_at=work.now,
        )
    )
    statement.state = READY
    statement.file_id = stored.id
    statement.sha256 = digest
    statement.size_bytes = len(command.content)
    notify(
        work,
        [statement.requested_by],
        kind=FINISHED,
        title="Your statement is ready",
        text=statement.file_name,
        href=f"/admin/statements/{statement.id}",
        project_id=statement.project_id,
    )
    return stored.id


@handles(FailStatement, permission="statements.create")
def fail_statement(work: Work, command: FailStatement) -> None:
    """Turn the statement to failed with its sentence, unless it is ready."""
    statement = find_locked(work, Statement, command.statement_id)
    if statement.state != READY:
        statement.state = FAILED
        statement.refusal = command.sentence


def occurrence_key(statement_id: int) -> str:
    """Return the key under which a statement is printed and kept once."""
    return f"statement-{statement_id}"


def demand_statable(
    session: Session, organisation_id: int, asset_ids: list[int], *, period: tuple[date, date]
) -> None:
    """Refuse (422) more movements than a statement holds, and assets nothing was booked on."""
    if not asset_ids:
        raise NothingBooked("There is no asset in sight to state", field="last_day")
    count = count_entries(session, organisation_id, asset_ids, period=period)
    if count > MOST_ENTRIES:
        raise TooManyMovements(
            f"This period has {count:,} movements; a statement can hold {MOST_ENTRIES:,}."
            " Choose a shorter period.",
            field="last_day",
        )
    if count == 0 and not has_entries(session, organisation_id, asset_ids, until=period[1]):
        raise NothingBooked(
            f"Nothing was booked up to {shown_date(period[1])}, so there is nothing to state.",
            field="last_day",
        )


def shown_date(day: date) -> str:
    """Write a date as statements show it: "05 Nov 2026"."""
    return f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year}"


def _asks_the_same(work: Work, command: RequestStatement, one: Statement) -> bool:
    """Tell whether a statement is of the same assets and days as the one that is asked for."""
    asked = (command.subject, command.subject_id, command.first_day, command.last_day)
    if asked != (one.subject, one.subject_id, one.first_day, one.last_day):
        return False
    return one.asset_ids == [asset.id for asset in _subject(work, command).assets]


def _demand_permission(actor: Actor) -> None:
    is_client = actor.scope.client_id is not None and holds(actor, "portal.view")
    if not (is_client or holds(actor, "statements.create")):
        raise Forbidden("You do not have permission to do this.")


def _demand_period(work: Work, command: RequestStatement) -> None:
    if command.last_day < command.first_day:
        raise Refusal("The last day cannot be before the first day.", field="last_day")
    if command.last_day > work.business_date:
        today = shown_date(work.business_date)
        raise Refusal(f"The period cannot go beyond the business date, {today}.", field="last_day")
    if (command.last_day - command.first_day).days >= LONGEST_DAYS:
        raise Refusal(
            f"A statement covers {LONGEST_DAYS} days at most. Choose a shorter period.",
            field="first_day",
        )


def _subject(work: Work, command: RequestStatement) -> _Subject:
    """Find the subject inside the actor's scope, or refuse with the 404 of a missing id."""
    session, actor = work.session, work.actor
    assets = statable(actor, since=command.first_day).order_by(Asset.id)
    if command.subject == "client":
        client = find(session, actor, Client, command.subject_id)
        found = tuple(session.scalars(assets.where(Asset.client_id == client.id)))
        return _Subject(client.title(), client.number, client.id, None, client.project_id, found)
    if command.subject == "account":
        account = find(session, actor, Account, command.subject_id)
        found = tuple(session.scalars(assets.where(Asset.account_id == account.id)))
        label, file_name = account.title(), account.number
    elif command.subject == "asset":
        asset = session.scalars(assets.where(Asset.id == command.subject_id)).one_or_none()
        if asset is None:
            raise Missing
        account = find(session, actor, Account, asset.account_id)
        found = (asset,)
        label = f"{account.title()} · {asset.currency}"
        file_name = f"{account.number}-{asset.currency}"
    else:
        raise Missing
    return _Subject(label, file_name, account.client_id, account.id, account.project_id, found)
