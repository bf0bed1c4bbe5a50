"""The Statements tab of an account: its configuration, and what was made by it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.pages import account_head
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.deliveries.models import METHODS, StatementConfig, StatementDelivery
from app.deliveries.periods import FREQUENCIES
from app.ledger.accounts import Account
from app.mandates.queries import currency_of
from app.statements.commands import shown_date
from app.statements.models import FAILED, Statement
from app.statements.resource import SHOWN_STATE
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

WORD = "statements"
SHOWN = 12


def statements_page(session: Session, actor: Actor, account: Account) -> dict[str, Any]:
    """Return the tab of an account."""
    config = config_shown(session, actor, account)
    may_edit = account.is_authorised and holds(actor, "accounts.edit")
    href = f"/admin/accounts/{account.id}/{WORD}/configure"
    edit = row_action("Configure Statement", href, "settings", drawer=True, primary=True)
    return account_head(actor, account, tab=WORD) | {
        "actions": [edit] if may_edit else [],
        "cards": [_config(session, account, config), _made(session, actor, account)],
    }


def config_shown(session: Session, actor: Actor, account: Account) -> StatementConfig | None:
    """Return the account's configuration, as far as the person sees it."""
    query = select(StatementConfig).where(
        *visible(actor, StatementConfig), StatementConfig.account_id == account.id
    )
    return session.scalars(query).one_or_none()


def delivery_state(one: Any, state: str) -> tuple[str, str]:
    """Say how far a delivery is whose statement is in a state, and its tone."""
    if state == FAILED:
        return "Failed", "danger"
    if one.to_print and one.printed_at is None:
        return "To be printed", "warning"
    if one.to_mail and one.mailed_at is None:
        return "To be mailed", "warning"
    return ("Printed" if one.to_print else "Mailed"), "success"


def _config(session: Session, account: Account, config: StatementConfig | None) -> dict[str, Any]:
    if config is None:
        told = cells.text("None: statements are made when somebody asks for one")
        return {"title": "Configuration", "rows": [fact("Statements", told)], "open": True}
    balance = cells.text("")
    if config.last_balance_minor is not None:
        exponent = currency_of(session, account).exponent
        balance = cells.money(config.last_balance_minor, exponent, account.currency)
    rows = [
        fact("Statement Frequency", cells.text(FREQUENCIES[config.frequency])),
        fact("Delivery Method", cells.text(METHODS[config.method])),
        fact("Statements are made", cells.flag(is_set=config.is_active)),
        fact("Last statement date", cells.day(config.last_statement_on)),
        fact("Last statement balance", balance),
    ]
    return {"title": "Configuration", "rows": rows, "open": True}


def _made(session: Session, actor: Actor, account: Account) -> dict[str, Any]:
    query = (
        select(StatementDelivery, SHOWN_STATE)
        .join(Statement, Statement.id == StatementDelivery.statement_id)
        .outerjoin(DueWork, DueWork.id == Statement.work_id)
        .where(*visible(actor, StatementDelivery), StatementDelivery.account_id == account.id)
        .order_by(StatementDelivery.last_day.desc())
        .limit(SHOWN)
    )
    rows = [
        fact(
            f"{shown_date(one.first_day)} to {shown_date(one.last_day)}",
            cells.text(
                delivery_state(one, state)[0],
                href=f"/admin/statements/{one.statement_id}",
                drawer=False,
            ),
        )
        for one, state in session.execute(query)
    ]
    none = [fact("Statements", cells.text("None was made by itself yet"))]
    return {"title": "Made by themselves", "rows": rows or none, "open": True}
