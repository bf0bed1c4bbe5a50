"""What stands around a wallet: bank accounts outside, an address, a hold, a gateway's payment."""

from sqlalchemy import select

from app.addresses.commands import AddAddress
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.customers import Holding
from app.demonstration.script import Script
from app.funding.commands import LinkFundingSource, VerifyFundingSource
from app.holds.commands import PlaceHold
from app.ledger.models import Asset
from app.platforms.commands import CreatePlatform
from app.transactions.kinds import Particulars
from app.transactions.wallets import CreditEarning, Payout, TopUp

MINOR = 100
ADDRESS = "bc1qsavanna0demonstration0wallet0000address0"
IBAN = "DE89370400440532013000"
_HOURS = 24 * 30


def furnish_wallets(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Link, verify, pay out, top up and hold on a wallet in shillings; give one in coins a home."""
    teller, manager = script.by("teller"), script.by("manager")
    holding = next(item for item in holdings if item.currency == BASE and item.label == "business")
    asset = _asset(bank, holding.account_id)
    source_id = script.do(
        LinkFundingSource(asset.id, "Equity Bank", "business", "0123 4567 8901", "Trading account"),
        teller,
    )
    script.do(VerifyFundingSource(source_id), manager)
    script.do(LinkFundingSource(asset.id, "Commerzbank", "savings", IBAN, "Savings abroad"), teller)
    script.do(Payout(asset.id, 4_500 * MINOR, source_id, Particulars("To the bank")), teller)
    script.do(CreditEarning(asset.id, 1_800 * MINOR, Particulars("Deliveries of the day")), teller)
    script.do(PlaceHold(asset.id, 25_000 * MINOR, "Court order 114/2026, until lifted"), manager)
    platform_id = script.do(
        CreatePlatform(
            asset.project_id or 0, "pesapay", "PesaPay", "https://payments.example/v1", "sandbox"
        ),
        script.by(ADMINISTRATOR.login),
    )
    script.do(
        TopUp(
            asset.id,
            12_000 * MINOR,
            platform_id,
            "PP-48113",
            Particulars("Top-up by mobile money"),
            expires_hours=_HOURS,
        ),
        teller,
    )
    coins = next(item for item in holdings if item.currency == "BTC")
    wallet = _asset(bank, coins.account_id)
    script.do(AddAddress(wallet.id, "Bitcoin", ADDRESS), teller)


def _asset(bank: Bank, account_id: int) -> Asset:
    """Return the first asset of an account."""
    query = select(Asset).where(
        Asset.organisation_id == bank.organisation_id, Asset.account_id == account_id
    )
    with database.reading() as session:
        found = session.scalars(query.order_by(Asset.id)).first()
        assert found is not None  # noqa: S101  every account is opened with one
        session.expunge(found)
        return found
