"""Who is outside: systems that hear of events, one hook paused, and a program with a key.

The hook is paused before anything happens, so that a demonstration asks no server of the outside.
"""

from sqlalchemy import select

from app.access.models import Role
from app.controls.commands import perform
from app.db.session import database
from app.demonstration.bank import DIASPORA, RETAIL, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.script import Script
from app.integrations.hooks import CreateHook
from app.integrations.running import PauseHook
from app.integrations.systems import CreateSystem
from app.keys.commands import CreateApiKey, CreateServiceAccount
from app.keys.models import ApiKey

TOLD = ("transaction.reversed", "transaction.failed", "client.approved", "approval.waiting")
KEY = "Nightly import"
SCOPES = ("clients.view", "accounts.view", "assets.view", "transactions.view", "assets.deposit")


def link_systems(script: Script, bank: Bank) -> None:
    """Draft, approve and pause as the bank's people do; the key's secret is told to nobody."""
    administrator, manager = script.by(ADMINISTRATOR.login), script.by("manager")
    screening = CreateSystem(
        "Huntli screening",
        "compliance",
        "https://hooks.huntli.example/bank",
        description="Screens customers and unusual payments",
        submit=True,
    )
    system_id = script.do(screening, administrator)
    hook = CreateHook("Customers and reversals", system_id, TOLD, path="/events", submit=True)
    script.do(PauseHook(script.do(hook, administrator)), administrator)
    custody = CreateSystem(
        "Fireblocks",
        "custody",
        "https://api.fireblocks.example",
        bank.projects[DIASPORA],
        "Keeps the diaspora's digital assets",
        submit=True,
    )
    script.do(custody, manager)
    payouts = CreateHook(
        "Settlements", system_id, ("settlement.finished",), bank.projects[RETAIL], "/settlements"
    )
    script.do(payouts, manager)
    _give_key(script, bank)


def _give_key(script: Script, bank: Bank) -> None:
    administrator = script.by(ADMINISTRATOR.login)
    with database.reading() as session:
        teller = select(Role.id).where(
            Role.organisation_id == bank.organisation_id, Role.name == "Teller"
        )
        role_id = session.scalars(teller).one()
    account = CreateServiceAccount("Core connector", (role_id,), (bank.projects[RETAIL],))
    account_id = script.do(account, administrator)
    with database.reading() as session:
        is_made = session.scalar(select(ApiKey.id).where(ApiKey.user_id == account_id))
    if is_made is None:
        # No key of idempotency: its answer would keep the secret.
        perform(CreateApiKey(KEY, SCOPES, account_id), administrator)
