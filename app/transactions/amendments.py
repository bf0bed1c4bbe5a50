"""A draft or rejected transaction is corrected by its maker and handed in again."""

from dataclasses import dataclass
from decimal import Decimal

from app.controls.approvals import submit
from app.controls.commands import handles
from app.controls.review import demand_editable, step
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Transaction
from app.transactions.commands import demand_limit
from app.transactions.kinds import movement_lines
from app.transactions.review import TRANSACTION, demand_open, lines_as_text
from app.transactions.search import forget_text
from app.transactions.settings import settings_of
from app.transactions.statuses import locked_transaction

NOT_THE_MAKER = "Only its maker can correct a transaction"
NOT_A_MOVEMENT = "A transaction of several lines cannot be corrected; deny it and record it again"
_LINES = 2


@dataclass(frozen=True, slots=True)
class EditTransaction:
    """Correct amount and texts of one that was not authorised; `submit` hands it in again."""

    transaction_id: int
    version: int
    amount_minor: int
    description: str = ""
    source: str = ""
    beneficiary: str = ""
    submit: bool = False


@handles(EditTransaction, permission="transactions.edit")
def edit_transaction(work: Work, command: EditTransaction) -> int:
    """Write the correction and work the lines out anew at today's rate (E42.18, E42.29).

    Refused: to another than the maker (403), while it waits or is final, where there are more
    than two lines (409), an amount below the currency's limit (422).
    """
    transaction = locked_transaction(work, command.transaction_id, command.version)
    demand_editable(transaction, TRANSACTION.name)
    if transaction.maker_id != work.actor.user_id:
        raise Forbidden(NOT_THE_MAKER)
    demand_open(work, transaction)
    _rewrite(work, transaction, command.amount_minor)
    transaction.description = command.description.strip()
    transaction.source = command.source.strip()
    transaction.beneficiary = command.beneficiary.strip()
    step(work, TRANSACTION, transaction, "edited")
    forget_text(work, transaction.id)
    if command.submit:
        submit(work, TRANSACTION, transaction)
    return transaction.id


def _rewrite(work: Work, transaction: Transaction, amount_minor: int) -> None:
    written = transaction.lines or ()
    if len(written) != _LINES:
        raise Conflict(NOT_A_MOVEMENT)
    assets = lock_lines(work, [line["asset_id"] for line in written])
    sides: dict[str, LockedAsset] = {line["side"]: assets[line["asset_id"]] for line in written}
    asset = assets[transaction.asset_id]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    demand_limit(settings, asset, amount_minor)
    rate: Decimal = settings.rate(asset.currency)
    lines = movement_lines(
        debit=sides["D"],
        credit=sides["C"],
        amount_minor=amount_minor,
        rate=rate,
        bonus_of=next((line["asset_id"] for line in written if line["bucket"] == "bonus"), None),
    )
    transaction.lines = lines_as_text(lines)
    transaction.amount_minor = amount_minor
    transaction.base_minor = lines[0].base_minor
