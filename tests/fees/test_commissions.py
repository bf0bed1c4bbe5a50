"""Financial Config > Commission Types: drafted, given bands, approved, and charged by them."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.fees.commands import CreateTransactionCode
from app.fees.models import CommissionType
from app.kernel.errors import Refusal
from app.ledger.accounts import Product
from tests import factories
from tests.fees.books import a_code, a_commission, an_income, commission, flat, percent
from tests.pages import form_of, send

LIST = "/admin/commission-types"
NEW = f"{LIST}/new"
BAND = dict.fromkeys(
    ("minimum", "maximum", "charge", "percent", "min_charge", "max_charge"), ""
) | {"currency": "KES"}


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email, password)
    return client


@pytest.fixture(scope="module")
def links(house: factories.House) -> dict[str, str]:
    return {"income_product_id": str(an_income(house)), "transaction_code_id": str(a_code(house))}


def _newest(house: factories.House) -> CommissionType:
    with database.reading() as session:
        query = select(CommissionType).where(
            CommissionType.organisation_id == house.organisation_id
        )
        return session.scalars(query.order_by(CommissionType.id.desc())).first()


def _lines(*bands: dict[str, str]) -> dict[str, str]:
    return {
        f"lines-{number}-{name}": value
        for number, band in enumerate(bands)
        for name, value in (BAND | band).items()
    }


def _asset_product(house: factories.House) -> int:
    with database.reading() as session:
        query = select(Product.id).where(
            Product.organisation_id == house.organisation_id, Product.name == "Cash"
        )
        return session.scalars(query).one()


@pytest.mark.checks("E18.01", "E18.02", "E18.03", "E18.04", "E18.05")
def test_a_type_is_drafted_then_given_bands_then_submitted(house, manager, links):
    answer = send(manager, NEW, code="wdr", name="Withdrawals", currency="KES",
                  basis="PERCENTAGE", kinds=["withdrawal"], tax_percent="16", **links)  # fmt: skip
    made = _newest(house)
    assert answer.headers["Location"] == f"{LIST}/{made.id}"
    assert (made.code, made.record_status, str(made.tax_percent)) == ("WDR", "CAPTURED", "16")
    page = manager.get(f"{LIST}/{made.id}").get_data(as_text=True)
    for shown in ("Draft", "Bands", "No band yet", "Percentage", "Withdrawal", "IN-"):
        assert shown in page
    submit = f"/admin/approvals/commission-type/{made.id}/submit"
    answer = send(manager, submit)
    assert "Add at least one band before it is submitted" in answer.get_data(as_text=True)
    path = f"{LIST}/{made.id}/bands"
    send(manager, path, **_lines(
        {"minimum": "500", "maximum": "", "percent": "1.5", "max_charge": "100"},
        {"minimum": "0", "maximum": "500.00", "percent": "2", "min_charge": "5"},
    ))  # fmt: skip
    assert [(one["min_minor"], one["max_minor"], one["currency"], one["percent"])
            for one in _newest(house).bands] == [
        (0, 500_00, "KES", "2"), (500_00, None, "KES", "1.5"),
    ]  # fmt: skip
    page = manager.get(f"{LIST}/{made.id}").get_data(as_text=True)
    assert "0.00 to 500.00 KES" in page
    assert "2 %, at least 5.00" in page
    assert "1.5 %, at most 100.00" in page
    assert form_of(manager, path)["lines-1-minimum"] == ["500.00"]
    send(manager, path, **_lines({"minimum": "0", "percent": "3"}, {}, {}))
    assert [one["percent"] for one in _newest(house).bands] == ["3"]
    opened = form_of(manager, path)
    send(manager, submit)
    assert _newest(house).record_status == "PENDING_AUTH_L1"
    for answer in (manager.get(path), manager.post(path, data=opened)):
        assert answer.status_code == 409
        assert "Records in the approval process cannot be edited" in answer.get_data(as_text=True)


REFUSED = [
    pytest.param([{"minimum": "500", "maximum": "500", "charge": "1"}],
                 "maxAmount must be greater than minAmount", marks=pytest.mark.checks("E18.08")),
    pytest.param([{"minimum": "0", "charge": "1", "percent": "1"}],
                 "Cannot specify both chargeAmount and chargePercentage",
                 marks=pytest.mark.checks("E18.07", "E18.09")),
    pytest.param([{"minimum": "0", "charge": "1", "currency": "USD"}],
                 "Band currency must match commission type currency",
                 marks=pytest.mark.checks("E18.11")),
    pytest.param([{"minimum": "0", "maximum": "500", "charge": "1"},
                  {"minimum": "500.01", "charge": "2"}],
                 "Bands must be continuous with no gaps or overlaps",
                 marks=pytest.mark.checks("E18.06")),
    pytest.param([{"minimum": "0", "maximum": "500", "charge": "1"},
                  {"minimum": "400", "charge": "2"}],
                 "Bands must be continuous with no gaps or overlaps",
                 marks=pytest.mark.checks("E18.06")),
    pytest.param([{"minimum": "0", "charge": "1"}, {"minimum": "500", "charge": "2"}],
                 "Bands must be continuous with no gaps or overlaps"),
    pytest.param([{"minimum": "0"}], "A flat band needs its charge amount",
                 marks=pytest.mark.checks("E18.07")),
    pytest.param([{"charge": "1"}], "Min Amount is required"),
    pytest.param([{"minimum": "0", "charge": "1", "min_charge": "1"}],
                 "Min Charge and Max Charge are of the calculation basis PERCENTAGE"),
    pytest.param([{"minimum": "1e9", "charge": "1"}], "Min Amount must be a number"),
    pytest.param([{"minimum": "0", "percent": "101"}], "Charge Percentage can be at most 100"),
    pytest.param([{"minimum": "0", "percent": "1000"}], "Charge Percentage can be at most 100"),
]  # fmt: skip


@pytest.mark.parametrize(("bands", "sentence"), REFUSED)
def test_what_bands_may_not_be_is_refused_with_what_was_typed(house, manager, bands, sentence):
    made = a_commission(house, flat(0, None, 1_00), submit=False)
    before = commission(made).bands
    answer = send(manager, f"{LIST}/{made}/bands", **_lines(*bands))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert commission(made).bands == before
    typed = next(iter(bands[0].values()))
    assert f'value="{typed}"' in page


def test_lines_are_added_and_removed_without_saving(house, manager):
    made = a_commission(house, flat(0, 100_00, 1_00), flat(100_00, None, 2_00), submit=False)
    path = f"{LIST}/{made}/bands"
    values = form_of(manager, path)
    more = manager.post(path, data=values | {"add-line": "1", "lines-2-charge": "9"})
    assert more.status_code == 200
    assert re.findall(r'name="lines-(\d)-charge"', more.get_data(as_text=True)) == [
        "0",
        "1",
        "2",
        "3",
    ]
    assert 'value="9"' in more.get_data(as_text=True)
    less = manager.post(path, data=values | {"remove-line": "0"}).get_data(as_text=True)
    assert re.findall(r'name="lines-(\d)-charge"', less) == ["0", "1"]
    assert re.search(r'name="lines-0-minimum"[^>]*value="100.00"', less)
    assert len(commission(made).bands) == 2


@pytest.mark.checks("E18.10", "E17.05")
def test_what_a_type_may_not_be_linked_to_is_refused(house, manager, links):
    whole = {"code": "X", "name": "X", "currency": "KES", "basis": "FLAT"} | links
    unapproved = str(
        perform(CreateTransactionCode("NOTYET", "both", "Not yet"), house.administrator)
    )
    for typed, sentence in (
        ({"income_product_id": str(_asset_product(house))},
         "Income account must be of type INCOME"),
        ({"income_product_id": "999999"}, "Choose an income account from the list"),
        ({"transaction_code_id": unapproved}, "Transaction code must be approved before use"),
        ({"transaction_code_id": str(a_code(house, "credit"))},
         "This transaction code is for credits"),
        ({"currency": "XXX"}, "Choose a currency of this organisation"),
        ({"tax_percent": "abc"}, "Tax percent must be a percentage such as 1.5"),
    ):  # fmt: skip
        answer = send(manager, NEW, **(whole | typed))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    assert "NOTYET" not in manager.get(NEW).get_data(as_text=True)


@pytest.mark.checks("E40.16")
def test_a_type_is_deleted_as_a_draft_and_never_after(house, client):
    factories.signed_in(client, house.administrator_email)
    draft = a_commission(house, submit=False)
    done = a_commission(house, percent(0, None, "1"))
    assert send(client, f"{LIST}/{draft}/delete").status_code == 303
    assert commission(draft).retired_at is not None
    assert f"{LIST}/{draft}" not in client.get(LIST).get_data(as_text=True)
    assert f"{LIST}/{done}/delete" not in client.get(f"{LIST}/{done}").get_data(as_text=True)
    answer = send(client, f"{LIST}/{done}/delete")
    assert answer.status_code == 409
    assert "Commission type can be deleted only in Draft or Rejected state" in answer.get_data(
        as_text=True
    )


def test_a_type_with_bands_keeps_its_currency_and_a_duplicate_code_is_refused(house, manager):
    made = a_commission(house, flat(0, None, 1_00), submit=False, code="ONCE")
    answer = send(manager, f"{LIST}/{made}/edit", currency="USD")
    assert "Remove the bands before you change currency or basis" in answer.get_data(as_text=True)
    assert send(manager, f"{LIST}/{made}/edit", name="Better").status_code == 303
    assert commission(made).name == "Better"
    with pytest.raises(Refusal, match="already exists"):
        a_commission(house, code="once", submit=False)
