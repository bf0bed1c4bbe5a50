"""What the slices configure travels in the file, and comes in by their own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access.roles import CreateRole
from app.charges.models import Charge
from app.conditions.base_rates import CreateBaseRate
from app.conditions.commands import SupersedeAccountCondition
from app.conditions.models import AccountCondition, ConditionProduct
from app.controls.approvals import ApproveRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.review import ReviewStep
from app.controls.secrecy import cipher
from app.controls.tenant import Organisation
from app.db.session import database
from app.fees.models import CommissionType, CompanyFee
from app.integrations.models import HookConfig, ThirdPartySystem
from app.integrations.systems import CreateSystem
from app.ledger.accounts import Product, ProductBalance
from app.payment_methods.models import PaymentMethod
from app.projects.numbering import ProjectNumbering
from app.reference.fee_groups import FeeGroup
from tests import factories
from tests.configuration.files import apply, exported, preview_of, read_errors, upload
from tests.configuration.furnished import SECRET, furnish
from tests.factories import BUSINESS_DATE, House
from tests.fees.books import a_commission, a_fee, a_group, flat


@pytest.fixture(scope="module")
def text(app) -> str:
    """The file of an organisation that has everything."""
    house = factories.a_house(currencies=("KES", "USD"))
    furnish(house)
    return exported(signed_in(app, house))


@pytest.fixture
def house(app) -> House:
    """An organisation with nothing of its own."""
    return factories.a_house(currencies=())


@pytest.fixture
def person(app, house) -> FlaskClient:
    return signed_in(app, house)


def signed_in(app, house: House, email: str = "") -> FlaskClient:
    person = app.test_client()
    factories.signed_in(person, email or house.administrator_email)
    return person


def only(house: House, model: type, *clauses: Any) -> Any:
    """Return the one record of a model that an organisation has."""
    with database.reading() as session:
        query = select(model).where(model.organisation_id == house.organisation_id, *clauses)
        return session.scalars(query).one()


def count(house: House, model: type) -> int:
    with database.reading() as session:
        query = select(func.count()).where(model.organisation_id == house.organisation_id)
        return session.scalar(query)


def with_rows(text: str, **rows: Any) -> str:
    """Return the file with other rows in some tables."""
    document = json.loads(text)
    document["tables"] |= rows
    return json.dumps(document)


def alone(text: str, **rows: Any) -> str:
    """Return a file with these rows alone."""
    return json.dumps(json.loads(text) | {"tables": rows})


def test_what_comes_in_works_and_a_second_time_there_is_nothing_to_do(house, person, text):
    assert apply(person, text).status_code == 303
    commission = only(house, CommissionType)
    income = only(house, Product, Product.id == commission.income_product_id)
    assert (income.kind, income.record_status) == ("income", "AUTHORIZED")
    assert [band["charge_minor"] for band in commission.bands] == [25_00, 50_00]
    condition = only(house, AccountCondition)
    assert only(house, ConditionProduct).condition_id == condition.id
    assert only(house, Charge).product_id == only(house, ConditionProduct).product_id
    assert only(house, FeeGroup).is_default
    with database.reading() as session:
        balances = select(func.count()).where(ProductBalance.product_id == income.id)
        assert session.scalar(balances) > 0
    numbering = only(house, ProjectNumbering)
    assert (numbering.prefix, numbering.next_number) == ("SALE-", 1)
    assert "There is nothing to do" in preview_of(person, text)


def test_a_file_holds_no_secret_and_what_needs_one_waits_for_it(house, person, text):
    assert SECRET not in text
    page = preview_of(person, text)
    assert "without credentials: a file never holds any" in page
    assert apply(person, text).status_code == 303
    method, hook = only(house, PaymentMethod), only(house, HookConfig)
    assert (method.is_active, method.credentials) == (False, "")
    assert only(house, ThirdPartySystem).credentials_token == ""
    assert hook.paused_at is not None
    assert "then resume" in hook.paused_reason
    assert cipher.decrypt(hook.secret_token)
    assert "secret" not in text


def test_credentials_stay_when_a_file_changes_what_has_them(app, text):
    house = factories.a_house(currencies=("KES",))
    furnish(house)
    person = signed_in(app, house)
    before = only(house, PaymentMethod)
    document = json.loads(exported(person))
    document["tables"]["payment_methods"][0]["merchant_id"] = "M-77"
    document["tables"]["banks"][0]["licence"] = "L-77"
    assert apply(person, json.dumps(document)).status_code == 303
    after = only(house, PaymentMethod)
    assert (after.merchant_id, after.credentials) == ("M-77", before.credentials)
    assert SECRET in after.credentials


@pytest.mark.parametrize(
    ("url", "kept"), [("https://one.example/v2", SECRET), ("https://two.example", "")]
)
def test_a_file_sends_no_credentials_to_another_server(app, url, kept):
    house = factories.a_house(currencies=("KES",))
    drafted = CreateSystem("Custody", "custody", "https://one.example", credentials=SECRET)
    perform(drafted, house.administrator)
    person = signed_in(app, house)
    document = json.loads(exported(person))
    document["tables"]["third_party_systems"] = [
        {"name": "Custody", "kind": "custody", "base_url": url, "project": None,
         "description": "", "checks_path": None}
    ]  # fmt: skip
    assert apply(person, json.dumps(document)).status_code == 303
    system = only(house, ThirdPartySystem)
    token = system.credentials_token
    assert (system.base_url, token and cipher.decrypt(token)) == (url, kept)


def test_prices_change_with_a_file(app, house, person):
    group = a_group(house, "Retail")
    a_fee(house, group, "10", basis="percent")
    document = json.loads(exported(person))
    (fee,) = document["tables"]["company_fees"]
    assert (fee["group"], fee["sub_type"]) == ("Main / Retail", "Main / withdrawal")
    fee["amount"] = "12.50"
    assert apply(person, json.dumps(document)).status_code == 303
    assert str(only(house, CompanyFee).amount) == "12.5"
    document["tables"]["fee_groups"][0]["is_default"] = True
    document["tables"]["fee_groups"].append({"project": "Main", "name": "Gold"})
    assert apply(person, json.dumps(document)).status_code == 303
    assert only(house, FeeGroup, FeeGroup.is_default).name == "Retail"


def test_bands_of_a_draft_change_with_a_file(app, house, person):
    a_commission(house, flat(0, None, 25_00), code="DRAFT", submit=False)
    perform_all = json.loads(exported(person))["tables"]
    assert perform_all["commission_types"] == []
    draft = only(house, CommissionType)
    income = only(house, Product, Product.id == draft.income_product_id)
    row = {
        "code": "DRAFT", "name": "Counter", "currency": "KES", "income_product": income.name,
        "transaction_code": perform_all["transaction_codes"][0]["code"], "basis": "PERCENTAGE",
        "bands": [{"min_minor": 0, "max_minor": None, "currency": "KES", "percent": "1.5"}],
    }  # fmt: skip
    answer = apply(person, alone(exported(person), commission_types=[row]))
    assert answer.status_code == 303, read_errors(answer)
    after = only(house, CommissionType)
    assert (after.record_status, after.basis, after.bands[0]["percent"]) == (
        "CAPTURED", "PERCENTAGE", "1.5",
    )  # fmt: skip


def errors_of(text: str) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Yield a table, what is wrong in its first row, the path, and a part of the sentence."""
    tables = json.loads(text)["tables"]
    yield from errors_of_prices(tables)
    yield from errors_of_interest(tables)
    yield from errors_of_the_rest()


def errors_of_prices(tables: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    bands = tables["commission_types"][0]["bands"]
    gap = [bands[0], bands[1] | {"min_minor": 2_000_00}]
    yield "products", {"kind": "odd"}, "[0].kind", "must be one of asset"
    yield "products", {"branches": ["Nowhere"]}, "[0].branches", "no row of branches: Nowhere"
    yield "products", {"branches": "Mombasa"}, "[0].branches", "must be a list"
    yield "products", {"name": "New", "currency": "XXX"}, "[0].currency", "Choose a currency"
    yield "commission_types", {"bands": gap}, "[0].bands[1]", "continuous with no gaps"
    yield "commission_types", {"bands": [bands[0] | {"x": 1}]}, "[0].bands", "has no part x"
    yield "commission_types", {"bands": [{}]}, "[0].bands", "row 1 that lacks the part min_minor"
    yield (
        "commission_types",
        {"bands": [bands[0] | {"min_minor": None}]},
        "[0].bands",
        "has a part min_minor that must be a whole number",
    )
    yield "commission_types", {"bands": []}, "[0]", "Add at least one band"
    yield "commission_types", {"kinds": ["gift"]}, "[0].kinds", "types of transaction from the list"
    yield "fee_groups", {"project": "None"}, "[0].project", "no row of projects: None"
    yield "fee_groups", {"name": ""}, "[0].name", "must not be empty"
    yield "company_fees", {"group": "Main / None"}, "[0].group", "no row of fee_groups"
    yield "company_fees", {"amount": "101"}, "[0].amount", "A percentage can be at most 100"
    yield "company_fees", {"basis": "static", "currency": ""}, "[0].currency", "must be given"
    yield "company_fees", {"amount": "1.00001"}, "[0].amount", "at most 4 decimals"
    yield "company_fees", {"minimum": "9" * 25}, "[0].minimum", "is too large"
    yield "company_fees", {"tax_percent": "100.1"}, "[0].tax_percent", "can be at most 100"
    yield "company_fees", {"minimum": "5", "maximum": "5"}, "[0].maximum", "greater than Min"
    yield "company_fees", {"currency": "XXX"}, "[0].currency", "Choose a currency of the group"


def errors_of_interest(tables: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    tiers = tables["account_conditions"][0]["tiers"]
    yield "base_rates", {"rate_percent": "1001"}, "[0].rate_percent", "at most 1000"
    yield "base_rates", {"rate_percent": "-1"}, "[0].rate_percent", "must not be negative"
    steep = [tiers[0] | {"rate_percent": "1001"}]
    yield "account_conditions", {"tiers": steep}, "[0].tiers", "row 1 whose rate_percent can be at"
    yield "account_conditions", {"tiers": [tiers[0], tiers[0]]}, "[0].tiers[1]", "Duplicate"
    yield "account_conditions", {"base_rate": "None"}, "[0].base_rate", "no row of base_rates"
    yield "account_conditions", {"tax_percent": "5"}, "[0].tax_type", "Tax type is required"
    yield (
        "account_conditions",
        {"credit_min_minor": 2, "credit_max_minor": 1},
        "[0].credit_min_minor",
        "Minimum cannot exceed maximum",
    )
    yield "charges", {"amount_minor": 10**15 + 1}, "[0].amount_minor", "larger than can be"
    yield "charges", {"amount_minor": 0}, "[0].amount_minor", "greater than 0"
    yield "charges", {"product": None}, "[0].product", "Choose a product"


def errors_of_the_rest() -> Iterator[tuple[str, dict[str, Any], str, str]]:
    yield "workflow_types", {"name": "x"}, "[0].name", "3 to 100 characters"
    yield "workflow_stages", {"place": 0}, "[0].place", "Place must be 1 to 99"
    yield "workflow_stages", {"roles": ["None"]}, "[0].roles", "no row of roles: None"
    yield "work_day_years", {"year": 1999}, "[0].year", "Year must be from"
    yield "work_day_years", {"weekends": {"13": [5]}}, "[0].weekends", "other than 1 to 12"
    yield "work_day_years", {"holidays": ["2030-01-01"]}, "[0]", "Choose holidays of 2031"
    yield "closing_configurations", {"closes_at": "25:00"}, "[0].closes_at", "Type the time"
    yield "closing_configurations", {"left_out": ["none"]}, "[0].left_out", "steps from the list"
    yield "custom_reports", {"groups": ["none"]}, "[0].groups", "groups from the list"
    yield "password_rules", {"shortest": 1}, "[0].shortest", "characters"
    yield "third_party_systems", {"base_url": "ftp://x"}, "[0].base_url", "not an address"
    yield "hook_configs", {"events": []}, "[0].events", "at least one event"
    yield "payment_methods", {"name": "a b"}, "[0].name", "letters and digits"
    yield "payment_methods", {"merchant_id": "x" * 201}, "[0].merchant_id", "at most 200"
    yield "payment_methods", {"rules": {"x": "x" * 20_000}}, "[0].rules", "at most 20,000"
    yield "payment_methods", {"type": "odd"}, "[0].type", "Type is required"
    yield "banks", {"bic": "none"}, "[0].bic", "not a valid SWIFT/BIC"
    yield "onboarding_rules", {"currency": "XXX"}, "[0].currency", "Choose a currency of this"
    yield "eligible_products", {"product": "None"}, "[0].product", "no row of products"
    yield "condition_products", {"condition": "X / 2026-01-01"}, "[0].condition", "no row of"
    yield "marketplace_products", {"price_minor": -1}, "[0].price_minor", ""
    yield "numberings", {"prefix": "!"}, "[0].prefix", "A prefix has"
    yield "translations", {"language": "en"}, "[0].language", "Labels are in English"
    yield "texts", {"code": "nowhere"}, "[0].code", "Choose a place"
    yield "templates", {"body": "{nobody}"}, "[0].body", ""
    yield "snippets", {"place": "nowhere"}, "[0].place", "Choose a place"


def test_a_bad_row_of_each_kind_is_named_and_nothing_changes(house, person, text):
    before = exported(person)
    wrong = []
    for table, values, path, sentence in errors_of(text):
        document = deepcopy(json.loads(text))
        document["tables"][table][0] |= values
        answer = upload(person, json.dumps(document))
        found = read_errors(answer)
        is_named = any(where == f"tables.{table}{path}" and sentence in said
                       for where, said in found)  # fmt: skip
        if answer.status_code != 422 or not is_named:
            wrong.append((table, values, path, answer.status_code, found[:3]))
    assert wrong == []
    assert json.loads(exported(person))["tables"] == json.loads(before)["tables"]


def test_every_row_that_a_slice_refuses_is_listed_at_once(house, person, text):
    tables = json.loads(text)["tables"]
    tables["charges"][0]["amount_minor"] = 0
    tables["workflow_types"][0]["name"] = "x"
    found = read_errors(upload(person, with_rows(text, **tables)))
    # What refers to them is not told as well, such as the stage of the type.
    assert {path for path, _sentence in found} == {
        "tables.charges[0].amount_minor",
        "tables.workflow_types[0].name",
    }
    assert count(house, Charge) == 0


def test_a_file_is_no_way_around_approval(app, house, person, text):
    with database.engine.begin() as connection:
        connection.execute(
            Organisation.__table__.update()
            .where(Organisation.id == house.organisation_id)
            .values(may_self_authorise=False)
        )
    tables = json.loads(text)["tables"]
    codes, systems = tables["transaction_codes"], tables["third_party_systems"]
    file = alone(text, transaction_codes=codes, third_party_systems=systems)
    assert apply(person, file).status_code == 303
    system = only(house, ThirdPartySystem)
    assert system.record_status == "PENDING_AUTH_L1"
    step = only(house, ReviewStep, ReviewStep.kind == "third-party-system",
                ReviewStep.act == "submitted")  # fmt: skip
    assert step.user_id == house.administrator.user_id
    assert "There is nothing to do" in preview_of(person, file)
    # What needs an approved record is refused until it is one.
    hooks = alone(text, hook_configs=tables["hook_configs"])
    assert ("tables.hook_configs[0].system", "Choose an authorised system") in read_errors(
        upload(person, hooks)
    )
    approver = factories.a_user(house, "Approver L1")[0]
    perform(ApproveRecord("third-party-system", system.id, system.version), approver)
    assert apply(person, hooks).status_code == 303
    assert only(house, HookConfig).record_status == "PENDING_AUTH_L1"


def test_who_may_not_by_hand_may_not_by_a_file(app, house, text):
    permissions = ("configuration.view", "configuration.import", "projects.view-all",
                   "desks.view-all", "clients.view-all")  # fmt: skip
    perform(CreateRole("Importer", permissions), house.administrator)
    person = signed_in(app, house, factories.a_user(house, "Importer")[1])
    found = {sentence for _path, sentence in read_errors(upload(person, text))}
    wanted = {
        "products.create", "commission-types.create", "fees.create", "base-rates.create",
        "account-conditions.create", "account-conditions.edit", "charges.create",
        "loan-workflows.create", "calendars.create", "closing-configuration.create",
        "reports.create", "roles.edit", "third-party-systems.create", "hook-configs.create",
        "payment-methods.create", "banks.create", "localisation.create", "marketplace.create",
        "facility-classes.edit", "configuration.create",
    }  # fmt: skip
    assert {f"asks for the permission {one}" for one in wanted} <= found


def test_a_rate_that_was_overtaken_stays_behind_and_its_condition_leans_on_the_code(
    app, house, person, text
):
    """A base rate is its code: a file says what it is now, and what is known of later."""
    assert apply(person, text).status_code == 303
    by = house.administrator
    later = BUSINESS_DATE + timedelta(days=30)
    perform(CreateBaseRate("CBR", "Central bank", Decimal(10), BUSINESS_DATE, submit=True), by)
    perform(CreateBaseRate("CBR", "Central bank", Decimal(11), later, submit=True), by)
    tables = json.loads(exported(person))["tables"]
    assert [one["rate_percent"] for one in tables["base_rates"]] == ["10", "11"]
    assert tables["account_conditions"][0]["base_rate"] == "CBR"
    assert "There is nothing to do" in preview_of(person, exported(person))
    other = factories.a_house(currencies=())
    assert apply(signed_in(app, other), exported(person)).status_code == 303


def test_the_version_after_one_that_ends_follows_it_and_no_other_takes_its_code(
    app, house, person, text
):
    """A file brings both versions of a condition; a version beside one in force it does not."""
    assert apply(person, text).status_code == 303
    (first,) = conditions(house)
    later = BUSINESS_DATE + timedelta(days=30)
    new = perform(SupersedeAccountCondition(first.id, later), house.administrator)
    perform(SubmitRecord("account-condition", new), house.administrator)
    both = exported(person)
    assert "There is nothing to do" in preview_of(person, both)
    other = factories.a_house(currencies=())
    browser = signed_in(app, other)
    assert apply(browser, both).status_code == 303
    before, after = conditions(other)
    assert (after.supersedes_id, after.record_status) == (before.id, "AUTHORIZED")
    assert before.effective_to == later - timedelta(days=1)
    assert "There is nothing to do" in preview_of(browser, both)
    tables = json.loads(text)["tables"]
    beside = tables["account_conditions"][0] | {"effective_from": "2026-02-01"}
    errors = read_errors(upload(browser, alone(text, account_conditions=[beside])))
    assert [path for path, _ in errors] == ["tables.account_conditions[0].code"]
    assert "has this code: supersede it" in errors[0][1]


def test_a_condition_that_takes_its_code_up_after_a_gap_comes_by_file_and_follows_none(
    house, person, text
):
    document = json.loads(text)
    (row,) = document["tables"]["account_conditions"]
    end, again = (BUSINESS_DATE + timedelta(days=number) for number in (30, 32))
    document["tables"]["account_conditions"] = [
        row | {"effective_to": end.isoformat()}, row | {"effective_from": again.isoformat()},
    ]  # fmt: skip
    assert apply(person, json.dumps(document)).status_code == 303
    before, after = conditions(house)
    assert (before.effective_to, after.effective_from) == (end, again)
    assert (after.supersedes_id, after.record_status) == (None, "AUTHORIZED")


def conditions(house: House) -> list[AccountCondition]:
    with database.reading() as session:
        query = select(AccountCondition).where(
            AccountCondition.organisation_id == house.organisation_id
        )
        return list(session.scalars(query.order_by(AccountCondition.effective_from)))
