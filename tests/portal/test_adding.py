"""Add money: a client sees what is active for their own project and currencies, and no more."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.payment_methods.commands import CreatePaymentMethod, MethodTerms, SetPaymentMethodActive
from app.reference.commands import CreateProject
from tests import factories

PAGE = "/portal/add-money"


def test_a_client_sees_how_money_comes_in_and_where_a_manual_way_leads(app: Flask):
    house = factories.a_house(currencies=("KES", "USD"))
    by = house.administrator
    other = perform(CreateProject("Elsewhere"), by)

    def a_method(
        label: str, *, project_id: int = house.project_id, way: str = "deposit", **terms: Any
    ) -> int:
        name = label.lower().replace(" ", "-")
        values = {"type": "manual", "integration": "external", **terms}
        command = CreatePaymentMethod(project_id, way, label, MethodTerms(name, **values))
        method_id: int = perform(command, by)
        perform(SetPaymentMethodActive(method_id, is_active=True), by)
        return method_id

    a_method("By wire", additional={"url": "https://pay.example/wire"}, placeholder="Your name")
    a_method("By script", additional={"url": "javascript:alert(1)"})
    a_method("On site", type="auto", additional={"url": "https://pay.example/auto"})
    a_method("In shillings", currencies=("KES", "USD"))
    off = a_method("Switched off")
    perform(SetPaymentMethodActive(off, is_active=False), by)
    gone = a_method("Deleted")
    perform(SetPaymentMethodActive(gone, is_active=False), by)
    perform(RetireRecord("payment-method", gone), by)
    a_method("Sent out", way="withdrawal")
    a_method("In dollars", currencies=("USD",))
    a_method("Of another project", project_id=other)

    client_id = factories.a_client(house)
    _, email, _ = factories.a_user(house, kind="client", client_id=client_id)
    browser = app.test_client()
    factories.signed_in(browser, email)
    assert "No ways to add money yet" in browser.get(PAGE).get_data(as_text=True)
    factories.an_account(house, client_id)
    text = browser.get(PAGE).get_data(as_text=True)
    for shown in ("By wire", "Your name", 'href="https://pay.example/wire"', "By script",
                  "On site", "In shillings"):  # fmt: skip
        assert shown in text
    for hidden in ("javascript:", "pay.example/auto", "Switched off", "Deleted", "Sent out",
                   "In dollars", "Of another project", "USD"):  # fmt: skip
        assert hidden not in text
    _, teller_email, _ = factories.a_user(house)
    staff = app.test_client()
    factories.signed_in(staff, teller_email)
    assert staff.get(PAGE).status_code in {403, 404}
