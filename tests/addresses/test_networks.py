"""What may be an address: its check digits are right, and no other customer has it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.addresses.commands import AddAddress
from app.addresses.models import Address
from app.addresses.networks import address_key
from app.controls.commands import perform
from app.db.session import database
from app.kernel.checksums import is_eip55, is_segwit
from app.reference.models import ProjectCurrency
from tests import factories
from tests.pages import send

SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
# An example of LUD-01.
LNURL = (
    "lnurl1dp68gurn8ghj7um9wfmxjcm99e3k7mf0v9cxj0m385ekvcenxc6r2c35xvukxefcv5mkvv34x5"
    "ekzd3ev56nyd3hxqurzepexejxxepnxscrvwfnv9nxzcn9xq6xyefhvgcxxcmyxymnserxfq5fns"
)
ETHER = "0x52908400098527886E0F7030069857D2E4169EE7"
SCRIPT = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
# The first example of EIP-55.
CHECKED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
TAKEN = "This address belongs to an asset already"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    """Return a house whose coins travel on every network that is asked about."""
    made = factories.a_house(currencies=("KES", "BTC"))
    with database.reading() as session:
        query = select(ProjectCurrency.id).where(
            ProjectCurrency.organisation_id == made.organisation_id,
            ProjectCurrency.label == "BTC",
        )
        placed = session.scalars(query).one()
    networks = ["Bitcoin", "Lightning", "ERC20", "Polygon", "TRC20"]
    factories.change(made, ProjectCurrency, placed, networks=networks)
    return made


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def a_wallet(house: factories.House) -> int:
    account_id = factories.an_account(house, factories.a_client(house))
    return factories.an_asset(house, account_id, "BTC")


def add(here: FlaskClient, asset_id: int, network: str, address: str) -> tuple[int, str]:
    answer = send(here, f"/admin/assets/{asset_id}/addresses/new", network=network, address=address)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("network", "writings"),
    [
        ("Lightning", ("User@Wallet.example", "user@wallet.EXAMPLE")),
        ("Lightning", (LNURL, LNURL.upper())),
        ("Bitcoin", (SEGWIT.upper(), SEGWIT)),
        ("ERC20", (ETHER, ETHER.lower())),
    ],
)
def test_one_address_in_other_letters_is_not_given_to_two_customers(house, here, network, writings):
    kept, again = writings
    first, second = a_wallet(house), a_wallet(house)
    assert add(here, first, network, kept)[0] == 303
    status, page = add(here, second, network, again)
    assert (status, TAKEN in page) == (409, True)
    with database.reading() as session:
        address_id = session.scalars(select(Address.id).where(Address.asset_id == first)).one()
    # Its own address may be written otherwise.
    edit = f"/admin/addresses/{address_id}/edit"
    assert send(here, edit, address=again).status_code == 303
    assert add(here, second, network, kept)[0] == 409


def test_letters_that_know_case_are_not_folded():
    assert address_key(TRON) == TRON
    assert address_key(SEGWIT.upper()) == SEGWIT
    # Mixed letters are no Bech32 (BIP 173), so they are no other writing of it either.
    assert address_key(SEGWIT.replace("qw508", "QW508")) != SEGWIT


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("Bitcoin", TAPROOT.replace("qzk5jj0", "qzk5jj9")),
        # The older check digits with a newer version of the program (BIP 350).
        ("Bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"),
        ("Bitcoin", SCRIPT[:-1] + "z"),
        ("Lightning", LNURL[:-1] + "q"),
        ("TRC20", TRON[:-1] + "u"),
        ("ERC20", CHECKED[:-1] + "D"),
        ("Polygon", CHECKED.replace("5a", "5A")),
    ],
)
def test_an_address_with_wrong_check_digits_is_refused(house, here, network, address):
    status, page = add(here, a_wallet(house), network, address)
    assert status == 422
    assert f"This is not a valid address of {network}: check its letters and digits" in page


def test_addresses_with_right_check_digits_are_kept(house, here):
    wallet = a_wallet(house)
    for network, address in (
        ("Bitcoin", TAPROOT), ("Bitcoin", SCRIPT), ("TRC20", TRON), ("ERC20", CHECKED),
        ("Polygon", CHECKED.lower()),
    ):  # fmt: skip
        assert add(here, wallet, network, address)[0] == 303
        tab = here.get(f"/admin/assets/{wallet}/addresses").get_data(as_text=True)
        assert address in tab


@pytest.mark.parametrize(
    "address",
    [
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "BC1SW50QGDZ25J",
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    ],
)
def test_the_examples_of_the_proposals_are_right(address):
    assert is_segwit(address)


@pytest.mark.parametrize(
    "address",
    [
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
        "bc1pw5dgrnzv",
        "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
        "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
        "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
        "bc1gmk9yu",
    ],
)
def test_the_wrong_examples_of_the_proposals_are_wrong(address):
    assert not is_segwit(address)


@pytest.mark.parametrize(
    "address",
    [
        CHECKED,
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_the_examples_of_ethereums_proposal_are_right(address):
    assert is_eip55(address)
    assert not is_eip55(CHECKED.replace("Aed", "aed"))


def test_an_address_kept_before_check_digits_were_asked_may_stay(house, here):
    wallet = a_wallet(house)
    kept = perform(AddAddress(wallet, "Lightning", "first@pay.example"), house.administrator)
    old = perform(AddAddress(wallet, "Lightning", "old@pay.example"), house.administrator)
    factories.change(house, Address, old, network="Bitcoin", address="bc1qoldandwrong000000000")
    answer = send(here, f"/admin/addresses/{old}/edit", is_default="y")
    assert answer.status_code == 303
    with database.reading() as session:
        assert session.get_one(Address, old).is_default
        assert not session.get_one(Address, kept).is_default
