"""Mail to a client is seen by those who may see the client, mail to staff by all who see mail."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from app.access.commands import CreateRole
from app.access.invitations import SendTemporaryPassword
from app.controls.commands import perform
from app.mail.models import FAILED, Mail
from tests import factories
from tests.mail.scenes import mails_to

LIST = "/admin/mails"


def test_who_sees_own_clients_sees_no_mail_to_others(app: Flask, client: FlaskClient):
    house = factories.a_house(currencies=())
    rights = ("mail.view", "mail.send", "clients.view-own", "projects.view-all", "desks.view-all")
    perform(CreateRole("Own clients", rights), house.administrator)
    manager, address, _password = factories.a_user(house, "Own clients")
    own = factories.a_client(house, manager_id=manager.user_id)
    other = factories.a_client(house)
    logins = {}
    for key in (own, other):
        login, email, _password = factories.a_user(house, kind="client", client_id=key)
        logins[key] = email
        perform(SendTemporaryPassword(login.user_id), house.administrator)
    teller, staff, _password = factories.a_user(house)
    perform(SendTemporaryPassword(teller.user_id), house.administrator)
    factories.signed_in(client, address)
    for path in (LIST, f"{LIST}.csv", f"{LIST}?search=example.com"):
        shown = client.get(path).get_data(as_text=True)
        assert logins[own] in shown
        assert staff in shown
        assert logins[other] not in shown
    (mail,) = mails_to(logins[other])
    factories.change(house, Mail, mail.id, state=FAILED)
    assert client.get(f"{LIST}/{mail.id}/send").status_code == 404
    boss = app.test_client()
    factories.signed_in(boss, house.administrator_email)
    assert logins[other] in boss.get(LIST).get_data(as_text=True)
    assert boss.get(f"{LIST}/{mail.id}/send").status_code == 200
