"""Approval rules are kept by a list of their own and judge what is submitted from then on."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import CreateRole
from app.approvals.commands import (
    CreateApprovalRule,
    DeleteApprovalRule,
    EditApprovalRule,
    SaveApprovalSettings,
)
from app.controls.approvals import ApproveRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.levels import ApprovalRule
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Forbidden, Missing, Refusal
from app.ledger.models import Transaction
from app.reference.commands import CreateProject
from app.transactions.commands import Deposit, Transfer
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.factories import unique
from tests.ledger.books import row, transaction
from tests.pages import form_of, send

PATH = "/admin/approval-rules"


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


def rules(house):
    with database.reading() as session:
        query = select(ApprovalRule).where(ApprovalRule.organisation_id == house.organisation_id)
        return list(session.scalars(query))


def levels_of(transaction_id):
    with database.reading() as session:
        return session.get_one(Transaction, transaction_id).levels_required


@pytest.mark.checks("E42.40", "E42.41")
def test_a_rule_asks_for_levels_above_an_amount_and_is_changed_and_deleted(
    client: FlaskClient, house
):
    teller, _, _ = factories.a_user(house, "Teller")
    asset_id = factories.a_funded_asset(house)
    factories.signed_in(client, house.administrator_email)
    answer = send(
        client, f"{PATH}/new", name="Large", kind="transaction", minimum="1,000.00", levels="2"
    )
    assert answer.status_code == 303
    (rule,) = rules(house)
    assert (rule.minimum_minor, rule.levels, rule.is_active) == (1_000_00, 2, True)
    assert levels_of(perform(Deposit(asset_id, 1_000_00), teller)) == 0
    assert levels_of(perform(Deposit(asset_id, 1_000_01), teller)) == 2
    path = f"{PATH}/{rule.id}"
    assert form_of(client, f"{path}/edit")["minimum"] == ["1000.00"]
    assert send(client, f"{path}/edit", minimum="500", levels="1").status_code == 303
    assert levels_of(perform(Deposit(asset_id, 500_01), teller)) == 1
    assert send(client, f"{path}/edit", is_active=None).status_code == 303
    assert levels_of(perform(Deposit(asset_id, 500_01), teller)) == 0
    assert send(client, f"{path}/delete").status_code == 303
    assert rules(house) == []


def test_the_list_shows_whom_a_rule_is_about(client: FlaskClient, house):
    factories.an_approval_rule(house, minimum_minor=2_500_00, levels=3)
    factories.signed_in(client, house.administrator_email)
    page = client.get(PATH).get_data(as_text=True)
    assert "Transaction" in page
    assert "2,500.00" in page
    assert "All" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Name is required"),
        ({"kind": ""}, "Entity type is required"),
        ({"kind": "sandwich"}, "Choose an entity type from the list"),
        ({"minimum": "1e9"}, "Minimum amount must be a number"),
        ({"minimum": "0.001"}, "Minimum amount can have at most 2 decimals"),
        ({"kind": "charge"}, "These have no amount: leave the minimum empty"),
        ({"levels": "9"}, "Choose from the list"),
    ],
)
def test_what_is_typed_wrongly_is_refused_and_kept(client: FlaskClient, house, typed, sentence):
    factories.signed_in(client, house.administrator_email)
    fine = {"name": "Large", "kind": "transaction", "minimum": "10", "levels": "1"}
    answer = send(client, f"{PATH}/new", **(fine | typed))
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert rules(house) == []


def test_a_rule_needs_its_permissions_and_its_own_organisation(client: FlaskClient, house):
    stranger = factories.a_house(currencies=())
    rule_id = factories.an_approval_rule(stranger)
    factories.signed_in(client, house.administrator_email)
    assert client.get(f"{PATH}/{rule_id}/edit").status_code == 404
    _, email, password = factories.a_user(house, "Auditor")
    client.get_cookie("countinghouse")
    looking = client.application.test_client()
    factories.signed_in(looking, email, password)
    assert looking.get(PATH).status_code == 200
    assert looking.get(f"{PATH}/new").status_code == 403


@pytest.mark.checks("E42.41")
def test_a_transfer_is_judged_by_what_is_given_and_its_reversal_as_itself(house):
    for above, levels in ((100_00, 1), (500_00, 2)):
        factories.an_approval_rule(house, minimum_minor=above, levels=levels)
    teller, *_ = factories.a_user(house, "Teller")
    one, other = factories.a_funded_asset(house), factories.a_funded_asset(house)
    for _ in range(10):
        perform(Deposit(one, 100_00), teller)
    assert transaction(perform(Transfer(one, other, 100_00), teller)).processing == "Completed"
    waiting = transaction(perform(Transfer(one, other, 300_00), teller))
    assert waiting.record_status == "PENDING_AUTH_L1"
    perform(ApproveRecord("transaction", waiting.id, waiting.version), house.administrator)
    assert transaction(waiting.id).processing == "Completed"
    undone = perform(
        ReverseTransaction(waiting.id, "sent to the wrong account"), house.administrator
    )
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    perform(SubmitRecord("transaction", undone), house.administrator)
    assert transaction(undone).record_status == "PENDING_AUTH_L1"


def a_keeper(house, *project_ids: int):
    """Return the actor and address of one who keeps rules and sees only these projects."""
    name = unique("Keeper")
    rights = (
        *(f"approval-rules.{action}" for action in ("view", "create", "edit", "delete")),
        "projects.view-own", "clients.view-all", "desks.view-all",
    )  # fmt: skip
    perform(CreateRole(name, rights), house.system)
    return factories.a_user(house, name, project_ids=project_ids)


def test_who_sees_one_project_keeps_its_rules_alone(client: FlaskClient, house):
    elsewhere = perform(CreateProject(unique("Elsewhere")), house.administrator)
    kept = {"name": "Here", "kind": "transaction", "levels": 1}
    for name, project_id in (("Here", house.project_id), ("There", elsewhere), ("All", None)):
        command = CreateApprovalRule(**kept | {"name": name, "project_id": project_id})
        perform(command, house.administrator)
    found = {rule.name: rule for rule in rules(house)}
    keeper, email, _ = a_keeper(house, house.project_id)
    with pytest.raises(Missing):
        perform(DeleteApprovalRule(found["There"].id), keeper)
    with pytest.raises(Forbidden, match="counts in all projects"):
        perform(DeleteApprovalRule(found["All"].id), keeper)
    with pytest.raises(Refusal, match="Choose a project of yours"):
        perform(CreateApprovalRule(**kept), keeper)
    here = found["Here"]
    with pytest.raises(Missing):
        perform(EditApprovalRule(here.id, here.version, **kept, project_id=elsewhere), keeper)
    assert {rule.name for rule in rules(house)} == {"Here", "There", "All"}
    factories.signed_in(client, email)
    page = client.get(PATH).get_data(as_text=True)
    assert "There" not in page
    assert "Here" in page
    perform(DeleteApprovalRule(here.id), keeper)


def test_whoever_keeps_the_rules_is_told_when_another_changes_them(client: FlaskClient, house):
    keeper, _, _ = a_keeper(house, house.project_id)
    rule = {"name": "Large", "kind": "transaction", "levels": 2, "project_id": house.project_id}
    rule_id = perform(CreateApprovalRule(**rule), keeper)
    perform(DeleteApprovalRule(rule_id), keeper)
    tenant = row(Organisation, house.organisation_id)
    perform(SaveApprovalSettings(tenant.version, 0, may_self_authorise=False), house.administrator)
    factories.signed_in(client, house.administrator_email)
    page = client.get("/admin/notices").get_data(as_text=True)
    assert "Approval rule added: Large" in page
    assert "Approval rule deleted: Large" in page
    assert f"By {keeper.name}" in page
    assert "authorise their own work" not in page
    # Who keeps the rules of one project alone reads none of another's.
    elsewhere = perform(CreateProject(unique("Elsewhere")), house.administrator)
    _actor, email, _ = a_keeper(house, house.project_id)
    command = CreateApprovalRule("Secret", "transaction", 2, project_id=elsewhere)
    perform(command, house.administrator)
    perform(CreateApprovalRule("Open", "transaction", 2), house.administrator)
    other = client.application.test_client()
    factories.signed_in(other, email)
    page = other.get("/admin/notices").get_data(as_text=True)
    assert "Approval rule added: Open" in page
    assert "Secret" not in page
