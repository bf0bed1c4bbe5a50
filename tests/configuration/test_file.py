"""A configuration leaves as one file and comes in whole, after a look at what would change."""

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.administrators import NOBODY_LEFT
from app.access.commands import SetUserActive
from app.access.enrolment import AskSecondFactor
from app.access.models import Role
from app.access.roles import CreateRole
from app.accounts.rules.commands import CreateActivityRule
from app.accounts.rules.models import ActivityRule
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.controls.audit import Activity
from app.controls.commands import perform
from app.controls.levels import ApprovalRule
from app.controls.portable import portable_tables
from app.controls.retiring import RetireRecord
from app.credit.models import FacilityClass
from app.currencies.models import ExchangeRate
from app.db.session import database
from app.kernel.errors import Conflict
from app.organisation.models import Branch, OrganisationCurrency, Project
from app.products.commands import CreateProduct
from app.reference.commands import (
    CreateAccountType,
    CreateProject,
)
from app.reference.models import AccountType, ProjectCurrency, TransactionStatus
from tests import factories
from tests.configuration.files import PATH, apply, exported, preview_of, read_errors, upload
from tests.configuration.furnished import SECRET, furnish
from tests.pages import token_of

KEEPING = ("configuration.export", "configuration.import", "configuration.view",
           "desks.view-all", "projects.view-all", "roles.create", "roles.edit",
           "roles.view", "users.edit", "users.view")  # fmt: skip


@pytest.fixture
def furnished(app):
    """An organisation with a row of its own in every table."""
    house = factories.a_house(currencies=("KES", "USD"))
    furnish(house)
    return house


def signed_in(app, house):
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    return browser


def test_a_file_carries_every_table_by_name_and_no_id(app, furnished):
    text = exported(signed_in(app, furnished))
    document = json.loads(text)
    assert document["format"] == "countinghouse-configuration"
    assert document["version"] == 1
    tables = document["tables"]
    assert list(tables) == [table.key for table in portable_tables()]
    assert all(tables.values())
    keys = {key for rows in tables.values() for row in rows for key in row}
    # What a payment system calls a merchant is a text, and none of the house's ids.
    assert {key for key in keys if key.endswith("id")} == {"merchant_id"}
    assert SECRET not in text
    assert {"name": "Head Office", "country": "KE", "currency": "KES", "parent": None,
            "is_head_office": True} in tables["branches"]  # fmt: skip
    assert tables["approval_rules"] == [
        {
            "name": "Large",
            "kind": "transaction",
            "minimum_minor": 500_00,
            "levels": 2,
            "project": "Main",
            "branch": "Mombasa",
            "is_active": True,
        }
    ]
    assert "Tenant Administrator" not in {one["name"] for one in tables["roles"]}


def test_what_is_exported_has_nothing_to_do_where_it_came_from(app, furnished):
    browser = signed_in(app, furnished)
    page = preview_of(browser, exported(browser))
    assert "There is nothing to do" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]


def test_records_of_one_name_and_those_that_were_replaced_hold_no_file_up(app, furnished):
    by = furnished.administrator
    for _time in range(2):
        perform(CreateProduct("income", "Sundry", submit=True), by)
        perform(CreateClosingConfiguration(ClosingTerms("Nightly"), submit=True), by)
    with database.reading() as session:
        rule = session.scalars(
            select(ActivityRule).where(ActivityRule.organisation_id == furnished.organisation_id)
        ).one()
    again = CreateActivityRule(rule.kind, rule.threshold, rule.status_id, submit=True)
    perform(again, by)
    browser = signed_in(app, furnished)
    text = exported(browser)
    assert "There is nothing to do" in preview_of(browser, text)
    document = json.loads(text)
    tables = document["tables"]
    assert [one["is_automatic"] for one in tables["closing_configurations"]] == [False]
    document["tables"] = {
        "products": [one for one in tables["products"] if one["name"] == "Sundry"][:1]
    }
    errors = read_errors(upload(browser, json.dumps(document)))
    assert errors == [("tables.products[0]", "names several records here")]


def test_another_organisation_takes_it_over_whole_and_then_holds_the_same(app, furnished):
    text = exported(signed_in(app, furnished))
    other = factories.a_house(currencies=())
    browser = signed_in(app, other)
    page = preview_of(browser, text)
    assert "Nothing has changed yet" in page
    assert "Mombasa" not in browser.get("/admin/branches").get_data(as_text=True)
    answer = apply(browser, text)
    assert answer.status_code == 303, read_errors(answer)
    mine, theirs = json.loads(text), json.loads(exported(browser))
    for key, rows in mine["tables"].items():
        taken = theirs["tables"][key]
        assert [one for one in rows if one not in taken] == [], key
    with database.reading() as session:
        rule = session.scalars(
            select(ApprovalRule).where(ApprovalRule.organisation_id == other.organisation_id)
        ).one()
        branch = session.get_one(Branch, rule.branch_id)
        assert (rule.project_id, branch.name) == (other.project_id, "Mombasa")
        assert branch.organisation_id == other.organisation_id
        usd = session.scalars(
            select(ProjectCurrency).where(
                ProjectCurrency.organisation_id == other.organisation_id,
                ProjectCurrency.label == "USD",
            )
        ).one()
        assert (usd.kind, usd.exponent) == ("fiat", 2)


def test_reviewed_records_come_in_handed_in_and_what_is_approved_stays(app, furnished):
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    assert document["tables"]["activity_rules"] == [
        {"kind": "idle", "threshold": 180, "status": "SLEEPS", "priority": 1}
    ]
    other = factories.a_house(currencies=())
    there = signed_in(app, other)
    assert apply(there, json.dumps(document)).status_code == 303
    with database.reading() as session:
        query = select(FacilityClass).where(FacilityClass.organisation_id == other.organisation_id)
        made = session.scalars(query).one()
    assert (made.code, made.is_revolving, made.record_status) == ("TERM-5", False, "AUTHORIZED")
    document["tables"]["facility_classes"][0]["name"] = "Ten years"
    assert read_errors(upload(there, json.dumps(document))) == [
        ("tables.facility_classes[0].name",
         "is approved here, or waits to be, and cannot be changed")
    ]  # fmt: skip
    document["tables"]["facility_classes"][0] |= {"code": "NEW", "availability_basis_points": 10001}
    assert read_errors(upload(there, json.dumps(document))) == [
        ("tables.facility_classes[0].availability_basis_points", "must be 0 to 10000")
    ]


def test_a_new_project_comes_with_its_own_default_and_one_alone(app, furnished):
    document = json.loads(exported(signed_in(app, furnished)))
    for key, rows in document["tables"].items():
        document["tables"][key] = [
            row | {"project": "Wallets"} for row in rows if row.get("project") == "Main"
        ] if key not in {"projects", "approval_rules"} else []  # fmt: skip
    document["tables"]["projects"] = [{"name": "Wallets"}]
    browser = signed_in(app, furnished)
    answer = apply(browser, json.dumps(document))
    assert answer.status_code == 303, read_errors(answer)
    with database.reading() as session:
        project = session.scalars(
            select(Project).where(
                Project.organisation_id == furnished.organisation_id, Project.name == "Wallets"
            )
        ).one()
        statuses = session.scalars(
            select(TransactionStatus).where(TransactionStatus.project_id == project.id)
        ).all()
        assert {one.label for one in statuses} >= {"pending", "completed", "held"}
        assert [one.label for one in statuses if one.is_default] == ["pending"]
        assert {one.label for one in statuses if one.is_system} == {
            "pending", "processing", "completed", "canceled",
        }  # fmt: skip


def test_the_preview_tells_what_is_added_changed_and_left(app, furnished):
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    tables = document["tables"]
    tables["account_types"][0]["name"] = "Better savings"
    tables["statuses"].append(
        {"project": "main", "label": "review", "name": "Review", "processing": "Pending"}
    )
    page = preview_of(browser, json.dumps(document))
    main = page.split("<main", 1)[1]
    assert "<del>Savings</del>" in main
    assert "<ins>Better savings</ins>" in main
    assert "main · review" in main.replace("Main · review", "main · review")
    assert "Apply 2 changes" in main
    answer = apply(browser, json.dumps(document))
    assert answer.status_code == 303
    assert "1 added, 1 changed" in browser.get(PATH).get_data(as_text=True)
    with database.reading() as session:
        names = session.scalars(
            select(AccountType.name).where(AccountType.organisation_id == furnished.organisation_id)
        ).all()
        assert names == ["Better savings"]
        first, *rest = session.scalars(
            select(Activity)
            .where(
                Activity.organisation_id == furnished.organisation_id,
                Activity.action == "Import configuration",
            )
            .order_by(Activity.is_primary.desc(), Activity.id)
        ).all()
        assert (first.entity, first.tags) == ("configuration", "imported")
        assert {one.entity for one in rest} == {"account_type", "transaction_status"}


def test_a_mark_moves_with_the_file_and_is_never_only_taken_away(app, furnished):
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    for row in document["tables"]["statuses"]:
        row["is_default"] = row["label"] == "held"
    answer = apply(browser, json.dumps(document))
    assert answer.status_code == 303, read_errors(answer)
    with database.reading() as session:
        marked = select(TransactionStatus.label).where(
            TransactionStatus.project_id == furnished.project_id, TransactionStatus.is_default
        )
        assert session.scalars(marked).all() == ["held"]
    for row in document["tables"]["statuses"]:
        row["is_default"] = False
    errors = read_errors(upload(browser, json.dumps(document)))
    assert [text for _path, text in errors] == ["can only be moved: mark another row instead"]


def test_a_plan_that_nobody_has_seen_is_not_carried_out(app, furnished):
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    document["tables"]["account_types"][0]["name"] = "Better savings"
    page = upload(browser, json.dumps(document))
    perform(CreateAccountType(furnished.project_id, "other", "Other"), furnished.administrator)
    document["tables"]["account_types"].append(
        {"project": "Main", "label": "other", "name": "Another", "properties": []}
    )
    answer = apply(browser, json.dumps(document), shown=page)
    assert answer.status_code == 409
    assert "Look at it again" in answer.get_data(as_text=True)


A_BRANCH = {"name": "X", "country": "KE", "currency": "KES", "parent": "Head Office"}
ERRORS = (
    ({"branches": [{"name": "X"}]}, "tables.branches[0].country", "is missing"),
    ({"branches": [{"country": "KE"}]}, "tables.branches[0].name", "is missing"),
    ({"branches": [A_BRANCH | {"country": "XX"}]}, "tables.branches[0].country", "must be one of"),
    ({"branches": [A_BRANCH | {"currency": "EUR"}]}, "branches[0].currency", "is no currency"),
    (
        {"branches": [A_BRANCH | {"parent": "nowhere"}]},
        "tables.branches[0].parent",
        "names no row of branches: nowhere",
    ),
    (
        {"branches": [A_BRANCH | {"parent": None}]},
        "tables.branches[0].parent",
        "is none for the organisation's head office",
    ),
    (
        {"branches": [{"name": "Head office", "country": "UG"}]},
        "tables.branches[0].country",
        "cannot be changed: it is KE here",
    ),
    (
        {"branches": [A_BRANCH | {"parent": "B"}, A_BRANCH | {"name": "B", "parent": "X"}]},
        "tables.branches[0].parent",
        "leads back to this row",
    ),
    (
        {"department": [{"code": "IT", "name": "I", "parent": "IT"}]},
        "tables.department[0].parent",
        "leads back to this row",
    ),
    ({"customer_type": [{"code": "NEW", "name": "N", "kind": "odd"}]}, "[0].kind", "Choose"),
    ({"title": [{"code": "no spaces", "name": "N"}]}, "tables.title[0].code", "A code has"),
    ({"currencies": [{"code": "USD", "mid_rate": "0"}]}, "tables.currencies[0].mid_rate", "than 0"),
    ({"currencies": [{"code": "KES", "mid_rate": "2", "sell_rate": "2"}]},
     "tables.currencies[0].mid_rate", "is 1"),
    ({"currencies": [{"code": "USD", "sell_rate": "1"}]}, "currencies[0].sell_rate", "below Mid"),
    ({"currencies": [{"code": "USD", "rate_date": "2026-11-21"}]}, "[0].rate_date", "business"),
    (
        {"currencies": [{"code": "USD", "mid_rate": 1.5}]},
        "tables.currencies[0].mid_rate",
        "must be a decimal number as a text",
    ),
    (
        {"currencies": [{"code": "USD", "mid_rate": "1e999990"}]},
        "tables.currencies[0].mid_rate",
        "must be a decimal number as a text",
    ),
    (
        {"currencies": [{"code": "USD", "exponent": 3}]},
        "tables.currencies[0].exponent",
        "cannot be changed: it is 2 here",
    ),
    (
        {"statuses": [{"project": "Main", "label": "pending", "name": "Wait"}]},
        "tables.statuses[0].name",
        "of a system entry cannot be changed: it is Pending here",
    ),
    (
        {"statuses": [{"project": "Main", "label": "x", "name": "X", "processing": "Done"}]},
        "tables.statuses[0].processing",
        "must be one of Pending",
    ),
    (
        {
            "statuses": [
                {"project": "Main", "label": "x", "name": "X", "processing": "Failed",
                 "is_default": True}
            ]
        },
        "tables.statuses[0].is_default",
        "no transaction can start in",
    ),
    (
        {"statuses": [{"project": "None", "label": "x", "name": "X", "processing": "Failed"}]},
        "tables.statuses[0].project",
        "names no row of projects: None",
    ),
    (
        {"account_types": [{"project": "Main", "label": "x", "name": "X", "is_default": 1}]},
        "tables.account_types[0].is_default",
        "must be true or false",
    ),
    (
        {"account_types": [{"project": "Main", "label": "x", "name": "X", "properties": "none"}]},
        "tables.account_types[0].properties",
        "must be a list",
    ),
    (
        {"account_types": [{"project": "Main", "label": "X", "name": "a"},
                           {"project": "Main", "label": "x", "name": "b"}]},
        "tables.account_types[1]",
        "is there twice",
    ),
    (
        {"project_currencies": [{"project": "Main", "label": "EUR", "name": "Euro"}]},
        "tables.project_currencies[0].label",
        "is no currency of the organisation",
    ),
    (
        {"roles": [{"name": "Tenant Administrator", "permissions": []}]},
        "tables.roles[0].name",
        "cannot be changed",
    ),
    (
        {"roles": [{"name": "Root", "permissions": ["platform.administer"]}]},
        "tables.roles[0].permissions",
        "are not known here: platform.administer",
    ),
    (
        {"approval_rules": [{"name": "R", "kind": "transaction", "levels": 4}]},
        "tables.approval_rules[0].levels",
        "Choose 0 to 3 levels",
    ),
    (
        {"approval_rules": [{"name": "R", "kind": "product", "levels": 1, "minimum_minor": 100}]},
        "tables.approval_rules[0].minimum_minor",
        "These have no amount",
    ),
    ({"identity_type": [{"code": "X", "name": "X", "pattern": "["}]}, "pattern", "not a pattern"),
    ({"people": []}, "tables.people", "is no table of a configuration"),
    ({"projects": [{"name": "P", "id": 7}]}, "tables.projects[0].id", "is no field of this table"),
    ({"projects": ["P"]}, "tables.projects[0]", "must be an object"),
    ({"projects": {"name": "P"}}, "tables.projects", "must be a list"),
    ({"projects": [{"name": "x" * 101}]}, "tables.projects[0].name", "at most 100 characters"),
    ({"projects": [{"name": "a\x00b"}]}, "tables.projects[0].name", "cannot be kept"),
    ({"projects": [{"name": "  "}]}, "tables.projects[0].name", "must not be empty"),
)  # fmt: skip


def test_every_error_is_listed_with_its_path_and_nothing_changes(app, furnished):
    browser = signed_in(app, furnished)
    before = json.loads(exported(browser))
    for tables, path, sentence in ERRORS:
        answer = upload(browser, json.dumps(before | {"tables": tables}))
        assert answer.status_code == 422, tables
        errors = read_errors(answer)
        assert [text for where, text in errors if where.endswith(path) and sentence in text], errors
    both = {"projects": [{"name": ""}], "roles": [{"name": "R", "permissions": 5}]}
    assert len(read_errors(upload(browser, json.dumps(before | {"tables": both})))) == 2
    after = json.loads(exported(browser))
    assert after["tables"] == before["tables"]


def test_a_text_that_cannot_be_kept_is_refused_wherever_it_stands(app, furnished):
    browser = signed_in(app, furnished)
    whole = json.loads(exported(browser))
    half = "\ud800"
    for changes, path in (
        ({"tables": {"branches": [{"name": "B", "project": half}]}},
         "tables.branches[0].project"),
        ({"tables": {"branches": [{"name": "B", "project": f"a{half}"}]}},
         "tables.branches[0].project"),
        ({"tables": {"roles": [{"name": "R", half: 1}]}}, "tables.roles[0]"),
        ({"tables": {half: []}}, "tables"),
        ({"base_currency": half}, "base_currency"),
    ):  # fmt: skip
        answer = upload(browser, json.dumps(whole | changes))
        assert answer.status_code == 422
        assert read_errors(answer) == [(path, "holds a character that cannot be kept")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Choose a file"),
        ("{", "This is no JSON: "),
        ("[" * 100_000, "This is no JSON that can be read"),
        ("[]", "must be countinghouse-configuration"),
        ('{"format": "countinghouse-configuration", "version": 2}', "must be 1, the form"),
        ('{"format": "countinghouse-configuration", "version": 1}', "must be an object of lists"),
        ('{"format": "countinghouse-configuration", "version": 1, "tables": '
         + '{"roles": ' * 600 + "{}" + "}" * 601, "must be an object of lists"),
        ("\ufeff{}", "must be countinghouse-configuration"),
        ('{"a": NaN}', "This is no JSON"),
        ("x" * (2 * 1024 * 1024 + 1), "A file can have at most 2,048 KB"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_ours_is_refused_in_words(app, furnished, text, sentence):
    answer = upload(signed_in(app, furnished), text)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_a_file_in_another_base_currency_is_refused(app, furnished):
    text = exported(signed_in(app, furnished))
    other = factories.a_house(currencies=(), base="USD")
    errors = read_errors(upload(signed_in(app, other), text))
    assert ("base_currency", "must be USD, in which this organisation keeps its books") in errors


def test_what_was_deleted_here_is_not_brought_back(app, furnished):
    browser = signed_in(app, furnished)
    project_id = perform(CreateProject("Short-lived"), furnished.administrator)
    text = exported(browser)
    perform(RetireRecord("project", project_id), furnished.administrator)
    after = json.loads(exported(browser))["tables"]
    assert {"name": "Short-lived"} not in after["projects"]
    assert not [one for one in after["statuses"] if one["project"] == "Short-lived"]
    errors = read_errors(upload(browser, text))
    assert ("names a record that was deleted here") in {sentence for _path, sentence in errors}


def test_it_is_all_or_nothing(app, furnished, monkeypatch):
    """An error that only the database finds leaves nothing of the file behind."""
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    document["tables"]["projects"].append({"name": "Half"})
    document["tables"]["roles"].append({"name": "Half role", "permissions": []})
    shown = upload(browser, json.dumps(document))

    def breaks(_work: object, _operation: str, _counted: object) -> None:
        raise Conflict("It broke")

    monkeypatch.setattr("app.configuration.commands._log", breaks)
    assert apply(browser, json.dumps(document), shown=shown).status_code == 409
    with database.reading() as session:
        assert session.scalar(select(Project.id).where(Project.name == "Half")) is None
        assert session.scalar(select(Role.id).where(Role.name == "Half role")) is None


def test_who_may_not_edit_a_table_by_hand_may_not_by_a_file(app, furnished):
    permissions = ("configuration.view", "configuration.export", "configuration.import",
                   "projects.view-all", "desks.view-all", "clients.view-all",
                   "configuration.create", "configuration.edit", "roles.view",
                   "approval-rules.view", "branches.view")  # fmt: skip
    perform(CreateRole("Configurer", permissions), furnished.administrator)
    _actor, email, _ = factories.a_user(furnished, "Configurer")
    browser = app.test_client()
    factories.signed_in(browser, email)
    document = json.loads(exported(browser))
    document["tables"]["account_types"][0]["name"] = "Better savings"
    assert upload(browser, json.dumps(document)).status_code == 200
    document["tables"]["roles"].append({"name": "Boss", "permissions": ["users.edit"]})
    document["tables"]["approval_rules"][0]["levels"] = 0
    errors = read_errors(upload(browser, json.dumps(document)))
    assert {text for _path, text in errors} == {
        "asks for the permission roles.create",
        "asks for the permission approval-rules.edit",
    }


def test_a_file_holds_nothing_that_its_maker_may_not_look_at(app, furnished):
    permissions = ("configuration.view", "configuration.export", "projects.view-all",
                   "desks.view-all", "clients.view-all", "branches.view")  # fmt: skip
    perform(CreateRole("Exporter", permissions), furnished.administrator)
    _actor, email, _ = factories.a_user(furnished, "Exporter")
    browser = app.test_client()
    factories.signed_in(browser, email)
    text = exported(browser)
    tables = json.loads(text)["tables"]
    assert {"projects", "branches", "account_types"} <= tables.keys()
    assert tables.keys().isdisjoint({"roles", "approval_rules", "hook_configs", "products"})
    # What leans on a table that is left out is left out with it: the rest can be taken over.
    assert upload(signed_in(app, furnished), text).status_code == 200
    page = browser.get(PATH).get_data(as_text=True)
    assert "since your role may not view it" in page
    for title in ("Roles", "Approval rules"):
        assert title in page.split("may not view it: ", 1)[1].split("</p>", 1)[0]
    everything = signed_in(app, furnished)
    assert "may not view it" not in everything.get(PATH).get_data(as_text=True)


def test_nobody_gives_by_a_file_what_they_do_not_hold(app, furnished):
    permissions = ("configuration.view", "configuration.import", "configuration.export",
                   "projects.view-all", "desks.view-all", "roles.view", "roles.create",
                   "roles.edit")  # fmt: skip
    perform(CreateRole("Role keeper", permissions), furnished.administrator)
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(furnished, "Role keeper")[1])
    document = json.loads(exported(browser))
    document["tables"] = {"roles": [{"name": "Boss", "permissions": ["users.edit"]}]}
    errors = read_errors(upload(browser, json.dumps(document)))
    assert "are beyond you" in errors[0][1]


def a_role_keeper(app, house):
    """Return the role of one who keeps roles, by file as well, and their browser."""
    key = perform(CreateRole("Role keeper", KEEPING), house.administrator)
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(house, "Role keeper")[1])
    return key, browser


def with_role(browser, **values: Any):
    """Return the file with one role alone."""
    return json.dumps(json.loads(exported(browser)) | {"tables": {"roles": [values]}})


def role(key):
    with database.reading() as session:
        return session.get_one(Role, key)


def test_a_file_asks_for_a_second_factor_as_the_page_of_the_role_does(app):
    house = factories.a_house(currencies=())
    key, keeper = a_role_keeper(app, house)
    administrator = signed_in(app, house)
    asking = with_role(administrator, name="Role keeper", asks_second_factor=True)
    assert apply(administrator, asking).status_code == 303
    assert role(key).asks_second_factor
    # Who is signed in already sets one up before anything else.
    answer = keeper.get("/admin/roles")
    assert (answer.status_code, answer.location) == (302, "/account/second-factor")


def test_a_file_changes_no_second_factor_of_a_role_beyond_its_maker(app):
    house = factories.a_house(currencies=())
    _key, keeper = a_role_keeper(app, house)
    beyond = (*KEEPING, "activity.decrypt")
    boss = perform(CreateRole("Boss", beyond), house.administrator)
    perform(AskSecondFactor(boss, role(boss).version, asks=True), house.administrator)
    answer = upload(keeper, with_role(keeper, name="Boss", asks_second_factor=False))
    assert answer.status_code == 422
    path, sentence = read_errors(answer)[0]
    assert path == "tables.roles[0].asks_second_factor"
    assert "is beyond you" in sentence


def test_a_file_leaves_somebody_who_can_administer_people(app):
    house = factories.a_house(currencies=())
    key, keeper = a_role_keeper(app, house)
    perform(SetUserActive(house.administrator.user_id, is_active=False), house.system)
    left = [name for name in KEEPING if name != "users.edit"]
    answer = upload(keeper, with_role(keeper, name="Role keeper", permissions=left))
    assert answer.status_code == 422
    assert read_errors(answer) == [("tables.roles[0]", NOBODY_LEFT)]
    assert "users.edit" in role(key).permissions


def test_permissions_keep_it_from_others(client: FlaskClient, app, furnished):
    factories.signed_in(client, factories.a_user(furnished, "Teller")[1])
    token = token_of(client)
    page = client.get(PATH)
    assert page.status_code == 403
    assert "You do not have permission to do this." in page.get_data(as_text=True)
    for path in ("export", "preview", "import"):
        assert client.post(f"{PATH}/{path}", data={"csrf_token": token}).status_code == 403
    # Who sees some projects only exports none.
    perform(CreateRole("Partly", ("configuration.view", "configuration.export")), furnished.system)
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(furnished, "Partly")[1])
    answer = browser.post(f"{PATH}/export", data={"csrf_token": token_of(browser)})
    assert answer.status_code == 403
    assert "You see some of them only" in answer.get_data(as_text=True)


def test_a_currency_that_the_file_brings_can_be_dealt_in_at_once(app, furnished):
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    document["tables"] = {
        "currencies": [
            {"code": "JPY", "name": "Yen", "kind": "fiat", "exponent": 0, "buy_rate": "0.85",
             "sell_rate": "0.88", "mid_rate": "0.86", "rate_date": "2026-11-20"}
        ],
        "project_currencies": [{"project": "Main", "label": "JPY", "name": "Yen"}],
    }  # fmt: skip
    answer = apply(browser, json.dumps(document))
    assert answer.status_code == 303, read_errors(answer)
    with database.reading() as session:
        kept = session.scalars(
            select(OrganisationCurrency).where(
                OrganisationCurrency.organisation_id == furnished.organisation_id,
                OrganisationCurrency.code == "JPY",
            )
        ).one()
        assert (str(kept.mid_rate), kept.rate_source, kept.is_base) == ("0.86", "SYSTEM", False)
        history = select(ExchangeRate.sell_rate).where(
            ExchangeRate.organisation_id == furnished.organisation_id,
            ExchangeRate.currency == "JPY",
        )
        assert [str(rate) for rate in session.scalars(history)] == ["0.88"]
    document["tables"]["currencies"][0] |= {"sell_rate": "0.89"}
    assert apply(browser, json.dumps(document)).status_code == 303
    with database.reading() as session:
        assert sorted(map(str, session.scalars(history))) == ["0.88", "0.89"]
    wrong = document["tables"]["currencies"][0] | {"code": "KWD", "exponent": 2}
    errors = read_errors(
        upload(browser, json.dumps(document | {"tables": {"currencies": [wrong]}}))
    )
    assert "KWD are 3 and fiat" in errors[0][1]


def test_rates_older_than_those_in_force_stay_out_and_keep_nothing_else_out(app, furnished):
    browser = signed_in(app, furnished)
    document = json.loads(exported(browser))
    (usd,) = [row for row in document["tables"]["currencies"] if row["code"] == "USD"]
    older = {"buy_rate": "99", "sell_rate": "99", "mid_rate": "99", "rate_date": "2026-11-02"}
    document["tables"] = {"currencies": [usd | older | {"name": "Dollar of old"}]}
    assert apply(browser, json.dumps(document)).status_code == 303
    with database.reading() as session:
        query = select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == furnished.organisation_id,
            OrganisationCurrency.code == "USD",
        )
        kept = session.scalars(query).one()
    assert (kept.name, str(kept.mid_rate)) == ("Dollar of old", usd["mid_rate"])
    assert kept.rate_date.isoformat() == usd["rate_date"]


def test_a_confirmation_that_nobody_made_is_refused(app, furnished):
    browser = signed_in(app, furnished)
    for document in ("", "no base64", "AAAA"):
        answer = browser.post(
            f"{PATH}/import", data={"csrf_token": token_of(browser), "document": document}
        )
        assert answer.status_code == 422
        assert "Choose a file" in answer.get_data(as_text=True)
    answer = browser.post(
        f"{PATH}/preview",
        data={"csrf_token": token_of(browser), "file": (io.BytesIO(b"\xff\xfe"), "x.json")},
    )
    assert "This is no text in UTF-8" in answer.get_data(as_text=True)
