"""Statement configurations are saved, statements made by them, printed ones ticked."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from app.accounts.belongings import belongs_to_account
from app.clients.models import Client
from app.controls.commands import STALE, handles
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.usage import used_by
from app.controls.work import Work
from app.deliveries.models import BOTH, EMAIL, METHODS, StatementConfig, StatementDelivery
from app.deliveries.periods import FREQUENCIES
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.statements.commands import RequestStatement, write_request
from app.statements.figures import sections_of
from app.statements.models import FAILED, Statement
from app.statements.queries import StatementPage, statement_page

NOT_AUTHORIZED = "Can only add statement config to AUTHORIZED accounts"
belongs_to_account(StatementConfig)


@dataclass(frozen=True, slots=True)
class ConfigureStatement:
    """Say how often and by which way an account's statements are delivered.

    `version` is that of the configuration that is changed, None where there is none yet.
    """

    account_id: int
    version: int | None
    frequency: str
    method: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class GenerateStatement:
    """Make an account's statement of a period that has ended, both days included."""

    config_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class MarkPrinted:
    """Tick a statement of the print queue as printed and posted."""

    delivery_id: int


@dataclass(frozen=True, slots=True)
class LeaveUnprinted:
    """Take a statement that could not be made off the print queue."""

    delivery_id: int


@handles(ConfigureStatement, permission="accounts.edit")
def configure_statement(work: Work, command: ConfigureStatement) -> int:
    """Save the configuration of an approved account (E35.01, E35.06); returns its id."""
    account = find(work.session, work.actor, Account, command.account_id)
    if account.holder == "internal":
        raise Conflict("Nobody is sent statements of the house's own accounts")
    if not account.is_authorised:
        raise Conflict(NOT_AUTHORIZED)
    if command.frequency not in FREQUENCIES:
        raise Refusal("Choose a frequency from the list", field="frequency")
    if command.method not in METHODS:
        raise Refusal("Choose a delivery method from the list", field="method")
    config = _config_of(work, account)
    if (config.version if config else None) != command.version:
        raise Conflict(STALE)
    if config is None:
        config = StatementConfig(
            organisation_id=account.organisation_id,
            account_id=account.id,
            client_id=account.client_id,
            project_id=account.project_id,
        )
        work.session.add(config)
    config.frequency, config.method = command.frequency, command.method
    config.is_active = command.is_active
    work.session.flush()  # a new configuration needs its id
    return config.id


@handles(GenerateStatement, permission="statements.create")
def generate_statement(work: Work, command: GenerateStatement) -> int:
    """Ask for the statement and plan its delivery; returns the statement's id.

    One that is there for the period already is left as it is. Refused (422) where nothing was
    ever booked. Without an address for the mail, the statement goes to the print queue.
    """
    config = find(work.session, work.actor, StatementConfig, command.config_id)
    made = select(StatementDelivery.statement_id).where(
        StatementDelivery.organisation_id == config.organisation_id,
        StatementDelivery.config_id == config.id,
        StatementDelivery.last_day == command.last_day,
    )
    statement_id = work.session.scalar(made)
    if statement_id is not None:
        return statement_id
    period = (command.first_day, command.last_day)
    statement_id = write_request(work, RequestStatement("account", config.account_id, *period))
    account = work.session.get_one(Account, config.account_id)
    to_mail = config.method in {EMAIL, BOTH} and _has_address(work, account)
    work.session.add(
        StatementDelivery(
            organisation_id=config.organisation_id,
            config_id=config.id,
            account_id=account.id,
            client_id=account.client_id,
            project_id=account.project_id,
            branch_id=account.branch_id,
            statement_id=statement_id,
            first_day=command.first_day,
            last_day=command.last_day,
            balance_minor=_balance(work, account, statement_id, period),
            to_mail=to_mail,
            to_print=config.method != EMAIL or not to_mail,
        )
    )
    return statement_id


@handles(MarkPrinted, permission="statements.create")
def mark_printed(work: Work, command: MarkPrinted) -> int:
    """Note who printed it and when; refused (409) before it is made, and a second time."""
    delivery = _queued(work, command.delivery_id)
    if not _statement_of(work, delivery).is_ready:
        raise Conflict("This statement is not ready yet")
    delivery.printed_at, delivery.printed_by = work.now, work.actor.user_id
    return delivery.id


@handles(LeaveUnprinted, permission="statements.create")
def leave_unprinted(work: Work, command: LeaveUnprinted) -> int:
    """Let it leave the queue; refused (409) unless making it failed. Its account tells of it."""
    delivery = _queued(work, command.delivery_id)
    if _statement_of(work, delivery).state != FAILED:
        raise Conflict("Only a statement that failed is taken off the queue without being printed")
    delivery.to_print = False
    return delivery.id


@used_by(Account, "statements")
def statements_of_account(row: Account) -> Select[int]:
    """Select the statements that were made of an account."""
    return select(Statement.id).where(
        Statement.organisation_id == row.organisation_id, Statement.account_id == row.id
    )


def _queued(work: Work, delivery_id: int) -> StatementDelivery:
    """Lock a delivery that waits in the print queue."""
    delivery = find_locked(work, StatementDelivery, delivery_id)
    if not delivery.to_print:
        raise Conflict("This statement is not in the print queue")
    if delivery.printed_at is not None:
        raise Conflict("This statement was printed already")
    return delivery


def _statement_of(work: Work, delivery: StatementDelivery) -> StatementPage:
    return statement_page(work.session, work.actor, delivery.statement_id)


def _config_of(work: Work, account: Account) -> StatementConfig | None:
    """Return an account's configuration, if it has one."""
    query = select(StatementConfig).where(
        StatementConfig.organisation_id == account.organisation_id,
        StatementConfig.account_id == account.id,
    )
    return work.session.scalars(query).one_or_none()


def _has_address(work: Work, account: Account) -> bool:
    client = work.session.get(Client, account.client_id) if account.client_id else None
    return client is not None and bool(client.email)


def _balance(work: Work, account: Account, statement_id: int, period: tuple[date, date]) -> int:
    """Return what stood at the period's end in the account's own currency."""
    statement = work.session.get_one(Statement, statement_id)
    sections = sections_of(
        work.session, account.organisation_id, statement.asset_ids, period=period
    )
    return next(
        (
            one.closing_minor
            for one in sections
            if one.currency == account.currency and one.bucket == "real"
        ),
        0,
    )
