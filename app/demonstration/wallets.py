"""What stands around a wallet: bank accounts outside, an address, a hold, a gateway's payment."""

from app.addresses.commands import AddAddress
from app.demonstration.bank import BASE
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.customers import Holding, first_asset
from app.demonstration.script import Script
from app.funding.commands import LinkFundingSource, VerifyFundingSource
from app.holds.commands import PlaceHold
from app.platforms.commands import CreatePlatform
from app.transactions.kinds import Particulars
from app.transactions.wallets import CreditEarning, Payout, TopUp

MINOR = 100
# Nobody has the key of it: it is the digest of a few words.
ADDRESS = "bc1q7nemx5cq7e99xt6rlwdd7anaqp2fuy40ytc30p"
IBAN = "DE89370400440532013000"
_HOURS = 24 * 30


def furnish_wallets(script: Script, holdings: list[Holding]) -> None:
    """Link, verify, pay out, top up and hold on a wallet in shillings; give one in coins a home."""
    teller, manager = script.by("teller"), script.by("manager")
    holding = next(item for item in holdings if item.currency == BASE and item.label == "business")
    asset = first_asset(holding)
    source_id = script.do(
        LinkFundingSource(asset.id, "Equity Bank", "business", "0123 4567 8901", "Trading account"),
        teller,
    )
    script.do(VerifyFundingSource(source_id, 1), manager)
    script.do(LinkFundingSource(asset.id, "Commerzbank", "savings", IBAN, "Savings abroad"), teller)
    script.do(Payout(asset.id, 4_500 * MINOR, source_id, Particulars("To the bank")), teller)
    script.do(CreditEarning(asset.id, 1_800 * MINOR, Particulars("Deliveries of the day")), teller)
    script.do(PlaceHold(asset.id, 25_000 * MINOR, "Court order 114/2026, until lifted"), manager)
    platform_id = script.do(
        CreatePlatform(
            asset.project_id or 0,
            "pesapay",
            "PesaPay",
            {
                "tradingUrl": "https://payments.example/v1",
                "accountUrl": "https://accounts.example/v1",
            },
            {"tradingSecretKey": "sandbox", "accountSecretKey": "sandbox"},
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
    wallet = first_asset(coins)
    script.do(AddAddress(wallet.id, "Bitcoin", ADDRESS), teller)
