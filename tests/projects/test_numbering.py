"""What each project defines for itself: sub-types of actions, and how its records are numbered."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.projects.numbering import ProjectNumbering
from app.reference.commands import CreateProject, CreateTransactionSubType
from app.reference.models import TransactionSubType
from app.requests.commands import OpenRequest
from app.requests.models import ServiceRequest
from tests import factories
from tests.pages import form_of, send

PATH = "/admin/numberings"


@pytest.mark.checks("M03.04")
def test_a_project_has_sub_types_and_numbers_of_its_own(app, client):
    house = factories.a_house()
    factories.signed_in(client, house.administrator_email)
    other = perform(CreateProject("Other"), house.administrator)
    perform(CreateTransactionSubType(other, "harvest", "Harvest", "in"), house.administrator)
    with database.reading() as session:
        named = select(TransactionSubType.project_id).where(
            TransactionSubType.organisation_id == house.organisation_id,
            TransactionSubType.name == "Harvest",
        )
        assert session.scalars(named).all() == [other]
    typed = {"project_id": str(other), "kind": "request"}
    for wrong, sentence in (
        ({"prefix": "A B", "next_number": "5"}, "A prefix has up to 12 letters"),
        ({"prefix": "HAR-", "next_number": "0"}, "Next number must be a number from 1 up"),
    ):
        refused = send(client, f"{PATH}/new", **typed, **wrong)
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    assert send(client, f"{PATH}/new", **typed, prefix="har-", next_number="500").status_code == 303

    def opened(project_id: int) -> str:
        made = perform(OpenRequest("support", "x", "x", project_id), house.administrator)
        with database.reading() as session:
            return session.get_one(ServiceRequest, made).number

    numbers = [opened(other), opened(house.project_id), opened(other), opened(house.project_id)]
    assert numbers == ["HAR-00500", "REQ-00001", "HAR-00501", "REQ-00002"]
    with database.reading() as session:
        kept = session.scalars(select(ProjectNumbering).where(
            ProjectNumbering.project_id == other)).one()  # fmt: skip
    one = f"{PATH}/{kept.id}"
    assert form_of(client, f"{one}/edit")["next_number"] == ["502"]
    back = send(client, f"{one}/edit", next_number="501")
    assert "Numbers before this one were given out already" in back.get_data(as_text=True)
    assert "Change its prefix instead" in client.get(f"{one}/delete").get_data(as_text=True)
