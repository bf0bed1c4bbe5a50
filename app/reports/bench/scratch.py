"""A database of the benchmark's own, with a small bank in it, dropped when the run is over."""

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import create_engine, make_url, select, text

from app import create_app
from app.accounts.commands import OpenAccount
from app.clients.commands import CreateClient, Document, Person
from app.controls.commands import perform
from app.controls.identity import Actor, system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.db.session import database
from app.ledger.accounts import Product
from app.ledger.models import Asset
from app.licences.provisioning import InitialiseSequences, ProvisionOrganisation
from app.organisation.branches import CreateBranch
from app.organisation.models import Project
from app.reference.commands import CreateProjectCurrency
from app.reference.models import IdentityType
from app.transactions.commands import Deposit, Transfer

PLENTY_MINOR = 10**12
BUSINESS_DATE = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Bank:
    """What the clients of the benchmark need to know."""

    url: str
    organisation_id: int
    actor: Actor
    asset_ids: tuple[int, ...]
    email: str
    password: str
    branch_ids: tuple[int, ...] = ()


@contextmanager
def scratch_database(
    url: str, *, assets: int, history: int = 0, branches: int = 0
) -> Iterator[Bank]:
    """Make a database beside `url`, never in it, and drop it afterwards.

    `history` is how many transfers were made before, so that the database knows its tables;
    `branches` are opened for tellers of their own.
    """
    address = make_url(url)
    name = f"countinghouse_bench_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix=name) as folder:
        if address.get_backend_name() == "sqlite":
            bank = _bank(f"sqlite:///{Path(folder) / 'bench.db'}", folder, assets)
            yield _aged(_spread(bank, branches), history)
            database.engine.dispose()
            return
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            own = address.set(database=name).render_as_string(hide_password=False)
            yield _aged(_spread(_bank(own, folder, assets), branches), history)
        finally:
            database.engine.dispose()
            with server.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            server.dispose()


def _bank(url: str, folder: str, assets: int) -> Bank:
    os.environ["COUNTINGHOUSE_VAR"] = folder
    with create_app(database_url=url).app_context():
        upgrade()
    email, password = "bench@example.com", secrets.token_hex(16)
    root = system_actor(None, ALL_PERMISSIONS, "Benchmark")
    organisation_id = perform(
        ProvisionOrganisation(
            name="Bench",
            country="KE",
            base_currency="KES",
            expires_on=date(2099, 1, 1),
            business_date=BUSINESS_DATE,
            administrator_email=email,
            administrator_first_name="Ada",
            administrator_last_name="Achieng",
            administrator_password=password,
        ),
        root,
    )
    actor = root.within(organisation_id)
    perform(InitialiseSequences(), actor)
    with database.reading() as session:
        project_id = session.scalars(select(Project.id)).one()
        product_id = session.scalars(select(Product.id).where(Product.is_contract)).one()
        identity_type_id = session.scalars(select(IdentityType.id)).first() or 0
    perform(CreateProjectCurrency(project_id, "KES"), actor)
    document = (Document(identity_type_id, "12345678"),)
    for number in range(assets):
        person = Person("Client", f"Number {number}")
        client_id = perform(CreateClient(person, document, project_id, submit=True), actor)
        perform(OpenAccount(product_id, "KES", client_id=client_id), actor)
    with database.reading() as session:
        asset_ids = tuple(session.scalars(select(Asset.id).where(Asset.is_limited)))
    for asset_id in asset_ids:
        perform(Deposit(asset_id, PLENTY_MINOR), actor)
    return Bank(url, organisation_id, actor, asset_ids, email, password)


def _spread(bank: Bank, branches: int) -> Bank:
    names = [f"Branch {number}" for number in range(branches)]
    opened = tuple(perform(CreateBranch(name, "KE"), bank.actor) for name in names)
    return replace(bank, branch_ids=opened)


def _aged(bank: Bank, history: int) -> Bank:
    assets = len(bank.asset_ids)
    for number in range(history):
        one, other = (bank.asset_ids[(number + step) % assets] for step in (0, 1))
        perform(Transfer(one, other, 100), bank.actor)
    return bank


def settle(url: str) -> None:
    """Let the database learn what its tables hold, as it does by itself after some minutes."""
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
        else:
            connection.execute(text("ANALYZE"))


def sign_in(app: Flask, bank: Bank) -> FlaskClient:
    """Return a browser that has signed in as a person does."""
    browser = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/login").text)
    form = {"email": bank.email, "password": bank.password}
    browser.post("/login", data=form | ({"csrf_token": token.group(1)} if token else {}))
    return browser
