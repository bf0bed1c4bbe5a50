"""Mandates: the holder's own comes by itself, others are added; the counter asks who signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import DeleteAccount, OpenAccount
from app.accounts.terms import SIGNING_RULES
from app.accounts.terms import Terms as AccountTerms
from app.clients.commands import Company, CreateClient, Document
from app.clients.company.details import Member
from app.clients.models import Client
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import perform
from app.counter.commands import MoveAtCounter
from app.db.session import database
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.models import Invoice
from app.invoices.paying import PayOwnInvoice
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.mandates.commands import AddMandate, EditMandate, RevokeMandate, Terms
from app.mandates.models import Mandate, Signature
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Deposit, Transfer, Withdraw
from tests import factories
from tests.ledger import books
from tests.pages import form_of, send

ACCOUNTS = "/admin/accounts"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email, password)
    return client


def mandates(account_id: int) -> list[Mandate]:
    with database.reading() as session:
        query = select(Mandate).where(Mandate.account_id == account_id).order_by(Mandate.id)
        return list(session.scalars(query))


def a_company(house: factories.House) -> int:
    members = (
        Member("director", "Halima Said"),
        Member("shareholder", "Omar Said", share_percent=Decimal(100)),
        Member("contact", "Joyce Muthoni", phone="+254700111222"),
    )
    company = Company("Tana Traders", date(2015, 3, 2), members)
    document = Document(house.identity_type_id, "12345678")
    command = CreateClient(company, (document,), house.project_id, submit=True)
    return perform(command, house.administrator)


def a_joint_account(house: factories.House, rule: str, *names: str) -> tuple[int, list[int]]:
    """Open a company's account with 1,000.00 on it and these people to sign."""
    opening = OpenAccount(
        house.product_id, "KES", client_id=a_company(house), terms=AccountTerms(signing_rule=rule)
    )
    account_id = perform(opening, house.administrator)
    perform(Deposit(factories.first_asset(account_id), 1_000_00), house.administrator)
    return account_id, [a_mandate(house, account_id, name) for name in names]


def a_mandate(house: factories.House, account_id: int, name: str, **terms: object) -> int:
    command = AddMandate(
        account_id, name, "AUTHORIZED_SIGNATORY", factories.BUSINESS_DATE, Terms(**terms)
    )
    return perform(command, house.administrator)


@pytest.mark.checks("E33.20", "E33.21", "E33.22", "E33.23", "E33.24", "E34.03", "E34.04", "E34.08")
def test_the_holder_signs_from_the_approval_on_and_nobody_for_a_company(house, manager):
    client_id = factories.a_client(
        house, first_name="Amina", surname="Juma", email="amina@mail.example", phone="0712000111"
    )
    teller, _, _ = factories.a_user(house, "Teller")
    approver, _, _ = factories.a_user(house, "Approver L1")
    account_id = perform(OpenAccount(house.product_id, "KES", client_id=client_id), teller)
    assert mandates(account_id) == []
    perform(ApproveRecord("account", account_id, 1), approver)
    (holder,) = mandates(account_id)
    with database.reading() as session:
        client = session.get_one(Client, client_id)
    assert (holder.kind, holder.name, holder.signatory_client_id) == (
        "PRIMARY_HOLDER", client.name, client_id,
    )  # fmt: skip
    assert (holder.email, holder.phone) == ("amina@mail.example", "+254712000111")
    assert (holder.effective_from, holder.effective_to) == (factories.BUSINESS_DATE, None)
    page = manager.get(f"{ACCOUNTS}/{account_id}").get_data(as_text=True)
    assert f"{ACCOUNTS}/{account_id}/mandates" in page
    assert "Any one (ANY_ONE)" in page
    tab = manager.get(f"{ACCOUNTS}/{account_id}/mandates").get_data(as_text=True)
    for shown in ("Amina Juma", "Primary holder", "Active", "Indefinitely", "+254 712 000111",
                  "National ID", holder.identity_reference):  # fmt: skip
        assert shown in tab
    company = perform(
        OpenAccount(house.product_id, "KES", client_id=a_company(house)), house.administrator
    )
    assert mandates(company) == []
    tab = manager.get(f"{ACCOUNTS}/{company}/mandates").get_data(as_text=True)
    assert "Nobody may sign for this account yet" in tab


@pytest.mark.checks("E34.01", "E34.02", "E34.03", "E34.05", "E34.06", "E34.07")
def test_a_mandate_is_added_changed_and_revoked_by_those_who_may(house, manager):
    client_id, other_id = factories.a_client(house), factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    tab = f"{ACCOUNTS}/{account_id}/mandates"
    assert "Add Mandate" in manager.get(tab).get_data(as_text=True)
    with database.reading() as session:
        number = session.get_one(Client, other_id).number
    good = {"name": "Baraka Otieno", "kind": "JOINT_HOLDER", "limit": "1,500.00",
            "email": "baraka@mail.example", "identity_type": "Passport",
            "identity_reference": "A1234567"}  # fmt: skip
    for wrong, sentence in (
        ({"effective_to": str(factories.BUSINESS_DATE)},
         "effectiveTo must be after effectiveFrom"),
        ({"signatory_number": "CUS-99999999"}, "Signatory customer not found"),
        ({"name": ""}, "Signatory Name is required"),
        ({"limit": "0"}, "Transaction Limit must be greater than 0"),
        ({"limit": "1.005"}, "Transaction Limit can have at most 2 decimals"),
    ):  # fmt: skip
        answer = send(manager, f"{tab}/new", **(good | wrong))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    wrong = {"name": "", "limit": "a lot", "signatory_number": "CUS-99999999", "phone": "call me",
             "effective_to": str(factories.BUSINESS_DATE)}  # fmt: skip
    page = send(manager, f"{tab}/new", **(good | wrong)).get_data(as_text=True)
    for sentence in (
        "Signatory Name is required", "Transaction Limit must be a number",
        "Signatory customer not found", "Please enter a valid phone number",
        "effectiveTo must be after effectiveFrom",
    ):  # fmt: skip
        assert sentence in page, "all of it is told at one press"
    assert send(manager, f"{tab}/new", **good, signatory_number=number).status_code == 303
    added = mandates(account_id)[-1]
    assert (added.limit_minor, added.signatory_client_id) == (150_000, other_id)
    page = manager.get(tab).get_data(as_text=True)
    for shown in ("Baraka Otieno", "Joint holder", "1,500.00 KES", "Passport A1234567", number):
        assert shown in page
    path = f"/admin/mandates/{added.id}"
    assert send(manager, f"{path}/edit", limit="", effective_to="2027-01-31").status_code == 303
    assert mandates(account_id)[-1].limit_minor is None
    assert send(manager, f"{path}/edit", version="1").status_code == 409
    assert send(manager, f"{path}/revoke", reason="no").status_code == 422
    assert send(manager, f"{path}/revoke", reason="Left the family").status_code == 303
    page = manager.get(tab).get_data(as_text=True)
    assert "Revoked" in page
    assert "Left the family" in page
    assert manager.get(f"{path}/edit").status_code == 200
    assert send(manager, f"{path}/edit", limit="1").status_code == 409
    draft = perform(
        OpenAccount(house.product_id, "KES", client_id=client_id, submit=False),
        house.administrator,
    )
    assert "Add Mandate" not in manager.get(f"{ACCOUNTS}/{draft}/mandates").get_data(as_text=True)
    refused = send(manager, f"{ACCOUNTS}/{draft}/mandates/new", **good)
    assert refused.status_code == 409
    assert "Can only add mandates to AUTHORIZED accounts" in refused.get_data(as_text=True)
    teller, _, _ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(RevokeMandate(mandates(account_id)[0].id, 1, "Because I can"), teller)


@pytest.mark.checks("E34.10", "E34.11")
def test_a_customer_holds_one_mandate_at_a_time_and_is_one_of_those_who_sign(house, manager):
    client_id = factories.a_client(house)
    terms = AccountTerms(signing_rule="two")
    opening = OpenAccount(house.product_id, "KES", client_id=client_id, terms=terms)
    account_id = perform(opening, house.administrator)
    with database.reading() as session:
        number = session.get_one(Client, client_id).number
    new = f"{ACCOUNTS}/{account_id}/mandates/new"
    typed = {"name": "Her other hand", "kind": "DIRECTOR", "signatory_number": number}
    answer = send(manager, new, **typed)
    assert answer.status_code == 409
    told = "This customer holds a mandate for some of these days already"
    assert told in answer.get_data(as_text=True)
    (held,) = mandates(account_id)
    last, next_day = date(2026, 12, 31), date(2027, 1, 1)
    perform(EditMandate(held.id, held.version, Terms(effective_to=last)), house.administrator)
    for first, status in ((last, 409), (next_day, 303)):
        assert send(manager, new, **typed, effective_from=str(first)).status_code == status
    held = mandates(account_id)[0]
    with pytest.raises(Conflict, match=told):
        perform(EditMandate(held.id, held.version, Terms()), house.administrator)


def test_a_mandate_begins_and_ends_on_its_days(house):
    day = factories.BUSINESS_DATE
    states = [
        Mandate(effective_from=start, effective_to=end).state_on(day)
        for start, end in (
            (day, None), (date(2026, 11, 21), None), (date(2026, 1, 1), date(2026, 11, 19)),
            (date(2026, 1, 1), day),
        )
    ]  # fmt: skip
    assert states == ["Active", "Upcoming", "Ended", "Active"]


@pytest.mark.checks("E34.09")
def test_the_one_holder_is_ticked_already_and_the_drawer_stays_quick(house, manager):
    asset_id = factories.a_funded_asset(house, 900_00)
    path = f"/admin/assets/{asset_id}/withdraw"
    form = form_of(manager, path)
    assert len(form["signed_by"]) == 1
    assert "Any one (ANY_ONE)" in manager.get(path).get_data(as_text=True)
    assert send(manager, path, amount="10").status_code == 303
    refused = send(manager, path, amount="10", signed_by=None)
    assert refused.status_code == 422
    assert "One mandate holder must sign: 0 of 1 signed" in refused.get_data(as_text=True)
    with database.reading() as session:
        query = select(Transaction.id).where(Transaction.asset_id == asset_id)
        latest = session.scalars(query.order_by(Transaction.id.desc())).first()
    page = manager.get(f"/admin/transactions/{latest}").get_data(as_text=True)
    assert "Signed by" in page
    assert "Primary holder" in page


@pytest.mark.checks("E34.10", "E34.11", "E34.12")
@pytest.mark.parametrize(
    ("rule", "enough", "sentence"),
    [
        ("all", 3, "All 3 mandate holders must sign: 2 of 3 signed"),
        ("two", 2, "Two mandate holders must sign: 1 of 2 signed"),
        ("majority", 2, "More than half of the 3 mandate holders must sign: 1 of 2 signed"),
    ],
)
def test_money_leaves_when_enough_have_signed(house, manager, rule, enough, *, sentence):
    account_id, ids = a_joint_account(house, rule, "Halima", "Omar", "Zainab")
    path = f"{ACCOUNTS}/{account_id}/withdraw"
    assert "signed_by" not in form_of(manager, path)
    few = send(manager, path, amount="100", signed_by=[str(one) for one in ids[: enough - 1]])
    assert few.status_code == 422
    page = few.get_data(as_text=True)
    assert sentence in page
    assert page.count(" checked") == enough - 1
    done = send(manager, path, amount="100", signed_by=[str(one) for one in ids[:enough]])
    assert done.status_code == 303
    asset_id = factories.first_asset(account_id)
    theirs = factories.first_asset(factories.an_account(house, factories.a_client(house)))
    transfer = Transfer(asset_id, theirs, 50_00)
    with pytest.raises(Refusal, match="must sign"):
        perform(MoveAtCounter(transfer, tuple(ids[: enough - 1])), house.administrator)
    assert perform(MoveAtCounter(transfer, tuple(ids[:enough])), house.administrator)
    perform(RevokeMandate(ids[0], 1, "Left the company"), house.administrator)
    with pytest.raises(Refusal, match="from the list"):
        perform(MoveAtCounter(transfer, tuple(ids[:enough])), house.administrator)


@pytest.mark.checks("E34.10", "E34.11")
@pytest.mark.parametrize(("rule", "whom"), [("all", "all holders"), ("two", "two holders")])
def test_an_invoice_is_paid_when_enough_have_signed(house, manager, rule, whom):
    account_id, ids = a_joint_account(house, rule, "Halima", "Omar")
    asset_id = factories.first_asset(account_id)
    client_id = books.row(Asset, asset_id).client_id or 0
    invoice_id = perform(IssueInvoice(client_id, "KES", InvoiceTerms(100_00)), house.administrator)
    path = f"/admin/invoices/{invoice_id}/pay"
    assert SIGNING_RULES[rule] in manager.get(path).get_data(as_text=True)
    paid = {"asset_id": str(asset_id), "amount": "40"}
    few = send(manager, path, **paid, signed_by=[str(ids[0])])
    assert few.status_code == 422
    assert "mandate holders must sign: 1 of 2 signed" in few.get_data(as_text=True)
    done = send(manager, path, **paid, signed_by=[str(one) for one in ids])
    assert done.status_code == 303
    assert books.row(Invoice, invoice_id).paid_minor == 40_00
    who, *_ = factories.a_user(house, kind="client", client_id=client_id)
    with pytest.raises(Refusal, match=f"needs {whom} to sign: pay at the counter"):
        perform(PayOwnInvoice(invoice_id, asset_id, 60_00), who)


def test_a_client_signs_for_an_invoice_by_paying_it_up_to_their_own_limit(house, manager):
    asset_id = factories.a_funded_asset(house, 900_00)
    one = books.row(Asset, asset_id)
    client_id = one.client_id or 0
    who, *_ = factories.a_user(house, kind="client", client_id=client_id)
    invoice_id = perform(IssueInvoice(client_id, "KES", InvoiceTerms(100_00)), house.administrator)
    paid = perform(PayOwnInvoice(invoice_id, asset_id, 10_00), who)
    page = manager.get(f"/admin/transactions/{paid}").get_data(as_text=True)
    assert "Signed by" in page
    second = factories.first_asset(factories.an_account(house, client_id))
    form = form_of(manager, f"/admin/invoices/{invoice_id}/pay")
    assert len(form["signed_by"]) == 2, "the holder of either account is ticked already"
    assert books.row(Account, one.account_id).number in manager.get(
        f"/admin/invoices/{invoice_id}/pay"
    ).get_data(as_text=True)
    sent = send(manager, f"/admin/invoices/{invoice_id}/pay", asset_id=str(asset_id), amount="10")
    assert (sent.status_code, books.row(Asset, second).balance_minor) == (303, 0)
    (holder,) = mandates(one.account_id)
    perform(EditMandate(holder.id, 1, Terms(limit_minor=5_00)), house.administrator)
    with pytest.raises(Refusal, match=r"may sign for at most 5\.00 KES"):
        perform(PayOwnInvoice(invoice_id, asset_id, 10_00), who)
    perform(RevokeMandate(holder.id, 2, "Guardianship"), house.administrator)
    with pytest.raises(Refusal, match="You do not sign for this account any more"):
        perform(PayOwnInvoice(invoice_id, asset_id, 1_00), who)


def test_a_limit_is_that_of_one_transaction_also_in_another_currency(house):
    account_id, _ = a_joint_account(house, "any")
    boss = house.administrator
    small = a_mandate(house, account_id, "Small", limit_minor=130_00)
    asset_id = factories.first_asset(account_id)
    with pytest.raises(Refusal, match=r"Small may sign for at most 130\.00 KES"):
        perform(MoveAtCounter(Withdraw(asset_id, 130_01), (small,)), boss)
    perform(MoveAtCounter(Withdraw(asset_id, 130_00), (small,)), boss)
    dollars = factories.an_asset(house, account_id, "USD")
    perform(Deposit(dollars, 10_00), boss)
    with pytest.raises(Refusal, match="Small may sign"):
        perform(MoveAtCounter(Withdraw(dollars, 1_01), (small,)), boss)
    perform(MoveAtCounter(Withdraw(dollars, 1_00), (small,)), boss)
    with database.reading() as session:
        version = session.get_one(Mandate, small).version
    perform(EditMandate(small, version, Terms(limit_minor=500_00)), boss)
    perform(MoveAtCounter(Withdraw(asset_id, 200_00), (small,)), boss)


def test_a_corrected_amount_is_one_that_was_signed_for(app):
    house = factories.a_house(currencies=("KES",))
    account_id, _ = a_joint_account(house, "any")
    small = a_mandate(house, account_id, "Small", limit_minor=100_00)
    factories.an_approval_rule(house)
    teller, _, _ = factories.a_user(house, "Teller")
    approver, _, _ = factories.a_user(house, "Approver L1")
    command = MoveAtCounter(Withdraw(factories.first_asset(account_id), 90_00), (small,))
    transaction_id = perform(command, teller)
    perform(RejectRecord("transaction", transaction_id, version(transaction_id), "Unclear slip"),
            approver)  # fmt: skip
    more = EditTransaction(
        transaction_id, version(transaction_id), 100_01, submit=True, signed_by=(small,)
    )
    with pytest.raises(Refusal, match="Small may sign for at most"):
        perform(more, teller)
    perform(replace(more, amount_minor=100_00), teller)
    with database.reading() as session:
        assert session.get_one(Transaction, transaction_id).amount_minor == 100_00


def version(transaction_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Transaction, transaction_id).version


def test_one_double_click_is_signed_and_posted_once(house):
    account_id, (first,) = a_joint_account(house, "any", "Halima")
    command = MoveAtCounter(Withdraw(factories.first_asset(account_id), 10_00), (first,))
    one = perform(command, house.administrator, key="the same form")
    assert perform(command, house.administrator, key="the same form") == one


@pytest.mark.checks("W07.42")
def test_an_account_goes_with_its_mandates_unless_something_else_needs_it(house):
    account_id = factories.an_account(house, factories.a_client(house))
    assert len(mandates(account_id)) == 1
    perform(DeleteAccount(account_id), house.administrator)
    assert mandates(account_id) == []
    with database.reading() as session:
        assert session.get(Account, account_id) is None
    from app.agents.commands import CreateAgent, LinkAgentAccount, WorkingConfig

    person, _, _ = factories.a_user(house, first_name="Ageni")
    agent_id = perform(
        CreateAgent(person.user_id, house.branch_id, WorkingConfig(), submit=True),
        house.administrator,
    )
    linked = perform(OpenAccount(house.product_id, "KES", is_agent=True), house.administrator)
    perform(LinkAgentAccount(agent_id, linked), house.administrator)
    with pytest.raises(Conflict, match="Account cannot be deleted: it has an agent"):
        perform(DeleteAccount(linked), house.administrator)


def test_a_corrected_slip_is_signed_anew_as_the_first_was(app):
    house = factories.a_house(currencies=("KES",))
    account_id, (first, second, third) = a_joint_account(house, "two", "Halima", "Omar", "Zuri")
    factories.an_approval_rule(house)
    teller, email, _ = factories.a_user(house, "Teller")
    approver, _, _ = factories.a_user(house, "Approver L1")
    command = MoveAtCounter(Withdraw(factories.first_asset(account_id), 90_00), (first, second))
    transaction_id = perform(command, teller)
    perform(RejectRecord("transaction", transaction_id, version(transaction_id), "Not Omar's hand"),
            approver)  # fmt: skip
    here = app.test_client()
    factories.signed_in(here, email)
    path = f"/admin/transactions/{transaction_id}/amend"
    page = here.get(path).get_data(as_text=True)
    assert "Sent back: Not Omar&#39;s hand" in page
    assert SIGNING_RULES["two"] in page
    assert "The former slip was signed by Halima, Omar." in page
    assert "signed_by" not in form_of(here, path), "each signs the corrected slip by hand"
    few = send(here, path, amount="95", signed_by=[str(first)])
    assert few.status_code == 422
    assert "Two mandate holders must sign: 1 of 2 signed" in few.get_data(as_text=True)
    assert signed(transaction_id) == {"Halima", "Omar"}
    done = send(here, path, amount="95", signed_by=[str(first), str(third)])
    assert done.status_code == 303
    assert signed(transaction_id) == {"Halima", "Zuri"}
    with database.reading() as session:
        assert session.get_one(Transaction, transaction_id).amount_minor == 95_00


def signed(transaction_id: int) -> set[str]:
    with database.reading() as session:
        query = select(Signature.name).where(Signature.transaction_id == transaction_id)
        return set(session.scalars(query))
