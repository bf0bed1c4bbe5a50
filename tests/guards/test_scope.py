"""No route shows or changes a record outside of a person's scope, whoever asks and however."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from app.access.people import CreateUser
from app.configuration.commands import CreateProjectLike
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.saved_views import SaveView
from app.keys.holder import INTERFACE
from app.licences.roles import SYSTEM_ROLES
from app.web.guard import declared_permission
from app.web.listing import listings
from tests.factories import PASSWORD, House, a_house, a_user, unique, unique_email
from tests.guards.foreign import (
    MISSING,
    Foreign,
    Person,
    a_foreign_organisation,
    addresses,
    configuration_of,
    fees_of,
    of_a_client,
    routes_with_ids,
    said,
    state_of,
)
from tests.guards.of_projects import of_a_project
from tests.transactions.scenes import GiveOnly, status_id

OWN_CLIENTS, OWN_DESKS = "Who sees own clients", "Who sees own desks"
CUSTOMER, PLATFORM = "A customer", "A platform administrator"
PEOPLE = (*SYSTEM_ROLES, OWN_CLIENTS, OWN_DESKS, CUSTOMER, PLATFORM)
_ASIDE = {"/login", "/logout", "/theme", "/healthz", "/readyz", "/styleguide"}
_BY_HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
ADMINISTRATOR = "Tenant Administrator"


@dataclass(frozen=True, slots=True)
class World:
    """Three groups of records that some people of our organisation must not meet.

    `theirs` are another organisation's; `beside` another project's; `not_mine` another manager's
    in the same project.
    """

    ours: House
    own_transaction_id: int
    their_status_id: int
    theirs: Foreign
    beside: Foreign
    not_mine: Foreign
    people: dict[str, Person]


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    their_house, ours = a_house(name=unique("Quokkazebra Bank")), a_house(currencies=("KES", "USD"))
    Person(app, their_house.administrator_email)
    project_id = perform(CreateProjectLike("Wombatyak", ours.project_id), ours.administrator)
    beside = of_a_client(ours, "Wombatyak", project_id=project_id) | {"project": project_id}
    beside |= fees_of(ours, "Wombatyak", project_id)
    beside |= of_a_project(ours, "Wombatyak", project_id, beside["client"])
    manager, _, _ = a_user(ours, "Branch Manager")
    not_mine = of_a_client(ours, "Numbatlynx", manager_id=manager.user_id)
    # A view of somebody else in the same organisation is as foreign as one of another.
    not_mine["view"] = perform(SaveView("clients", "Numbatlynx", "kind=individual"), manager)
    own = of_a_client(ours, "Amina")
    return World(
        ours,
        own["transaction"],
        status_id(their_house, "completed"),
        a_foreign_organisation(their_house, "Quokkazebra"),
        Foreign(ours.organisation_id, "Wombatyak", beside | configuration_of(ours, project_id)),
        Foreign(ours.organisation_id, "Numbatlynx", not_mine),
        {name: Person(app, email) for name, email in _people(ours, own["client"])},
    )


def _people(ours: House, client_id: int) -> Iterator[tuple[str, str]]:
    for role in SYSTEM_ROLES:
        yield role, a_user(ours, role)[1]
    everything = SYSTEM_ROLES[ADMINISTRATOR][1]
    for name, module in ((OWN_CLIENTS, "clients"), (OWN_DESKS, "desks")):
        who, email, _ = a_user(ours, "Teller")
        # The log is the organisation's, whoever may read it.
        narrower = everything - {f"{module}.view-all", "activity.view"} | {f"{module}.view-own"}
        perform(GiveOnly(who.user_id or 0, tuple(narrower)), ours.system)
        yield name, email
    yield CUSTOMER, a_user(ours, kind="client", client_id=client_id)[1]
    email = unique_email("platform")
    platform = CreateUser("platform", email, "Paul", "Platform", PASSWORD)
    perform(platform, system_actor(None, ALL_PERMISSIONS, "Setup"))
    yield PLATFORM, email


def _walk(
    app: Flask,
    person: Person,
    foreign: Foreign,
    *,
    apart: frozenset[str] = frozenset(),
    headers: dict[str, str] | None = _BY_HTMX,
) -> None:
    """Ask every route for every foreign record: it is missing, or the route is not for them.

    `apart` are permissions of routes that are rightly open to this person.
    """
    before = state_of(foreign.organisation_id)
    for rule, method in routes_with_ids(app):
        permission = declared_permission(app, rule.endpoint)
        for path, missing_path in addresses(rule, foreign) if permission not in apart else ():
            answer, asked = person.ask(method, path, headers=headers), f"{method} {path}"
            assert answer.status_code in _closed(path), f"{asked} answers {answer.status_code}"
            assert foreign.mark not in said(answer), asked
            if answer.status_code == 404 or permission == "signed in":
                missing = person.ask(method, missing_path, headers=headers)
                assert answer.status_code == missing.status_code, asked
                assert said(answer) == said(missing), asked
    assert state_of(foreign.organisation_id) == before


def _closed(path: str) -> set[int]:
    """Return what a record out of sight is answered; customers and the platform have no keys."""
    return {401, 403, 404} if path.startswith(INTERFACE) else {403, 404}


@pytest.mark.checks("W09.20")
@pytest.mark.parametrize("who", PEOPLE)
def test_a_record_of_another_organisation_is_one_that_is_missing(
    app: Flask, world: World, who: str
):
    # The platform's own people see every organisation's licence and log, and nothing else of it.
    apart = (
        {"licences.view", "licences.edit", "activity.view", "platform.administer"}
        if who == PLATFORM
        else set()
    )
    _walk(app, world.people[who], world.theirs, apart=frozenset(apart))


def test_the_page_of_a_foreign_record_is_that_of_a_missing_one(app: Flask, world: World):
    _walk(app, world.people[ADMINISTRATOR], world.theirs, headers=None)


@pytest.mark.checks("W09.20", "W09.24")
def test_a_teller_of_one_project_meets_no_record_of_another(app: Flask, world: World):
    _walk(app, world.people["Teller"], world.beside)


@pytest.mark.checks("W09.20", "W09.22", "W09.26", "W09.27")
@pytest.mark.parametrize("who", [OWN_CLIENTS, OWN_DESKS])
def test_who_sees_only_their_own_meets_no_client_of_others(app: Flask, world: World, who: str):
    _walk(app, world.people[who], world.not_mine)


@pytest.mark.parametrize("group", ["beside", "not_mine"])
def test_a_customer_meets_no_other_customer(app: Flask, world: World, group: str):
    _walk(app, world.people[CUSTOMER], getattr(world, group))


def test_a_record_of_ones_own_takes_nothing_foreign(app: Flask, world: World):
    path = f"/admin/transactions/{world.own_transaction_id}/status/"
    administrator = world.people[ADMINISTRATOR]
    for method in ("GET", "POST"):
        answer = administrator.ask(method, f"{path}{world.their_status_id}")
        assert answer.status_code == 404
        assert said(answer) == said(administrator.ask(method, f"{path}{MISSING}"))


def _plain_routes(app: Flask, method: str) -> list[str]:
    """Return the addresses without parts to fill in, those aside that concern nobody's records."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "<" not in rule.rule and method in (rule.methods or ()) and rule.rule not in _ASIDE
    )


def _narrowed(foreign: Foreign) -> Iterator[str]:
    """Return questions that a list, a search or a form without a record of its own may be asked."""
    ids, part = foreign.ids, foreign.mark[:-2]
    yield ""
    yield f"search={part}&q={part}&all=1"
    yield f"subject=client&id={ids['client']}&client={ids['client']}&of=client-{ids['client']}"
    yield f"subject=asset&id={ids['asset']}&account={ids['account']}&of=asset-{ids['asset']}"
    yield f"project={ids.get('project', MISSING)}&open=/admin/clients/{ids['client']}"


@pytest.mark.checks("W09.20")
@pytest.mark.parametrize(
    ("who", "group"),
    [
        (ADMINISTRATOR, "theirs"),
        ("Auditor", "theirs"),
        ("Teller", "beside"),
        (OWN_CLIENTS, "not_mine"),
        (OWN_DESKS, "not_mine"),
        (CUSTOMER, "not_mine"),
    ],
)
def test_no_list_count_export_or_search_tells_of_foreign_records(
    app: Flask, world: World, who: str, group: str
):
    foreign: Foreign = getattr(world, group)
    for path in _plain_routes(app, "GET"):
        for query in _narrowed(foreign):
            answer = world.people[who].ask("GET", f"{path}?{query}", headers=_BY_HTMX)
            assert answer.status_code < 500, f"{path}?{query}"
            assert foreign.mark not in said(answer), f"{path}?{query}"


def test_no_filter_tells_of_foreign_records(world: World):
    ids = "&".join(f"{{name}}={one}" for one in sorted(set(world.theirs.ids.values())))
    for listing in listings.values():
        for one in listing.filters:
            for path in (listing.path, f"{listing.path}.csv"):
                address = f"{path}?{ids.format(name=one.name)}"
                answer = world.people[ADMINISTRATOR].ask("GET", address)
                assert world.theirs.mark not in said(answer), address


@pytest.mark.parametrize("who", [ADMINISTRATOR, CUSTOMER])
def test_no_form_without_a_record_of_its_own_reaches_a_foreign_one(
    app: Flask, world: World, who: str
):
    before = state_of(world.theirs.organisation_id)
    for path in _plain_routes(app, "POST"):
        for query in _narrowed(world.theirs):
            answer = world.people[who].ask("POST", f"{path}?{query}", headers=_BY_HTMX)
            assert answer.status_code < 500, f"{path}?{query}"
            assert world.theirs.mark not in said(answer), f"{path}?{query}"
    assert state_of(world.theirs.organisation_id) == before
