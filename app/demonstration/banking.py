"""The banks around the demonstration, and cards in its customers' pockets."""

from app.banks.commands import BankTerms, CreateBank
from app.cards.commands import AddCard, CardTerms
from app.cards.paying import PayByCard
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR, RETAIL
from app.demonstration.customers import Holding, first_asset
from app.demonstration.script import Script
from app.payment_methods.commands import (
    CreatePaymentMethod,
    MethodTerms,
    SetPaymentMethodActive,
)

# Numbers of the schemes' own test ranges.
NUMBERS = ("4111111111111111", "5555555555554444", "4012888888881881")
BANKS = (
    BankTerms("Equity Bank Kenya", "KE", "Upper Hill, Nairobi", "68", "CBK/068", "EQBLKENA",
              is_default=True),
    BankTerms("KCB Bank Kenya", "KE", "Moi Avenue, Nairobi", "01", "CBK/001", "KCBLKENX"),
    BankTerms("Stanbic Bank Uganda", "UG", "Kampala Road, Kampala", "04", "BOU/031", "SBICUGKX"),
    BankTerms("Commerzbank", "DE", "Kaiserplatz, Frankfurt", "37040044", "", "COBADEFF", "DE"),
)  # fmt: skip

METHODS = (
    ("deposit", "M-Pesa Express", MethodTerms("mpesa-express", "auto", "internal", "174379",
                                              (BASE,), "sw", {"minimum": 10, "maximum": 250000},
                                              placeholder="07…")),
    ("deposit", "Card", MethodTerms("card", "auto", "external", "SAVANNA01", (BASE, "USD"))),
    ("deposit", "Bank transfer", MethodTerms(
        "bank-transfer", "manual", "external", additional={"url": "https://pay.savanna.example"},
        placeholder="Your account number is the reference",
    )),
    ("withdrawal", "M-Pesa", MethodTerms("mpesa", merchant_id="600998", currencies=(BASE,))),
    ("withdrawal", "To a bank account", MethodTerms("bank-account")),
)  # fmt: skip


def issue_cards(script: Script, holdings: list[Holding]) -> None:
    """List the banks, give three customers a card, and let one of them pay with it."""
    administrator, teller = script.by(ADMINISTRATOR.login), script.by("teller")
    bank_id, *_others = [script.do(CreateBank(terms), administrator) for terms in BANKS]
    cards = []
    in_shillings = [one for one in holdings if one.currency == BASE]
    for number, holding in zip(NUMBERS, in_shillings, strict=False):
        asset = first_asset(holding)
        linked = CardTerms(holding.account_id, asset.id, bank_id=bank_id)
        cards.append(script.do(AddCard(asset.client_id or 0, number, linked), teller))
    script.do(PayByCard(cards[0], 2_350_00, "Naivas Westlands", "VISA-700412"), teller)


def offer_methods(script: Script, bank: Bank) -> None:
    """Let the retail project take and send money in some ways, all but one switched on."""
    administrator = script.by(ADMINISTRATOR.login)
    project_id = bank.projects[RETAIL]
    made = [
        script.do(CreatePaymentMethod(project_id, direction, label, terms), administrator)
        for direction, label, terms in METHODS
    ]
    for method_id in made[:-1]:
        script.do(SetPaymentMethodActive(method_id, is_active=True), administrator)
