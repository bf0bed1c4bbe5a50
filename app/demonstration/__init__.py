"""Savanna Savings, a bank that is alive: what a first start shows, made by the same commands.

It stands beside the floors: it gives commands as people do and no slice knows of it.
"""

import os
from datetime import date, timedelta

from sqlalchemy import select

from app.controls.tenant import Organisation
from app.db.session import database
from app.demonstration.bank import Bank, ask_for_approval, found, open_platform, quote_today
from app.demonstration.banking import issue_cards, offer_methods
from app.demonstration.capital import found_on_capital
from app.demonstration.cast import ADMINISTRATOR, PLATFORM, STAFF
from app.demonstration.closes import close_days
from app.demonstration.commitments import commit_customers
from app.demonstration.corrections import book_by_hand
from app.demonstration.customers import apply_for_membership, client_logins, enrol
from app.demonstration.history import past_of, write_history
from app.demonstration.interest import bear_interest, rule_interest
from app.demonstration.invoicing import ask_for_payment
from app.demonstration.lending import lend
from app.demonstration.neighbour import license_neighbour
from app.demonstration.outside import link_systems
from app.demonstration.people import let_people_act
from app.demonstration.planning import plan
from app.demonstration.prices import set_prices
from app.demonstration.projects import furnish_projects
from app.demonstration.script import Script, address, is_registered
from app.demonstration.today import live_today
from app.demonstration.wallets import furnish_wallets
from app.imports.rows import TransactionRow
from app.ledger.rollup import roll_up
from app.ledger.seals import seal_all


def ensure() -> None:
    """Make the demonstration where it is not whole; on a whole one this does nothing."""
    if is_registered(address(PLATFORM.login)):
        return
    script = Script()
    bank = found(script)
    holdings = enrol(script, bank, os.environ["COUNTINGHOUSE_DEMO_PASSWORD"])
    past = past_of(holdings, bank.business_date)
    _live_the_past(script, bank, past)
    found_on_capital(script, bank, bank.closed_dates[0])
    close_days(script, bank, past)
    quote_today(script, bank)
    ask_for_approval(script)
    link_systems(script, bank)
    apply_for_membership(script, bank)
    set_prices(script, bank, holdings)
    live_today(script, bank, holdings)
    plan(script, bank)
    furnish_wallets(script, holdings)
    issue_cards(script, holdings)
    offer_methods(script, bank)
    ask_for_payment(script, holdings)
    book_by_hand(script, bank, holdings)
    commit_customers(script, bank)
    lend(script, bank, holdings)
    let_people_act(script, bank, holdings)
    furnish_projects(script, bank, holdings)
    license_neighbour()
    seal_all()
    roll_up()
    open_platform()


def logins() -> list[tuple[str, str]]:
    """Return the address of everybody who may sign in, with what they are."""
    members = (PLATFORM, ADMINISTRATOR, *STAFF)
    return [*((address(member.login), member.role) for member in members), *client_logins()]


def is_present() -> bool:
    """Tell whether the database holds a demonstration, whole or not."""
    with database.reading() as session:
        query = select(Organisation.id).where(Organisation.is_demonstration)
        return session.scalars(query).first() is not None


def _live_the_past(script: Script, bank: Bank, past: list[TransactionRow]) -> None:
    """Post the days before the first that is closed here, with their interest."""
    until = bank.closed_dates[0]
    this_month = until.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    administrator = script.by(ADMINISTRATOR.login)
    rule_interest(script, bank, last_month)
    for since, to in ((date.min, this_month), (this_month, until)):
        write_history([row for row in past if since <= row.value_date < to], administrator, to)
        bear_interest(bank, max(since, last_month), to)
