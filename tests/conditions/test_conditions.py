"""Account conditions: drafted within their rules, linked, superseded, tried out in a preview."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import DeleteAccount
from app.conditions.commands import CreateAccountCondition, SupersedeAccountCondition
from app.conditions.linking import LinkConditionProducts
from app.conditions.models import AccountCondition, BaseRate, ConditionProduct
from app.conditions.queries import linked_ids
from app.controls.approvals import ApproveRecord, DenyRecord, SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.products.commands import CreateProduct
from tests import factories
from tests.interest import books
from tests.pages import form_of, send

LIST = "/admin/account-conditions"
RATES = "/admin/base-rates"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def versions(house, code: str) -> list[AccountCondition]:
    with database.reading() as session:
        query = select(AccountCondition).where(
            AccountCondition.organisation_id == house.organisation_id,
            AccountCondition.code == code,
        )
        return list(session.scalars(query.order_by(AccountCondition.effective_from)))


def typed(ledger: books.Ledger) -> dict[str, str]:
    return {
        "code": "sav-std-01",
        "name": "Standard savings",
        "currency": "KES",
        "effective_from": "2026-01-01",
        "lines-0-side": "C",
        "lines-0-minimum": "0",
        "lines-0-maximum": "1,000.00",
        "lines-0-rate": "2",
        "lines-1-side": "C",
        "lines-1-minimum": "1,000.00",
        "lines-1-rate": "3.65",
        "expense_product_id": str(ledger.expense),
        "liability_product_id": str(ledger.liability),
        "income_product_id": str(ledger.income),
        "receivable_product_id": str(ledger.receivable),
        "tax_product_id": str(ledger.tax),
    }


WRONG = (
    ({"code": "SAV STD"}, "Code must have capital letters, digits and dashes alone"),
    ({"accrual_frequency": "QUARTERLY"}, "Accrual cannot be less frequent than posting"),
    ({"posting_frequency": "QUARTERLY"}, "Capitalization cannot be more frequent than posting"),
    ({"lines-1-minimum": "0"}, "Duplicate minAmount values"),
    ({"lines-0-maximum": ""}, "Only the last tier can have unlimited max amount"),
    ({"debit_min": "5", "debit_max": "4"}, "Minimum cannot exceed maximum"),
    ({"tax_rate": "15"}, "Tax type is required when tax rate is set"),
    ({"tax_rate": "100.5", "tax_type": "WITHHOLDING"}, "Tax rate cannot exceed 100%"),
    ({"expense_product_id": ""}, "Expense account is required"),
)


@pytest.mark.checks(
    "E32.01", "E32.02", "E32.03", "E32.04", "E32.05", "E32.06", "E32.07", "E32.08", "E32.10",
    "E32.11", "E32.13", "E32.14", "E32.15", "E32.16", "E32.17", "E32.18", "E32.19", "E32.31",
)  # fmt: skip
def test_a_condition_is_drafted_within_its_rules(person, house):
    assert "Create Account Condition" in text(person, LIST)
    assert ">Account Conditions</a>" in text(person, "/admin/account-statuses")
    values = typed(books.a_ledger(house))
    for wrong, sentence in WRONG:
        answer = send(person, f"{LIST}/new", **(values | wrong), draft="1")
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True), wrong
    more = {
        "accrual_frequency": "MONTHLY", "posting_frequency": "QUARTERLY",
        "capitalisation_frequency": "ANNUALLY", "day_count": "30E/360", "de_minimis": "5",
        "balance_type": "LEDGER", "credit_method": "SLICED", "debit_max": "0",
    }  # fmt: skip
    assert send(person, f"{LIST}/new", **values | more, draft="1").status_code == 303
    (made,) = versions(house, "SAV-STD-01")
    assert (made.record_status, made.currency, made.de_minimis_minor) == ("CAPTURED", "KES", 5_00)
    assert made.tiers_of("C")[0].high_minor == made.tiers_of("C")[1].low_minor == 1_000_00
    again = send(person, f"{LIST}/new", **values, draft="1")
    assert again.status_code == 409
    assert "This combination already exists" in again.get_data(as_text=True)
    edit = f"{LIST}/{made.id}/edit"
    other_day = send(person, f"{LIST}/new", **values | {"effective_from": "2026-02-01"}, draft="1")
    assert other_day.status_code == 409
    assert "has this code: supersede it" in other_day.get_data(as_text=True)
    kept = form_of(person, edit)
    assert "code" not in kept
    assert "currency" not in kept
    assert kept["lines-1-rate"] == ["3.65"]
    # A bound of nothing is one; no bound is another thing.
    assert (kept["debit_max"], kept["credit_max"]) == (["0.00"], [""])
    equal = {"accrual_frequency": "MONTHLY", "posting_frequency": "MONTHLY"}
    sent = send(person, edit, **equal, code="OTHER", currency="USD")
    assert sent.status_code == 303
    (made,) = versions(house, "SAV-STD-01")
    assert (made.record_status, made.posting_frequency) == ("AUTHORIZED", "MONTHLY")


def test_a_version_that_begins_tomorrow_is_superseded_from_the_day_after(person, house):
    ledger = books.a_ledger(house)
    tomorrow = date(2026, 11, 21)
    books.a_condition(house, ledger, code="SAV-STD-01", effective_from=tomorrow)
    (first,) = versions(house, "SAV-STD-01")
    path = f"{LIST}/{first.id}/supersede"
    refused = send(person, path, effective_from="2026-11-21")
    assert refused.status_code == 422
    told = refused.get_data(as_text=True)
    assert "Date must be after 2026-11-21, on which the version before it begins" in told
    assert "at least tomorrow" not in told
    assert send(person, path, effective_from="2026-11-22").status_code == 303


@pytest.mark.checks("E32.20", "E32.21", "E32.22", "E32.23", "E32.24", "E32.25", "E32.26")
def test_an_approved_condition_is_superseded_with_its_products(person, house):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger, code="SAV-STD-01")
    path = f"{LIST}/{first}"
    assert send(person, f"{path}/products", product_ids=[str(house.product_id)]).status_code == 303
    other = books.a_condition(house, ledger, code="SAV-STD-02")
    taken = send(person, f"{LIST}/{other}/products", product_ids=[str(house.product_id)])
    assert taken.status_code == 422
    assert "follows SAV-STD-01 in KES already" in taken.get_data(as_text=True)
    page = text(person, path)
    assert "Supersede" in page
    assert f"{path}/edit" not in page
    values = form_of(person, f"{LIST}/new") | {"name": "Other", "effective_from": "2026-01-01"}
    assert person.post(f"{path}/edit", data=values).status_code == 409
    for day in ("2026-11-20", "2026-11-01"):
        refused = send(person, f"{path}/supersede", effective_from=day)
        assert refused.status_code == 422
        assert "Date must be at least tomorrow" in refused.get_data(as_text=True)
    sent = send(person, f"{path}/supersede", effective_from="2026-12-01", comments="Rates fall")
    assert sent.status_code == 303
    old, new = versions(house, "SAV-STD-01")
    assert (old.effective_to, new.effective_from) == (date(2026, 11, 30), date(2026, 12, 1))
    assert (new.record_status, new.comments, new.tiers) == ("CAPTURED", "Rates fall", old.tiers)
    with database.reading() as session:
        query = select(ConditionProduct.product_id).where(ConditionProduct.condition_id == new.id)
        assert session.scalars(query).all() == [house.product_id]
    assert "Supersede" not in text(person, path)
    assert person.get(f"{path}/supersede").status_code == 409
    assert send(person, f"{LIST}/{new.id}/delete").status_code == 303
    assert versions(house, "SAV-STD-01")[0].effective_to is None
    page = text(person, path)
    assert "Supersede" in page
    assert "2026-01-01 to open-ended" in page
    # One that is denied was never to be either.
    maker, *_ = factories.a_user(house, "Branch Manager")
    again = perform(SupersedeAccountCondition(first, date(2026, 12, 5)), maker)
    assert versions(house, "SAV-STD-01")[0].effective_to == date(2026, 12, 4)
    perform(SubmitRecord("account-condition", again), maker)
    seen = versions(house, "SAV-STD-01")[-1].version
    denial = DenyRecord("account-condition", again, seen, "The rates stay as they are")
    perform(denial, house.administrator)
    assert versions(house, "SAV-STD-01")[0].effective_to is None
    assert "Supersede" in text(person, path)


@pytest.mark.checks("E32.21", "E32.22", "E32.23")
def test_who_approves_a_version_late_reads_from_when_it_counts(person, house):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger, code="SAV-STD-01")
    books.follow_product(house, first)
    asset_id = factories.a_funded_asset(house, 10_000_00)
    maker, *_ = factories.a_user(house, "Branch Manager")
    new = perform(SupersedeAccountCondition(first, date(2026, 11, 21)), maker)
    perform(SubmitRecord("account-condition", new), maker)
    told, path = "Counts from, once approved", f"{LIST}/{new}"
    approval = f"/admin/approvals/account-condition/{new}/approve"
    books.close_until(house, date(2026, 11, 21))
    assert told not in text(person, path)
    books.close_until(house, date(2026, 11, 23))
    sentence = "2026-11-23 on: the days before are closed"
    for address in (path, approval):
        assert sentence in text(person, address).split(told, 1)[1][:400]
    seen = versions(house, "SAV-STD-01")[-1].version
    perform(ApproveRecord("account-condition", new, seen), house.administrator)
    assert told not in text(person, path)
    books.close_until(house, date(2026, 11, 25))
    borne = [(one.day.day, one.condition_id) for one in books.accruals(asset_id)]
    assert borne == [(20, first), (21, first), (22, first), (23, new), (24, new)]


@pytest.mark.checks("E32.08", "E32.22")
def test_a_code_has_one_line_of_versions_so_that_no_other_condition_displaces_it(app):
    assert app
    house = factories.a_house(currencies=("KES", "USD"))
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger, code="SAV-STD-01")
    books.follow_product(house, first)
    asset_id = factories.a_funded_asset(house, 10_000_00)
    for currency in ("KES", "USD"):
        with pytest.raises(Conflict, match="has this code: supersede it") as refused:
            books.a_condition(
                house, ledger, code="SAV-STD-01", currency=currency,
                effective_from=date(2026, 11, 21),
            )  # fmt: skip
        assert refused.value.field == "code"
    books.close_until(house, date(2026, 11, 23))
    assert [one.condition_id for one in books.accruals(asset_id)] == [first] * 3


def test_a_code_whose_condition_has_its_end_is_taken_up_after_it_in_the_same_currency(app):
    assert app
    house = factories.a_house(currencies=("KES", "USD"))
    ledger, end = books.a_ledger(house), date(2026, 11, 21)
    first = books.a_condition(house, ledger, code="SAV-STD-01", effective_to=end)
    books.follow_product(house, first)
    asset_id = factories.a_funded_asset(house, 10_000_00)
    with pytest.raises(Conflict, match="Only an authorized condition without Effective To"):
        perform(SupersedeAccountCondition(first, date(2026, 11, 23)), house.administrator)
    for currency, day in (("KES", 21), ("USD", 23)):
        with pytest.raises(Conflict, match="has this code until 2026-11-21: begin later, in KES"):
            books.a_condition(
                house, ledger, code="SAV-STD-01", currency=currency,
                effective_from=date(2026, 11, day),
            )  # fmt: skip
    again = books.a_condition(house, ledger, code="SAV-STD-01", effective_from=date(2026, 11, 23))
    books.follow_product(house, again)
    with pytest.raises(Conflict, match="has this code: supersede it"):
        books.a_condition(house, ledger, code="SAV-STD-01", effective_from=date(2026, 12, 1))
    books.close_until(house, date(2026, 11, 25))
    borne = [(one.day.day, one.condition_id) for one in books.accruals(asset_id)]
    assert borne == [(20, first), (21, first), (23, again), (24, again)]


def test_a_version_whose_later_one_was_given_up_goes_on_and_keeps_its_code(house):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger, code="SAV-STD-01")
    later = date(2026, 12, 1)
    new = perform(SupersedeAccountCondition(first, later), house.administrator)
    factories.change(house, AccountCondition, new, record_status="DENIED")
    with pytest.raises(Conflict, match="has this code: supersede it"):
        books.a_condition(house, ledger, code="SAV-STD-01", effective_from=later)
    perform(SupersedeAccountCondition(first, later), house.administrator)


@pytest.mark.checks("E32.08", "E32.22")
def test_of_two_drafts_with_one_code_neither_is_handed_in_beside_the_other(person, house):
    ledger = books.a_ledger(house)
    drafts = [
        perform(CreateAccountCondition(code, "KES", books.terms(ledger)), house.administrator)
        for code in ("SAV-STD-01", "SAV-STD-02")
    ]
    factories.change(house, AccountCondition, drafts[1], code="SAV-STD-01",
                     effective_from=date(2026, 2, 1))  # fmt: skip
    for draft_id in drafts:
        assert send(person, f"{LIST}/{draft_id}/edit").status_code == 409
        with pytest.raises(Conflict, match="has this code"):
            perform(SubmitRecord("account-condition", draft_id), house.administrator)
    assert send(person, f"{LIST}/{drafts[1]}/delete").status_code == 303
    perform(SubmitRecord("account-condition", drafts[0]), house.administrator)


@pytest.mark.checks("E32.09", "E32.24")
def test_products_that_are_linked_after_superseding_follow_the_later_version_too(house):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger)
    second = perform(SupersedeAccountCondition(first, date(2026, 11, 22)), house.administrator)
    books.follow_product(house, first)
    asset_id = factories.a_funded_asset(house, 10_000_00)
    perform(SubmitRecord("account-condition", second), house.administrator)
    books.close_until(house, date(2026, 11, 24))
    borne = [one.condition_id for one in books.accruals(asset_id)]
    assert borne == [first, first, second, second]


@pytest.mark.checks("E32.09", "E32.24")
def test_a_product_that_is_unlinked_leaves_the_later_version_too_and_no_other_does(house):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger)
    made = (CreateProduct("liability", name, is_contract=True, submit=True) for name in "AB")
    kept, left = (perform(one, house.administrator) for one in made)
    perform(LinkConditionProducts(first, (kept, left)), house.administrator)
    second = perform(SupersedeAccountCondition(first, date(2026, 11, 22)), house.administrator)
    perform(SubmitRecord("account-condition", second), house.administrator)
    perform(LinkConditionProducts(second, (kept, left, house.product_id)), house.administrator)
    perform(LinkConditionProducts(first, (kept,)), house.administrator)
    with database.reading() as session:
        found = {
            key: linked_ids(session, session.get_one(AccountCondition, key))
            for key in (first, second)
        }
    assert found == {first: [kept], second: sorted([kept, house.product_id])}


@pytest.mark.checks("E32.27", "E32.28", "E32.29", "E32.30")
def test_a_preview_tells_interest_rate_tiers_tax_and_what_is_waived(person, house):
    tiers = (
        books.tier("C", 0, 1_000_00, "2"), books.tier("C", 1_000_00, None, "4"),
        books.tier("D", 0, None, "18"),
    )  # fmt: skip
    condition = books.a_condition(
        house, books.a_ledger(house), *tiers, credit_method="SLICED", de_minimis_minor=1_00,
        tax_type="WITHHOLDING", tax_percent=factories.Decimal(15),
    )  # fmt: skip
    path = f"{LIST}/{condition}/preview"
    assert "Interest Preview" in text(person, f"{LIST}/{condition}")
    page = text(person, f"{path}?balance=3,000&days=365&with_tax=y")
    for shown in ("100.00", "3.333333 % a year", "ACT/365F", "15.00", "85.00", "20.00", "80.00"):
        assert shown in page, shown
    assert "Waived" not in page
    assert "Tax amount" not in text(person, f"{path}?balance=3000&days=365")
    assert "Waived" in text(person, f"{path}?balance=100&days=3")
    assert "14.79" in text(person, f"{path}?balance=-1,000&days=30")
    assert person.get(f"{path}?balance=x&days=3").status_code == 422
    assert person.get(f"{path}?balance=1&days=0").status_code == 422


@pytest.mark.checks("E42.37")
def test_a_base_rate_has_a_dated_history_and_carries_margins(person, house):
    assert ">Base Rates</a>" in text(person, "/admin/loan-purposes")
    values = {"code": "CBR", "name": "Central bank rate", "rate": "9.5",
              "effective_from": "2026-01-01"}  # fmt: skip
    assert send(person, f"{RATES}/new", **values).status_code == 303
    again = send(person, f"{RATES}/new", **values)
    assert "This combination already exists" in again.get_data(as_text=True)
    with database.reading() as session:
        mine = BaseRate.organisation_id == house.organisation_id
        rate_id = session.scalars(select(BaseRate.id).where(mine)).one()
    assert f"{RATES}/{rate_id}/edit" not in text(person, f"{RATES}/{rate_id}")
    fresh = form_of(person, f"{RATES}/new?code=CBR")
    assert fresh["name"] == ["Central bank rate"]
    send(person, f"{RATES}/new?code=CBR", rate="10", effective_from="2026-11-22")
    page = text(person, f"{RATES}/{rate_id}")
    assert "2026-11-22" in page
    assert "10 % · Authorized" in page
    condition = books.a_condition(
        house, books.a_ledger(house), books.tier("C", 0, None, "0.5"), base_rate_id=rate_id
    )
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 3_650_00)
    books.close(house, date(2026, 11, 23))
    borne = [one.whole_minor for one in books.accruals(asset_id)]
    assert borne == [365_00, 365_00, 383_25]


@pytest.mark.checks("E33.09")
def test_an_account_may_follow_a_condition_of_its_own(person, house):
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger, code="OF-PRODUCT"))
    own = books.a_condition(house, ledger, books.tier("C", 0, None, "24"), code="OF-ITS-OWN")
    client_id = factories.a_client(house)
    values = {"product_id": str(house.product_id), "client_id": str(client_id), "currency": "KES"}
    for chosen in ("", str(own)):
        sent = send(person, "/admin/accounts/new", **values, interest_condition_id=chosen)
        assert sent.status_code == 303
    inherited, itself = (int(path.rsplit("/", 1)[1]) for path in _accounts(house))
    assert "OF-PRODUCT Standard savings · of its product" in text(person, _page(inherited))
    assert "OF-ITS-OWN Standard savings · its own" in text(person, _page(itself))
    perform(DeleteAccount(itself), house.administrator)
    assert len(_accounts(house)) == 1
    foreign = send(person, "/admin/accounts/new", **values, interest_condition_id="987654321")
    assert foreign.status_code == 404


def _page(account_id: int) -> str:
    return f"/admin/accounts/{account_id}"


def _accounts(house) -> list[str]:
    with database.reading() as session:
        query = select(Account.id).where(
            Account.organisation_id == house.organisation_id, Account.holder == "client"
        )
        return [_page(one) for one in session.scalars(query.order_by(Account.id))]
