"""Workflow types and stages: drafted, approved by another, read in their order."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Role
from app.controls.approvals import ApproveRecord
from app.controls.commands import perform
from app.db.session import database
from app.workflows.models import WorkflowStage, WorkflowType
from tests import factories
from tests.pages import form_of, send, send_locked

TYPES, STAGES = "/admin/workflow-types", "/admin/workflow-stages"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def manager(client: FlaskClient, house: factories.House) -> FlaskClient:
    _, email, _ = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def newest(model: type, house: factories.House):
    with database.reading() as session:
        query = select(model).where(model.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(model.id.desc())).first()


@pytest.mark.checks("E42.35", "E42.36")
def test_types_and_stages_wait_for_another_and_stand_in_their_order(manager, house):
    page = text(manager, TYPES)
    for tab in ("Loan Purposes", "Workflow Types", "Workflow Stages"):
        assert f">{tab}</a>" in page
    approver, *_ = factories.a_user(house, "Approver L1")
    assert send(manager, f"{TYPES}/new", code="x y", name="Loans").status_code == 422
    assert send(manager, f"{TYPES}/new", code="sme", name="Small firms").status_code == 303
    made = newest(WorkflowType, house)
    assert (made.code, made.record_status) == ("SME", "PENDING_AUTH_L1")
    assert "Pending L1" in text(manager, f"{TYPES}/{made.id}")
    again = send(manager, f"{TYPES}/new", code="SME", name="Others")
    assert "Workflow type code SME already exists" in again.get_data(as_text=True)
    assert f'<option value="{made.id}"' not in text(manager, f"{STAGES}/new")
    perform(ApproveRecord("workflow-type", made.id, made.version), approver)
    with database.reading() as session:
        auditor = session.scalars(
            select(Role.id).where(
                Role.organisation_id == house.organisation_id, Role.name == "Auditor"
            )
        ).one()
    typed = {"workflow_type_id": str(made.id), "name": "Committee"}
    for wrong, sentence in (
        ({"code": "A", "place": "0"}, "Place must be 1 to 99"),
        ({"code": "A", "place": "1", "name": "ab"}, "Name must have 3 to 100 characters"),
        ({"code": "", "place": "1"}, "Code is required"),
    ):
        answer = send(manager, f"{STAGES}/new", **(typed | wrong))
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True)
    for code, place, name in (("JUDGE", "2", "Committee"), ("APPLY", "1", "Application")):
        sent = send(manager, f"{STAGES}/new", **(typed | {"name": name}), code=code, place=place,
                    role_ids=[str(auditor)], draft="1")  # fmt: skip
        assert sent.status_code == 303
        stage = newest(WorkflowStage, house)
        edit = f"{STAGES}/{stage.id}/edit"
        held = form_of(manager, edit)
        assert not {"code", "workflow_type_id"} & held.keys()
        assert send(manager, edit, description="Twice a week").status_code == 303
        stage = newest(WorkflowStage, house)
        assert stage.role_ids == [auditor]
        perform(ApproveRecord("workflow-stage", stage.id, stage.version), approver)
    taken = send(manager, f"{STAGES}/new", **typed, code="OTHER", place="2")
    assert taken.status_code == 409
    assert "Workflow stage place 2 already exists" in taken.get_data(as_text=True)
    page = text(manager, f"{TYPES}/{made.id}")
    assert page.index("APPLY Application") < page.index("JUDGE Committee")
    page = text(manager, f"{STAGES}/{stage.id}")
    assert "Auditor" in page
    assert edit not in page
    send_locked(manager, edit, **(held | {"name": "Other"}))
    assert "Committee" in text(manager, f"{STAGES}?type={made.id}")
