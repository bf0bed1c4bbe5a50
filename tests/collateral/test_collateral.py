"""Collateral on a facility's page: pledged, described anew, valued again, taken off."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError, OperationalError

from app.collateral.models import Collateral, CollateralValuation
from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.facilities.statuses import ChangeFacilityStatus
from app.records.commands import CreateCode
from tests import factories
from tests.facilities.scenes import a_class, a_facility, the_facility
from tests.pages import form_of, send

PATH = "/admin/facilities"
ROWS = f"{PATH}/collateral"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def facility_id(house: factories.House) -> int:
    return a_facility(house, factories.a_client(house), a_class(house))


@pytest.fixture
def pledge(house: factories.House) -> dict[str, str]:
    """Return what a person types of a collateral."""
    type_id = perform(CreateCode("collateral-type", "LAND", "Land", {}), house.administrator)
    return {
        "collateral_type_id": str(type_id), "reference": "LR 209/1", "currency": "KES",
        "description": "A plot in Nakuru", "market": "900", "forced": "600",
        "valued_on": "2026-11-01", "expires_on": "2028-01-31", "remarks": "Fenced",
    }  # fmt: skip


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def totals(page: str) -> list[str]:
    part = page.split('aria-label="Totals"', 1)[1].split("</dl>", 1)[0]
    return [one.split("<", 1)[0] for one in part.split('class="money__amount">')[1:]]


def rows_of(model: type, facility_id: int) -> list:
    with database.reading() as session:
        query = select(model)
        if model is CollateralValuation:
            query = query.join(Collateral, Collateral.id == model.collateral_id)
        query = query.where(Collateral.facility_id == facility_id).order_by(model.id)
        return list(session.scalars(query))


def test_all_that_is_wrong_of_a_collateral_is_told_at_one_press(person, facility_id, pledge):
    new = f"{PATH}/{facility_id}/collateral/new"
    assert send(person, new, **pledge).status_code == 303
    wrong = {"description": "", "market": "a lot", "forced": "-1", "valued_on": "2026-11-21",
             "currency": "JPY"}  # fmt: skip
    page = send(person, new, **(pledge | wrong)).get_data(as_text=True)
    for sentence in (
        "Description is required",
        "Market Value must be a number such as 1,234.50",
        "Forced Sale Value must not be negative",
        "The valuation date cannot be in the future",
        "Choose a currency of this organisation",
        "LR 209/1 is pledged on this facility already",
    ):
        assert sentence in page
    assert "must be greater than 0" not in page, "what cannot be read is not judged again"
    (collateral,) = rows_of(Collateral, facility_id)
    typed = {"valued_on": "", "market": "1,000", "forced": "1,000.01", "valuer": "T"}
    page = send(person, f"{ROWS}/{collateral.id}/valuations/new", **typed).get_data(as_text=True)
    for sentence in (
        "Valuation Date is required",
        "Forced sale value must not exceed market value",
        "Valuer Name must have 2 to 200 characters",
    ):
        assert sentence in page


@pytest.mark.checks(
    "E24.04", "E28.01", "E28.02", "E28.03", "E28.04", "E28.05", "E28.06", "E28.07", "E28.08",
    "E28.09", "E28.10", "E28.11", "E28.12", "E28.13", "E28.14", "E28.15", "E28.16", "E28.17",
)  # fmt: skip
def test_collateral_is_pledged_with_a_first_valuation(person, house, facility_id, pledge):
    page = text(person, f"{PATH}/{facility_id}")
    new = f"{PATH}/{facility_id}/collateral/new"
    assert f'href="{new}" data-drawer' in page
    assert person.get(ROWS).status_code == 404
    assert "Land" in text(person, new)
    for wrong, sentence in (
        ({"collateral_type_id": ""}, "Collateral Type is required"),
        ({"reference": ""}, "Collateral Ref is required"),
        ({"reference": "x" * 101}, "Collateral Ref can have at most 100 characters"),
        ({"currency": "JPY"}, "Choose a currency of this organisation"),
        ({"description": ""}, "Description is required"),
        ({"description": "x" * 501}, "Description can have at most 500 characters"),
        ({"market": ""}, "Market Value is required"),
        ({"forced": ""}, "Forced Sale Value is required"),
        ({"forced": " "}, "Forced Sale Value is required"),
        ({"forced": "900.01"}, "Forced sale value must not exceed market value"),
        ({"valued_on": ""}, "Last Valuation Date is required"),
        ({"valued_on": "2026-11-21"}, "The valuation date cannot be in the future"),
        ({"remarks": "x" * 2001}, "Remarks can have at most 2,000 characters"),
    ):
        answer = send(person, new, **(pledge | wrong))
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True), wrong
    assert send(person, new, **pledge).status_code == 303
    assert send(person, new, **(pledge | {"reference": "LR 2", "expires_on": "",
                                          "remarks": ""})).status_code == 303  # fmt: skip
    page = text(person, f"{PATH}/{facility_id}")
    for shown in ("Land", "LR 209/1", "A plot in Nakuru", "Fenced", "2026-11-01", "2028-01-31"):
        assert shown in page
    assert totals(page) == ["1,800.00", "1,200.00"]
    initial = rows_of(CollateralValuation, facility_id)[0]
    assert (initial.valuer, initial.market_minor, initial.forced_minor) == (
        "Initial valuation", 900_00, 600_00,
    )  # fmt: skip
    perform(ChangeFacilityStatus(facility_id, "SUSPENDED", "Papers are late"), house.administrator)
    (first, _), page = rows_of(Collateral, facility_id), text(person, f"{PATH}/{facility_id}")
    for hidden in ("Add Collateral", f"{ROWS}/{first.id}/edit", f"{ROWS}/{first.id}/delete"):
        assert hidden not in page
    assert person.get(new).status_code == 409
    draft = a_facility(house, factories.a_client(house), a_class(house, "TERM"), submit=False)
    assert "Add Collateral" not in text(person, f"{PATH}/{draft}")


def test_one_thing_is_pledged_once_on_a_facility_and_told_of_on_others(
    person, house, facility_id, pledge
):
    new = f"{PATH}/{facility_id}/collateral/new"
    assert send(person, new, **pledge).status_code == 303
    for again in (pledge, pledge | {"reference": " lr 209/1 "}):
        answer = send(person, new, **again)
        assert answer.status_code == 409
        assert "is pledged on this facility already" in answer.get_data(as_text=True)
    assert send(person, new, **(pledge | {"reference": "LR 2"})).status_code == 303
    first, second = rows_of(Collateral, facility_id)
    path = f"{ROWS}/{second.id}/edit"
    assert send(person, path, reference="LR 209/1").status_code == 409
    assert send(person, path, reference="lr 2").status_code == 303
    other_id = a_facility(house, factories.a_client(house), a_class(house, "TERM"))
    other = f"{PATH}/{other_id}/collateral/new"
    assert send(person, other, **(pledge | {"reference": "lr 209/1"})).status_code == 303
    for shown, named in ((facility_id, other_id), (other_id, facility_id)):
        page = text(person, f"{PATH}/{shown}")
        assert page.count("Also pledged on") == 1
        assert the_facility(named).reference in page.split("Also pledged on", 1)[1][:300]
    perform(ChangeFacilityStatus(other_id, "CANCELLED", "Given back"), house.administrator)
    reference = the_facility(other_id).reference
    assert f"{reference} (Cancelled)" in text(person, f"{PATH}/{facility_id}")
    assert send(person, f"{ROWS}/{first.id}/delete").status_code == 303
    assert "Also pledged on" not in text(person, f"{PATH}/{facility_id}")
    assert send(person, new, **pledge).status_code == 303
    lost = rows_of(Collateral, facility_id)[-1]
    assert send(person, f"{ROWS}/{lost.id}/edit", expires_on="2026-11-19").status_code == 303
    assert send(person, new, **pledge).status_code == 303


def test_what_has_expired_is_marked_and_counts_no_more(person, house, facility_id, pledge):
    new = f"{PATH}/{facility_id}/collateral/new"
    late = send(person, new, **(pledge | {"expires_on": "2026-11-19"}))
    assert late.status_code == 422
    assert "The expiry date is past: what has expired secures nothing" in late.text
    for reference in ("FD 1", "FD 2"):
        sent = send(person, new, **(pledge | {"reference": reference, "expires_on": "2026-11-20"}))
        assert sent.status_code == 303
    first = rows_of(Collateral, facility_id)[0]
    assert send(person, f"{ROWS}/{first.id}/edit", expires_on="2026-11-19").status_code == 303
    page = text(person, f"{PATH}/{facility_id}")
    assert "One has expired and secures nothing any more: not in the totals." in page
    assert totals(page) == ["900.00", "600.00"]


@pytest.mark.checks("E28.18", "E28.19", "E28.20", "E28.21", "E40.31")
def test_collateral_is_described_anew_and_taken_off(person, house, facility_id, pledge):
    new = f"{PATH}/{facility_id}/collateral/new"
    for reference in ("LR 209/1", "LR 2"):
        send(person, new, **(pledge | {"reference": reference}))
    first, _ = rows_of(Collateral, facility_id)
    edit = f"{ROWS}/{first.id}/edit"
    assert not {"market", "forced", "valued_on"} & form_of(person, edit).keys()
    sent = send(person, edit, reference="LR 209/7", description="A plot in Thika", market="1",
                currency="USD", expires_on="", remarks="")  # fmt: skip
    assert sent.status_code == 303
    page = text(person, f"{PATH}/{facility_id}")
    assert "Its value stays in KES until it is valued again in USD." in page
    assert "Valued in KES; in USD from its next valuation on." in page
    assert "LR 209/7" in page
    assert totals(page) == ["1,800.00", "1,200.00"]
    delete = f"{ROWS}/{first.id}/delete"
    assert "All valuation records of this collateral will also be removed" in text(person, delete)
    assert send(person, delete).status_code == 303
    page = text(person, f"{PATH}/{facility_id}")
    assert "LR 209/7" not in page
    assert totals(page) == ["900.00", "600.00"]
    kept = rows_of(Collateral, facility_id)
    assert [one.retired_at is None for one in kept] == [False, True]
    with database.reading() as session:
        actions = session.scalars(
            select(Activity.action).where(
                Activity.organisation_id == house.organisation_id,
                Activity.entity == "collateral", Activity.entity_id == first.id,
            )
        )  # fmt: skip
        assert list(actions)[-1] == "collateral.delete"


@pytest.mark.checks(
    "E29.01", "E29.02", "E29.03", "E29.04", "E29.05", "E29.06", "E29.07", "E29.08", "E29.09",
    "E29.10", "E29.11", "E29.12", "E29.13", "E29.14", "E29.15",
)  # fmt: skip
def test_valuations_are_added_and_the_newest_counts(person, facility_id, pledge):
    send(person, f"{PATH}/{facility_id}/collateral/new", **pledge)
    (collateral,) = rows_of(Collateral, facility_id)
    closed = text(person, f"{PATH}/{facility_id}")
    opened = f"{PATH}/{facility_id}?valuations={collateral.id}"
    assert f'href="{opened}#' in closed
    assert "Valuation History</h3>" not in closed
    assert "Initial valuation" in text(person, opened)
    new = f"{ROWS}/{collateral.id}/valuations/new"
    assert f'href="{new}" data-drawer' in text(person, opened)
    assert form_of(person, new)["currency"] == ["KES"]
    typed = {"valued_on": "2026-11-19", "market": "1,000", "forced": "700", "valuer": "Tana Ltd",
             "method": "Cost Approach", "reference": "TV-9", "remarks": "Seen"}  # fmt: skip
    for wrong, sentence in (
        ({"valued_on": ""}, "Valuation Date is required"),
        ({"market": ""}, "Market Value is required"),
        ({"forced": "1000.01"}, "Forced sale value must not exceed market value"),
        ({"valuer": ""}, "Valuer Name is required"),
        ({"valuer": "T"}, "Valuer Name must have 2 to 200 characters"),
        ({"method": "Guess"}, "Choose from the list"),
    ):
        answer = send(person, new, **(typed | wrong))
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True), wrong
    assert send(person, new, **typed).status_code == 303
    page = text(person, opened)
    history = page.split("Valuation History</h3>", 1)[1]
    assert history.index("Tana Ltd") < history.index("Initial valuation")
    for shown in ("Cost Approach", "TV-9", "Seen"):
        assert shown in history
    assert totals(page) == ["1,000.00", "700.00"]
    (collateral,) = rows_of(Collateral, facility_id)
    assert (collateral.market_minor, collateral.valued_on.isoformat()) == (1_000_00, "2026-11-19")
    older = typed | {"valued_on": "2026-10-01", "market": "5", "forced": "5"}
    assert send(person, new, **older).status_code == 303
    assert totals(text(person, opened)) == ["1,000.00", "700.00"]
    dollars = typed | {"valued_on": "2026-11-20", "market": "10", "forced": "8", "currency": "USD"}
    assert send(person, new, **dollars).status_code == 303
    assert totals(text(person, opened)) == ["1,300.00", "1,040.00"]
    for one in rows_of(CollateralValuation, facility_id):
        assert person.get(f"{ROWS}/valuations/{one.id}/edit").status_code == 404


@pytest.mark.checks("E29.16", "E29.17")
def test_a_deleted_valuation_gives_way_to_the_next_newest(person, facility_id, pledge):
    send(person, f"{PATH}/{facility_id}/collateral/new", **pledge)
    (collateral,) = rows_of(Collateral, facility_id)
    opened = f"{PATH}/{facility_id}?valuations={collateral.id}"
    for day, market in (("2026-11-19", "1,000"), ("2026-10-01", "5"), ("2026-11-20", "9,000")):
        sent = send(person, f"{ROWS}/{collateral.id}/valuations/new", valued_on=day,
                    market=market, forced="5", valuer="Tana Ltd")  # fmt: skip
        assert sent.status_code == 303
    assert totals(text(person, opened)) == ["9,000.00", "5.00"]
    *_, newest = rows_of(CollateralValuation, facility_id)
    delete = f"{ROWS}/valuations/{newest.id}/delete"
    assert "recalculated from the next most recent" in text(person, delete)
    assert send(person, delete).status_code == 303
    assert totals(text(person, opened)) == ["1,000.00", "5.00"]
    initial, second, third, _ = rows_of(CollateralValuation, facility_id)
    for one in (second, third):
        assert send(person, f"{ROWS}/valuations/{one.id}/delete").status_code == 303
    (collateral,) = rows_of(Collateral, facility_id)
    assert (collateral.market_minor, collateral.valued_on) == (900_00, initial.valued_on)
    last = send(person, f"{ROWS}/valuations/{initial.id}/delete")
    assert last.status_code == 409
    assert "A collateral keeps one valuation at least" in last.get_data(as_text=True)


def test_the_database_itself_keeps_what_a_valuation_says(person, facility_id, pledge):
    send(person, f"{PATH}/{facility_id}/collateral/new", **pledge)
    (valuation,) = rows_of(CollateralValuation, facility_id)
    for statement in (
        "UPDATE collateral_valuation SET market_minor = 1 WHERE id = :id",
        "DELETE FROM collateral_valuation WHERE id = :id",
    ):
        with (
            database.engine.connect() as connection,
            pytest.raises((IntegrityError, OperationalError), match="immutable"),
        ):
            connection.execute(sql(statement), {"id": valuation.id})
