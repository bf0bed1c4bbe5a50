"""What tests of second factors do: an app that shows codes, a device that keeps passkeys."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from typing import Any

import cbor2
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask.testing import FlaskClient
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url

from app.access.factor_models import Authenticator
from app.controls.commands import door
from app.db.session import database
from tests import factories
from tests.factories import House
from tests.pages import form_of, send, token_of

PATH = "/account/second-factor"
STEP = "/login/second-factor"
ORIGIN = "https://bank.example"


def code_of(user_id: int, *, steps: int = 0) -> str:
    """Return what the person's app shows now, or some steps of 30 seconds later."""
    with database.reading() as session:
        query = select(Authenticator.secret).where(Authenticator.user_id == user_id)
        secret = session.scalars(query).one()
    return pyotp.TOTP(secret).at(door.clock(), counter_offset=steps)


def enrol(client: FlaskClient) -> list[str]:
    """Set up an app by its page, which is not the first code's last use; returns the codes."""
    page = client.get(f"{PATH}/app").get_data(as_text=True)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret is not None
    values = form_of_text(page)
    now = door.clock()
    code = pyotp.TOTP(secret.group(1).replace(" ", "")).at(now, counter_offset=-1)
    # One step old and no older, however near the next step is.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "clock", lambda: now)
        answer = client.post(f"{PATH}/app", data=values | {"code": code})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return codes_in(answer.get_data(as_text=True))


def form_of_text(page: str) -> dict[str, str]:
    """Return the hidden values of a page's form."""
    return dict(re.findall(r'<input[^>]*name="(csrf_token|sealed)"[^>]*value="([^"]+)"', page))


def codes_in(page: str) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)


def someone_with_an_app(
    client: FlaskClient, house: House, role: str = "Teller"
) -> tuple[int, str, list[str]]:
    """Add a person who has an app and is signed out; returns id, address and recovery codes."""
    actor, email, _password = factories.a_user(house, role)
    factories.signed_in(client, email)
    codes = enrol(client)
    client.post("/logout", data={"csrf_token": token_of(client)})
    return actor.user_id or 0, email, codes


def typed(client: FlaskClient, code: str, path: str = STEP) -> Any:
    return send(client, path, code=code)


class Device:
    """A device in software that keeps one passkey (WebAuthn 6), with a user at hand."""

    def __init__(self, *, origin: str = ORIGIN, verifies: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = b"a passkey of " + secrets.token_bytes(8)
        self.origin = origin
        self.count = 0
        self.flags = 0b101 if verifies else 0b001

    def make(self, options: dict[str, Any]) -> str:
        """Answer navigator.credentials.create()."""
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, **point})
        kept = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(options["rp"]["id"], 0b1000000) + kept
        made = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"]),
            "attestationObject": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
        }
        return self._answer(made)

    def sign(self, options: dict[str, Any]) -> str:
        """Answer navigator.credentials.get()."""
        self.count += 1
        data = self._data(options["rpId"], 0)
        said = self._client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        made = {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        return self._answer(made)

    def _data(self, host: str, more: int) -> bytes:
        about = hashlib.sha256(host.encode()).digest() + bytes([self.flags | more])
        return about + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, made: dict[str, bytes]) -> str:
        name = bytes_to_base64url(self.id)
        response = {key: bytes_to_base64url(value) for key, value in made.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def options(client: FlaskClient, path: str) -> dict[str, Any]:
    """Ask for the question of a passkey as passkey.js does."""
    answer = client.post(path, headers={"X-CSRFToken": token_of(client)})
    assert answer.status_code == 200, path
    return dict(answer.get_json())


def add_passkey(client: FlaskClient, device: Device, name: str = "Laptop") -> Any:
    """Add a passkey by its page."""
    values = form_of(client, f"{PATH}/passkeys/new")
    answer = device.make(options(client, f"{PATH}/passkeys/options"))
    values |= {"name": name, "passkey": answer}
    return client.post(f"{PATH}/passkeys/new", data=values)
