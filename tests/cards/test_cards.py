"""Cards: linked to a customer's assets, shown masked, and paid with."""

from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.cards.commands import AddCard, CardTerms, DeleteCard, EditCard
from app.cards.models import Card
from app.cards.numbers import checked_number, masked_number
from app.cards.paying import PayByCard
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Missing, Refusal
from app.ledger.models import Asset
from tests import factories
from tests.banks.scenes import a_bank
from tests.fees.books import moves
from tests.ledger import books
from tests.pages import form_of, send

PATH = "/admin/cards"
VISA, OTHER = "4111 1111 1111 1111", "5555555555554444"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "BTC"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def holder(house: factories.House) -> tuple[int, int, int, int]:
    """A customer with an account of shillings and coins: client, account, fiat, crypto."""
    client_id = factories.a_client(house, first_name="Amina", surname="Zubeda")
    account_id = factories.an_account(house, client_id)
    coins = factories.an_asset(house, account_id, "BTC")
    return client_id, account_id, factories.first_asset(account_id), coins


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path, follow_redirects=True)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _rows(here: FlaskClient, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_page(here, f"{PATH}.csv{query}"))))


def _options(page: str, name: str) -> str:
    return page.split(f'name="{name}"')[1].split("</select>", maxsplit=1)[0]


@pytest.mark.parametrize("typed", ["4111111111111112", "411", "abcd", "４１１１", ""])
def test_what_is_no_card_number_is_refused(typed: str):
    with pytest.raises(Refusal):
        checked_number(typed)


def test_a_number_is_shown_by_its_ends():
    assert masked_number(checked_number(VISA)) == "411111••••••1111"


@pytest.mark.checks(
    "W11.01", "W11.02", "W11.03", "W11.04", "W11.05", "W11.06", "W11.07", "W11.08", "W11.12",
)  # fmt: skip
def test_a_card_is_added_for_a_customer_and_found_masked(house, here, holder):
    client_id, account_id, fiat, coins = holder
    stranger = factories.an_account(house, factories.a_client(house))
    bank_id = a_bank(house, "Equity")
    path = f"{PATH}/new?client_id={client_id}&account_id={account_id}"
    page = _page(here, path)
    assert f'value="{account_id}"' in _options(page, "account_id")
    assert f'value="{stranger}"' not in _options(page, "account_id")
    assert f'value="{fiat}"' in _options(page, "fiat_asset_id")
    assert f'value="{coins}"' not in _options(page, "fiat_asset_id")
    assert f'value="{coins}"' in _options(page, "crypto_asset_id")
    nothing = send(here, path, number=VISA)
    assert nothing.status_code == 422
    assert "Choose a fiat asset, a crypto asset or both" in nothing.get_data(as_text=True)
    sent = send(here, path, number=VISA, fiat_asset_id=str(fiat), bank_id=str(bank_id),
                external_id="EXT-7")  # fmt: skip
    assert sent.status_code == 303
    (row,) = _rows(here)
    assert (row["Card"], row["Owner"], row["Bank"]) == (
        "411111••••••1111",
        "Amina Zubeda",
        "Equity",
    )
    with database.reading() as session:
        card = session.scalars(
            select(Card).where(Card.organisation_id == house.organisation_id)
        ).one()
        session.expunge(card)
    assert "4111111111111111" not in card.number_token
    for typed in ("1111", "411111", "••", card.public_id[:13], "zubeda"):
        assert len(_rows(here, f"?search={typed}")) == 1, typed
    assert _rows(here, "?search=9876") == []
    perform(AddCard(client_id, OTHER, CardTerms(account_id, fiat)), house.administrator)
    for sort in ("owner", "bank", "priority"):
        page = _page(here, f"{PATH}?sort={sort}")
        assert 'aria-sort="ascending"' in page
    assert [row["Bank"] for row in _rows(here, "?sort=-bank")] == ["Equity", ""]
    with pytest.raises(Conflict, match="exists already"):
        perform(AddCard(client_id, VISA, CardTerms(account_id, fiat)), house.administrator)


@pytest.mark.checks("W11.09", "W11.10", "W11.11")
def test_a_card_of_two_assets_has_a_priority_and_all_but_its_owner_changes(house, here, holder):
    client_id, account_id, fiat, coins = holder
    both = CardTerms(account_id, fiat, coins)
    with pytest.raises(Refusal, match="Priority is required"):
        perform(AddCard(client_id, VISA, both), house.administrator)
    card_id = perform(
        AddCard(client_id, VISA, CardTerms(account_id, fiat, coins, "crypto")), house.administrator
    )
    form = form_of(here, f"{PATH}/{card_id}/edit")
    assert "client_id" not in form
    assert form["number"] == [""]
    sent = send(here, f"{PATH}/{card_id}/edit", number=OTHER, crypto_asset_id="", priority="",
                external_id="X-1")  # fmt: skip
    assert sent.status_code == 303
    (row,) = _rows(here, "?columns=card,crypto,external")
    assert row == {"Card": "555555••••••4444", "Crypto asset ID": "", "External ID": "X-1"}
    elsewhere = factories.an_account(house, factories.a_client(house))
    terms = CardTerms(elsewhere, factories.first_asset(elsewhere))
    with pytest.raises(Refusal, match="of the card's owner"):
        perform(EditCard(card_id, 2, terms), house.administrator)
    zone = here.get(f"{PATH}/{card_id}").text.partition("Danger Zone")[2]
    assert f"{PATH}/{card_id}/delete" in zone
    assert send(here, f"{PATH}/{card_id}/delete").status_code == 303
    assert _rows(here) == []
    assert _rows(here, "?status=inactive&columns=card") == [{"Card": "555555••••••4444"}]
    page = here.get(f"{PATH}/{card_id}").text
    assert '<span class="badge badge--danger">Inactive</span>' in page
    assert "X-1" in page, "all that was known of it stays"
    assert f"{PATH}/{card_id}/" not in page
    with pytest.raises(Missing):
        perform(PayByCard(card_id, 1_00, "Shop", "R-1"), house.administrator)


@pytest.mark.checks("W01.09")
def test_a_card_payment_is_taken_from_the_asset_the_card_draws_on(house, here, holder):
    client_id, account_id, _fiat, coins = holder
    funded = factories.a_funded_asset(house, 500_00)
    with database.reading() as session:
        asset = session.get_one(Asset, funded)
        owner, account = asset.client_id, asset.account_id
    card_id = perform(AddCard(owner, VISA, CardTerms(account, funded)), house.administrator)
    sent = send(here, f"{PATH}/{card_id}/pay", amount="120.50", merchant="Naivas", reference="R-9")
    assert sent.status_code == 303
    paid = int(sent.headers["Location"].rsplit("/", 1)[1])
    assert moves(paid) == [("D", 120_50, "customer"), ("C", 120_50, "clearing")]
    assert books.asset(funded).balance_minor == 379_50
    page = _page(here, f"/admin/transactions/{paid}")
    for shown in ("Naivas", "411111••••••1111", "R-9", "Payout"):
        assert shown in page
    again = send(here, f"{PATH}/{card_id}/pay", amount="1", merchant="Naivas", reference="R-9")
    assert again.status_code == 409, "a payment of the card scheme is booked once"
    too_much = send(here, f"{PATH}/{card_id}/pay", amount="9999", merchant="N", reference="R-10")
    assert too_much.status_code == 409
    assert books.asset(funded).balance_minor == 379_50
    with pytest.raises(Refusal, match="no asset in USD"):
        perform(PayByCard(card_id, 1_00, "Shop", "R-11", "USD"), house.administrator)
    two = AddCard(client_id, OTHER, CardTerms(account_id, holder[2], coins, "crypto"))
    preferred = perform(two, house.administrator)
    with pytest.raises(Conflict, match="Insufficient"):
        perform(PayByCard(preferred, 1_00, "Shop", "R-12"), house.administrator)


@pytest.mark.checks("W11.02")
def test_a_card_is_found_by_its_whole_number_and_by_what_is_shown_of_it(house, here, holder):
    client_id, account_id, fiat, _ = holder
    for number in (VISA, OTHER):
        perform(AddCard(client_id, number, CardTerms(account_id, fiat)), house.administrator)
    for typed in (VISA, "4111111111111111", "4111-1111-1111-1111", "411111", "1111"):
        (row,) = _rows(here, f"?search={typed}")
        assert row["Card"] == "411111••••••1111"
    led = here.get(f"{PATH}?search={VISA}&sort=card")
    assert led.status_code == 303
    assert "1111 1111" not in led.headers["Location"]
    assert "111111111" not in led.headers["Location"]
    assert "sort=card" in led.headers["Location"]
    # A card that was deleted stands in no new one's way.
    first = AddCard(client_id, "4012888888881881", CardTerms(account_id, fiat))
    perform(DeleteCard(perform(first, house.administrator)), house.administrator)
    perform(first, house.administrator)
    assert len(_rows(here, "?search=4012888888881881")) == 1
    # Another number that would be shown alike is not taken for it.
    assert _rows(here, "?search=4111110000001111") == []
    other, elsewhere = factories.a_house(currencies=("KES",)), here.application.test_client()
    factories.signed_in(elsewhere, other.administrator_email)
    assert _rows(elsewhere, "?search=4111111111111111") == []
