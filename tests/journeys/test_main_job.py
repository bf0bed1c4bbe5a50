"""The main job, from the counter to the client's own statement, in real browsers."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests import factories
from tests.factories import House
from tests.journeys.conftest import SignIn
from tests.statements.books import text_of

pytestmark = pytest.mark.usefixtures("worker")
REASON = "The payee's name does not match the voucher"


@pytest.fixture(scope="module")
def house(app: object) -> House:
    """A bank where what is above 3,000.00 waits and an account opens at once."""
    house = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(house, "account", levels=0)
    factories.an_approval_rule(house, minimum_minor=3_000_00)
    return house


def _drawer(page: Page) -> Locator:
    return page.locator("#drawer")


def _open_account(teller: Page, name: str) -> None:
    """Find the customer in the list and open an account for them from their drawer."""
    teller.goto("/admin/clients")
    teller.get_by_label("Search", exact=True).fill(name)
    expect(teller.locator("#list tbody tr")).to_have_count(1)
    teller.get_by_role("link", name=re.compile("CUS-")).click()
    _drawer(teller).get_by_role("link", name="Open account").click()
    form = _drawer(teller)
    form.get_by_label("Product").select_option(index=1)
    form.get_by_label("Currency").select_option("KES")
    form.get_by_role("button", name="Submit for approval").click()
    expect(teller.get_by_text("Account created")).to_be_visible()
    _drawer(teller).get_by_role("link", name="Open as page").click()
    teller.wait_for_url("**/admin/accounts/*")


def _move(page: Page, verb: str, amount: str, **texts: str) -> str:
    """Move money from the account's own page; returns the address of the transaction."""
    page.locator(".page-head__actions").get_by_role("link", name=verb).click()
    form = _drawer(page).locator("form")
    form.get_by_label("Amount", exact=True).fill(amount)
    for label, text in texts.items():
        form.get_by_label(label).fill(text)
    form.locator("button.button--primary").click()
    expect(_drawer(page)).to_contain_text("Transaction Information")
    path = _drawer(page).get_by_role("link", name="Open as page").get_attribute("href") or ""
    _drawer(page).get_by_role("button", name="Close", exact=True).click()
    expect(_drawer(page)).to_be_hidden()
    return path


def _decide(manager: Page, verb: str, reason: str = "") -> None:
    """Open what waits longest in the inbox, look at what it does and decide."""
    manager.goto("/admin/approvals")
    manager.locator("tbody tr a").first.click()
    manager.wait_for_url("**/admin/approvals/transaction/*")
    review = manager.locator("main")
    expect(review).to_contain_text("Kenya Power")
    review.get_by_role("link", name=verb, exact=True).click()
    dialog = manager.locator("#dialog")
    confirm = dialog.locator("[data-confirm]")
    if reason:
        expect(confirm).to_be_disabled()
        dialog.get_by_label("Reason").fill(reason)
    confirm.click()
    expect(dialog).to_be_hidden()


def _compared(page: Page) -> list[str]:
    """Return the lines that compare the balances now and after posting."""
    page.goto("/admin/approvals")
    page.locator("tbody tr a").first.click()
    lines = page.get_by_role("region", name="Balances after posting").locator("tbody tr")
    expect(lines).to_have_count(2)
    return [" ".join(line.split()) for line in lines.all_inner_texts()]


def _words(page: Page) -> str:
    return " ".join(page.locator("main").inner_text().split())


def _statement_of(client: Page) -> str:
    """Ask for this month's statement, wait for it on the page and read the file."""
    client.get_by_role("link", name="Statements").click()
    client.get_by_role("button", name="Make statement").click()
    made = client.get_by_role("link", name=re.compile("Download the statement"))
    expect(made).to_be_visible()
    with client.expect_download() as download:
        made.click()
    path = download.value.path()
    assert download.value.suggested_filename.endswith("2026-11-01-to-2026-11-20.pdf")
    return text_of(PdfReader(io.BytesIO(path.read_bytes())))


def _sums(text: str) -> tuple[int, list[int], int]:
    """Read the opening balance, each movement with its sign, and the closing balance."""
    opening, closing = (
        re.findall(rf"{word} balance (\S+)", text)[-1] for word in ("Opening", "Closing")
    )
    lines = re.findall(r"TXN-\d+ (Deposit|Withdrawal).*? ([\d,]+\.\d\d) [\d,]+\.\d\d", text)
    moved = [_minor(amount) * (1 if kind == "Deposit" else -1) for kind, amount in lines]
    return _minor(opening), moved, _minor(closing)


def _minor(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


@dataclass(frozen=True, slots=True)
class Counter:
    """Who stands on either side of the counter, each at a browser of their own."""

    teller: Page
    manager: Page
    account: str


def _waits_and_is_approved(at: Counter) -> None:
    """Pay out more than a teller may alone: the funds are held until a manager approves."""
    at.teller.goto(at.account)
    waiting = _move(at.teller, "Withdraw", "3500", Destination="Kenya Power")
    expect(at.teller.locator("main")).to_contain_text("2,200.00")
    assert "Available 2,200.00 KES" in _words(at.teller)
    assert "On hold 3,500.00 KES" in _words(at.teller)
    at.teller.goto(waiting)
    head = at.teller.locator(".page-head__title")
    expect(head).to_contain_text("Pending L1")
    at.teller.evaluate("window.stillHere = true")
    balance, available = _compared(at.manager)
    assert balance.endswith("balance 5,700.00 KES 2,200.00 KES")
    assert available.endswith("available 2,200.00 KES 2,200.00 KES")
    _decide(at.manager, "Approve")
    expect(head).to_contain_text("Processed")
    assert at.teller.evaluate("window.stillHere") is True


def _comes_back_and_goes_again(at: Counter) -> None:
    """A withdrawal is rejected with a reason; its teller corrects it and hands it in again."""
    at.teller.goto(at.account)
    _move(at.teller, "Deposit", "3,000.00", Description="Savings")
    sent_back = _move(at.teller, "Withdraw", "3,200.00", Destination="Kenya Power")
    _decide(at.manager, "Reject", REASON)
    at.teller.goto(sent_back)
    expect(at.teller.locator("main")).to_contain_text(REASON)
    at.teller.locator(".page-head__actions").get_by_role("link", name="Edit").first.click()
    form = _drawer(at.teller).locator("form")
    form.get_by_label("Amount", exact=True).fill("3,100.00")
    # The slip says something else now: it is signed anew.
    form.get_by_role("group", name="Signed by").get_by_role("checkbox").check()
    form.get_by_role("button", name="Save & Submit").click()
    expect(at.teller.locator(".page-head__title")).to_contain_text("Pending L1")
    at.teller.goto(at.account)
    assert "On hold 3,100.00 KES" in _words(at.teller)


@pytest.mark.checks("M03.03", "M03.05", "E00.02", "E00.04")
def test_from_the_counter_to_the_clients_statement(house: House, sign_in: SignIn):
    name = factories.unique("Zawadi")
    client_id = factories.a_client(house, first_name=name, surname="Mwangi")
    _actor, teller_email, _password = factories.a_user(house, "Teller")
    _actor, manager_email, _password = factories.a_user(house, "Branch Manager")
    _actor, client_email, _password = factories.a_user(house, kind="client", client_id=client_id)
    teller = sign_in(teller_email)
    _open_account(teller, name)
    at = Counter(teller, sign_in(manager_email), teller.url.partition("?")[0])
    for _number in range(2):
        _move(teller, "Deposit", "3,000.00", Description="Savings")
    _move(teller, "Withdraw", "300.00", Destination="Kenya Power")
    _waits_and_is_approved(at)
    _comes_back_and_goes_again(at)

    client = sign_in(client_email, viewport={"width": 390, "height": 844})
    assert "Available 2,100.00 KES" in _words(client)
    assert "On hold 3,100.00 KES" in _words(client)
    assert "Ledger balance 5,200.00 KES" in _words(client)
    client.get_by_role("link", name=re.compile("See movements")).click()
    assert "Withdrawal to Kenya Power TXN-" in _words(client)
    assert "−3,500.00 KES Balance 2,200.00" in _words(client)
    opening, moved, closing = _sums(_statement_of(client))
    assert (opening, len(moved), closing) == (0, 5, 5_200_00)
    assert opening + sum(moved) == closing
