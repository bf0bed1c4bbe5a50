"""Facility classes: drafted, authorized, linked to the products that may be used under them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.credit.models import FacilityClass
from app.db.session import database
from app.products.commands import CreateProduct
from tests import factories
from tests.pages import form_of, send, send_locked

LIST = "/admin/facility-classes"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def the_class(house, code: str) -> FacilityClass:
    with database.reading() as session:
        query = select(FacilityClass).where(
            FacilityClass.organisation_id == house.organisation_id, FacilityClass.code == code
        )
        return session.scalars(query).one()


@pytest.mark.checks(
    "E24.01", "E24.06", "E24.07", "E24.08", "E24.09", "E24.10", "E24.11", "E24.12", "E24.16"
)
def test_a_class_is_drafted_within_its_bounds_and_keeps_its_code(person, house):
    page = text(person, "/admin/loan-purposes")
    for tab in ("Loan Purposes", "Collateral Types", "Facility Classes"):
        assert f">{tab}</a>" in page
    assert "Create Facility Class" in text(person, LIST)
    fresh = form_of(person, f"{LIST}/new")
    assert fresh["is_revolving"] == ["y"]
    assert fresh["availability"] == ["100"]
    typed = {"code": "od", "name": "Overdraft"}
    for wrong, sentence in (
        ({"code": "x"}, "Code must have at least 2 characters"),
        ({"code": "x" * 31}, "at most 30 characters"),
        ({"name": "ab"}, "Name must have 3 to 100 characters"),
        ({"name": "a" * 101}, "Name must have 3 to 100 characters"),
        ({"description": "a" * 501}, "Description can have at most 500 characters"),
        ({"availability": "100.01"}, "Availability must be 0 to 100 percent"),
        ({"availability": "7.125"}, "at most two decimals"),
        ({"availability": "-1"}, "Availability must be a number such as 87.5"),
    ):
        answer = send(person, f"{LIST}/new", **(typed | wrong), draft="1")
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True)
    assert send(person, f"{LIST}/new", **typed, draft="1").status_code == 303
    made = the_class(house, "OD")
    assert (made.record_status, made.is_revolving, made.availability_basis_points) == (
        "CAPTURED", True, 10_000,
    )  # fmt: skip
    assert "Draft" in text(person, f"{LIST}/{made.id}")
    assert "Eligible Products" not in text(person, f"{LIST}/{made.id}")
    assert person.get(f"{LIST}/{made.id}/products").status_code == 409
    again = send(person, f"{LIST}/new", **typed, draft="1")
    assert again.status_code == 409
    assert "Facility class code OD already exists" in again.get_data(as_text=True)
    edit = f"{LIST}/{made.id}/edit"
    assert "code" not in form_of(person, edit)
    sent = send(
        person, edit, name="a" * 100, description="b" * 500, availability="87.5",
        is_revolving=None, code="OTHER", draft="1",
    )  # fmt: skip
    assert sent.status_code == 303
    made = the_class(house, "OD")
    assert (made.is_revolving, made.availability_basis_points) == (False, 8_750)
    assert (made.name, made.description) == ("a" * 100, "b" * 500)
    shown = text(person, LIST)
    assert "87.5" in shown
    assert "Term" in shown
    assert send(person, f"{LIST}/new", code="NIL", name="None usable", availability="0",
                draft="1").status_code == 303  # fmt: skip
    assert send(person, f"{LIST}/{made.id}/delete").status_code == 303
    assert send(person, f"{LIST}/new", **typed, draft="1").status_code == 303


@pytest.mark.checks("E24.13", "E24.14", "E24.15", "E24.17")
def test_an_authorized_class_links_authorized_contract_products_and_is_not_edited(
    app, person, house
):
    send(person, f"{LIST}/new", code="LOAN", name="Term loan")
    made = the_class(house, "LOAN")
    assert made.record_status == "AUTHORIZED"
    path = f"{LIST}/{made.id}"
    page = text(person, path)
    assert "Eligible Products" in page
    assert f"{path}/edit" not in page
    assert f"{path}/delete" not in page
    late = {"code": "LOAN", "name": "Other", "version": made.version}
    send_locked(person, f"{path}/edit", **(form_of(person, f"{LIST}/new") | late))
    loans, waiting, income = (
        perform(CreateProduct(kind, name, is_contract=contract, submit=hand_in),
                house.administrator)
        for kind, name, contract, hand_in in (
            ("asset", "Loans to farmers", True, True),
            ("asset", "Loans not yet offered", True, False),
            ("income", "Interest on loans", False, True),
        )
    )  # fmt: skip
    offered = text(person, f"{path}/products")
    assert "Loans to farmers" in offered
    assert "Loans not yet offered" not in offered
    assert "Interest on loans" not in offered
    for product_id in (waiting, income):
        refused = send(person, f"{path}/products", product_ids=[str(product_id)])
        assert refused.status_code == 422
        assert "Choose authorized contract products" in refused.get_data(as_text=True)
    assert send(person, f"{path}/products", product_ids=[str(loans)]).status_code == 303
    assert f'href="/admin/products/{loans}"' in text(person, path)
    assert send(person, f"{path}/products", product_ids=[]).status_code == 303
    assert f'href="/admin/products/{loans}"' not in text(person, path)
    _, email, _ = factories.a_user(house, "Teller")
    teller = app.test_client()
    factories.signed_in(teller, email)
    assert teller.get(f"{path}/products").status_code == 403
    assert f"{path}/products" not in text(teller, path)
