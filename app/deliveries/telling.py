"""A statement that was made by itself is told of: by a mail with the way to it, never the file.

The file stays behind the sign-in: whoever reads a mailbox reads no balances.
"""

from sqlalchemy import select

from app.clients.models import Client
from app.controls.commands import follows
from app.controls.work import Work
from app.deliveries.models import StatementConfig, StatementDelivery
from app.mail.letters import write_letter
from app.statements.commands import shown_date
from app.statements.models import READY, Statement
from app.statements.sight import covers_hidden


@follows
def deliver_what_is_ready(work: Work) -> None:
    """Write the mail and the date of the last statement when the file is stored."""
    ready = [
        change.entity_id
        for change in work.changes
        if change.entity == "statement" and change.fields.get("state", {}).get("new") == READY
    ]
    if not ready:
        return
    query = select(StatementDelivery).where(
        StatementDelivery.organisation_id == work.actor.organisation_id,
        StatementDelivery.statement_id.in_(ready),
    )
    for delivery in work.session.scalars(query):
        _deliver(work, delivery)
    work.session.flush()  # the log is written next


def _deliver(work: Work, delivery: StatementDelivery) -> None:
    config = work.session.get_one(StatementConfig, delivery.config_id)
    if config.last_statement_on is None or config.last_statement_on < delivery.last_day:
        config.last_statement_on = delivery.last_day
        config.last_balance_minor = delivery.balance_minor
    client = work.session.get(Client, delivery.client_id) if delivery.client_id else None
    if not delivery.to_mail or delivery.mailed_at is not None or client is None:
        return
    statement = work.session.get_one(Statement, delivery.statement_id)
    hidden = covers_hidden(Statement.organisation_id, Statement.asset_ids)
    if work.session.scalar(select(Statement.id).where(Statement.id == statement.id, hidden)):
        return
    write_letter(
        work,
        "statement-ready",
        to=client.email,
        subject=f"Your statement until {shown_date(delivery.last_day)}",
        values={
            "name": client.name,
            "account": statement.subject_name,
            "first_day": shown_date(delivery.first_day),
            "last_day": shown_date(delivery.last_day),
            "path": "/portal/statements",
        },
        client_id=client.id,
    )
    delivery.mailed_at = work.now
