"""Payment methods: two tabs, one form each, switched on before clients may use them."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Conflict
from app.payment_methods.commands import CreatePaymentMethod, MethodTerms
from app.payment_methods.models import PaymentMethod
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import form_of, send, token_of

DEPOSITS, WITHDRAWALS = "/admin/deposit-methods", "/admin/withdrawal-methods"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _page(here: FlaskClient, path: str, status: int = 200) -> str:
    answer = here.get(path)
    assert answer.status_code == status, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _newest(house: factories.House) -> PaymentMethod:
    query = select(PaymentMethod).where(PaymentMethod.organisation_id == house.organisation_id)
    with database.reading() as session:
        found = session.scalars(query.order_by(PaymentMethod.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def _switch(here: FlaskClient, path: str, value: str) -> None:
    data = {"csrf_token": token_of(here), "value": value}
    assert here.post(f"{path}/status", data=data).status_code == 303


@pytest.mark.checks("W01.32")
def test_core_banking_has_its_sections(here):
    sidebar = _page(here, DEPOSITS).split("Core Banking", 1)[1].split("sidebar__label", 1)[0]
    lines = re.findall(r"<span>([^<]+)</span>", sidebar)
    wanted = ["Accounts", "Assets", "Banks", "Cards", "Transactions", "Payment Methods",
              "Platforms", "Configurations", "Company Fees", "Invoices"]  # fmt: skip
    assert set(wanted) <= set(lines)


@pytest.mark.checks(
    "W05.01", "W05.02", "W05.03", "W05.04", "W05.06", "W05.07", "W05.08", "W05.09", "W05.10",
    "W05.11", "W05.12", "W05.13", "W05.14", "W05.15", "W05.20", "W05.21",
)  # fmt: skip
def test_a_deposit_method_is_added_inactive_and_edited_in_all_but_its_label(house, here):
    page = _page(here, DEPOSITS)
    for href in (DEPOSITS, WITHDRAWALS):
        assert f'class="tabs__tab" href="{href}"' in page
    assert f'href="{DEPOSITS}/new"' in page
    form = list(form_of(here, f"{DEPOSITS}/new"))
    assert form.index("type") < form.index("integration") < form.index("label")
    offered = _page(here, f"{DEPOSITS}/new")
    for shown in ("Auto", "Manual", "Internal", "External", "Swahili", "USD"):
        assert shown in offered
    typed = {
        "type": "manual", "integration": "external", "project_id": str(house.project_id),
        "label": "Bank Transfer", "name": "bank-transfer", "merchant_id": "M-1",
        "currencies": ["KES", "USD"], "language": "sw", "placeholder": "Your IBAN",
    }  # fmt: skip
    for wrong, sentence in (
        ({"rules_text": "{"}, "Rules must be valid JSON"),
        ({"additional_text": "7"}, "Additional must be a JSON object"),
        ({"name": "Bank Transfer!"}, "Name must be letters and digits"),
        ({"type": "other"}, "Type is required"),
        ({"currencies": ["XXX"]}, "Choose currencies of this organisation"),
    ):
        refused = send(here, f"{DEPOSITS}/new", **(typed | wrong))
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    sent = send(here, f"{DEPOSITS}/new", rules_text='{"minimum": 10}', additional_text='{"a": 1}',
                credentials_text='{"key": "hush-hush"}', **typed)  # fmt: skip
    assert sent.status_code == 303
    made = _newest(house)
    assert not made.is_active
    assert (made.rules, made.additional) == ({"minimum": 10}, {"a": 1})
    page = _page(here, f"{DEPOSITS}/{made.id}")
    for shown in ("Bank Transfer", "bank-transfer", "M-1", "KES, USD", "Swahili", "Your IBAN",
                  "Set", "Inactive"):  # fmt: skip
        assert shown in page
    assert "hush-hush" not in page
    assert "label" not in form_of(here, f"{DEPOSITS}/{made.id}/edit")
    assert send(here, f"{DEPOSITS}/{made.id}/edit", name="wire", label="Another").status_code == 303
    made = _newest(house)
    assert (made.label, made.name) == ("Bank Transfer", "wire")
    assert "hush-hush" in made.credentials, "what is left empty is kept"
    assert _page(here, f"{WITHDRAWALS}/{made.id}", 404)


@pytest.mark.checks("W05.05")
def test_a_known_payment_system_fills_the_other_fields(house, here):
    terms = MethodTerms("stripe", "auto", "internal", "M-9", ("USD",), "de", {"max": 5})
    perform(CreatePaymentMethod(house.project_id, "deposit", "Stripe", terms), house.administrator)
    factories.a_platform(house)
    page = _page(here, f"{DEPOSITS}/new")
    systems = page.split('id="known-systems"')[1].split("</datalist>")[0]
    assert 'value="Stripe"' in systems
    form = form_of(here, f"{DEPOSITS}/new?label=Stripe&project_id={house.project_id}")
    assert (form["name"], form["merchant_id"], form["language"]) == (["stripe"], ["M-9"], ["de"])
    assert form["currencies"] == ["USD"]
    assert "max" in form["rules_text"][0]
    assert form["project_id"] == [str(house.project_id)]


@pytest.mark.checks("W05.16", "W05.17", "W05.19", "W05.22", "W05.23")
def test_a_method_is_switched_found_and_deleted_once_it_is_off(house, here):
    terms = MethodTerms("card", "auto", "internal")
    made = CreatePaymentMethod(house.project_id, "deposit", "Card payment", terms)
    method_id = perform(made, house.administrator)
    path = f"{DEPOSITS}/{method_id}"
    _switch(here, path, "on")
    assert _newest(house).is_active
    with pytest.raises(Conflict, match="Deactivate this payment method first"):
        perform(RetireRecord("payment-method", method_id), house.administrator)
    assert "Deactivate this payment method first" in _page(here, f"{path}/delete")
    _switch(here, path, "off")
    assert not _newest(house).is_active
    assert "Card payment" in _page(here, f"{DEPOSITS}?search=card%20pay")
    assert "Card payment" not in _page(here, f"{DEPOSITS}?search=wire")
    assert send(here, f"{path}/delete").status_code == 303
    assert "Card payment" not in _page(here, DEPOSITS)
    answer = here.post(f"{path}/status", data={"csrf_token": token_of(here), "value": "on"})
    assert not _newest(house).is_active, "what is deleted is not switched on again"
    assert answer.status_code == 303


@pytest.mark.checks("W05.18", "W05.16", "M03.10")
def test_a_withdrawal_method_asks_for_less_and_belongs_to_its_project(house, here):
    form = form_of(here, f"{WITHDRAWALS}/new")
    assert not {"type", "integration", "rules_text", "credentials_text"} & set(form)
    sent = send(here, f"{WITHDRAWALS}/new", project_id=str(house.project_id), label="To a bank",
                name="to-bank", language="en")  # fmt: skip
    assert sent.status_code == 303
    made = _newest(house)
    _switch(here, f"{WITHDRAWALS}/{made.id}", "on")
    other = perform(CreateProject("Other"), house.administrator)
    same = CreatePaymentMethod(other, "withdrawal", "To a bank", MethodTerms("to-bank"))
    perform(same, house.administrator)
    with pytest.raises(Conflict, match="exists already"):
        perform(same, house.administrator)
    narrowed = _page(here, f"{WITHDRAWALS}.csv?project={house.project_id}")
    assert len(narrowed.strip().splitlines()) == 2
    deleted = send(here, f"{WITHDRAWALS}/{made.id}/delete")
    assert deleted.status_code == 303, "a withdrawal method is deleted whether it is on or off"
