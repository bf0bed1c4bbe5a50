"""A program that speaks to the interface with a key, as those of other houses do."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.access.models import Role
from app.controls.commands import perform
from app.controls.identity import Actor
from app.db.session import database
from app.keys.commands import CreateApiKey, CreateServiceAccount
from app.keys.scopes import reachable_scopes
from tests.factories import House, unique

PREFIX = "/api/v1"


class Program:
    """Sends requests with one key; each write has an idempotency key of its own unless told."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client()
        self.token = token

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"{PREFIX}{path}", query_string=query, headers=self._headers())

    def post(self, path: str, key: str | None = None, **body: Any) -> TestResponse:
        return self.send(path, body, key=key)

    def send(self, path: str, body: Any, *, key: str | None = None) -> TestResponse:
        """Send any body, text as it is."""
        headers = self._headers() | {"Idempotency-Key": key or uuid4().hex}
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"{PREFIX}{path}", data=text, headers=headers, content_type="application/json"
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def a_key(who: Actor, *scopes: str, user_id: int | None = None, **more: Any) -> str:
    """Make a key for a person or a service account; without scopes, all that they hold."""
    chosen = scopes or tuple(one.key for one in reachable_scopes(who.permissions))
    return perform(CreateApiKey(unique("Key"), chosen, user_id, **more), who)["token"]


def a_program(app: Flask, who: Actor, *scopes: str) -> Program:
    """Return a program that works in a person's name."""
    return Program(app, a_key(who, *scopes))


def a_service(house: House, role: str = "Teller") -> int:
    """Add a service account with a system role; returns its user's id."""
    with database.reading() as session:
        query = select(Role.id).where(
            Role.organisation_id == house.organisation_id, Role.name == role
        )
        role_id = session.scalars(query).one()
    command = CreateServiceAccount(unique("Core"), (role_id,), (house.project_id,))
    return perform(command, house.administrator)
