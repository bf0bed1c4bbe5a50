"""The activity logs: who did what, when, what changed, and who may read it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access.commands import CreateUser
from app.clients.commands import Document, EditClient, Person
from app.clients.models import Client
from app.controls.approvals import SubmitRecord
from app.controls.audit import Activity
from app.controls.commands import door, handles, perform
from app.controls.idempotency import IdempotencyKey
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.work import Work
from app.counter.commands import MoveAtCounter
from app.db.base import Base
from app.db.session import database
from app.holds.commands import PlaceHold
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.seals import Seal
from app.reports.daily_heads import keep_heads
from app.trail.changes import changed_rows, field_label
from app.transactions.commands import Deposit, Withdraw
from app.transactions.statuses import EditDescription
from tests import factories
from tests.factories import (
    PASSWORD,
    House,
    a_client,
    a_funded_asset,
    a_house,
    a_user,
    an_account,
    an_approval_rule,
    change,
    signed_in,
    unique_email,
)
from tests.guards.foreign import a_foreign_organisation
from tests.ledger import books
from tests.pages import form_of, token_of

LOG = "/admin/activity"
pytestmark = pytest.mark.usefixtures("app")


@dataclass(frozen=True, slots=True)
class DescribeAccount:
    """Write an account's own properties, which are kept as one field."""

    account_id: int
    properties: dict[str, str] = field(default_factory=dict)


@handles(DescribeAccount, permission=None)
def describe_account(work: Work, command: DescribeAccount) -> None:
    work.session.get_one(Account, command.account_id).properties = command.properties


def browser(app: Flask, email: str) -> FlaskClient:
    client = app.test_client()
    signed_in(client, email)
    return client


def newest(house: House, action: str) -> Activity:
    """Return the newest log row of an action in a house."""
    query = (
        select(Activity)
        .where(
            Activity.organisation_id == house.organisation_id,
            Activity.action == action,
            Activity.is_primary,
        )
        .order_by(Activity.id.desc())
    )
    with database.reading() as session:
        row = session.scalars(query).first()
    assert row is not None, action
    return row


def actions(page: str) -> list[str]:
    """Return the actions in the order of the rows."""
    return re.findall(r'data-label="Action">\s*<a[^>]*>([^<]+)<', page)


@pytest.mark.checks("E39.01", "E39.02", "E39.04", "E39.08", "E39.10")
def test_the_log_lists_who_did_what_newest_first(app: Flask):
    house = a_house()
    teller, _, _ = a_user(house, "Teller")
    a_client(house)
    with pytest.raises(Refusal):
        perform(EditDescription(999_999_999, 1, "No"), teller)
    here = browser(app, house.administrator_email)
    page = here.get(LOG).get_data(as_text=True)
    for heading in ("Actor", "Action", "Entity", "Status", "Time"):
        assert re.search(rf"<th[^>]*>(<a[^>]*>)?{heading}\b", page), heading
    assert not re.search(r"<th[^>]*>(<a[^>]*>)?Company\b", page)
    assert actions(page)[:3] == ["Sign in", "Edit description", "Create client"]
    assert re.search(r"badge--info\">Human</span>\s*<span class=\"cell-note\">Tessa Otieno", page)
    assert re.search(r"badge--neutral\">System</span>\s*<span class=\"cell-note\">Setup", page)
    assert "badge--success" in page
    failures = here.get(f"{LOG}?status=Failure").get_data(as_text=True)
    assert actions(failures) == ["Edit description"]
    assert 'badge--danger">Failure<' in failures
    assert f'href="{LOG}"' in failures
    assert "Drop filters" in failures


@pytest.mark.checks("E39.02")
def test_what_was_refused_names_the_record_that_it_was_about(app: Flask):
    house = a_house()
    asset_id = a_funded_asset(house)
    asset = books.asset(asset_id)
    hold = PlaceHold(asset_id, 5_00, "Garnishment")
    for refused in (
        MoveAtCounter(Withdraw(asset_id, 9_00), ()),
        hold,
        SubmitRecord("account", asset.account_id),
        Deposit(asset_id, -1),
    ):
        with pytest.raises(Refusal):
            perform(refused, house.administrator)
    with database.reading() as session:
        mine = (Activity.organisation_id == house.organisation_id, Activity.status == "Failure")
        rows = session.scalars(select(Activity).where(*mine).order_by(Activity.id)).all()
        told = [(row.entity, row.entity_id, row.entity_label) for row in rows]
        account = session.get_one(Account, asset.account_id).title()
    named = ("asset", asset_id, asset.title())
    assert told == [named, named, ("account", asset.account_id, account), named]
    page = browser(app, house.administrator_email).get(f"{LOG}?status=Failure").text
    assert f"Asset {asset.title()}" in page
    other = a_house()
    with pytest.raises(Refusal):
        perform(hold, other.administrator)
    with database.reading() as session:
        theirs = (Activity.organisation_id == other.organisation_id, Activity.status == "Failure")
        (row,) = session.scalars(select(Activity).where(*theirs)).all()
    assert (row.entity, row.entity_id, row.entity_label) == ("", None, ""), "out of their sight"


@pytest.mark.checks("E39.05", "E39.06")
def test_a_range_of_dates_narrows_and_ninety_days_are_the_most(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    house = a_house()
    a_client(house)
    here = browser(app, house.administrator_email)
    today = factories.today()

    def answer(low: int | None, high: int | None) -> Any:
        query = {
            f"time_{end}": (today - timedelta(days=days)).isoformat()
            for end, days in (("from", low), ("to", high))
            if days is not None
        }
        return here.get(LOG, query_string=query)

    assert "Create client" in answer(90, 0).get_data(as_text=True)
    assert "Create client" not in answer(90, 2).get_data(as_text=True)
    for low, high in ((91, 0), (91, None), (400, 300)):
        refused = answer(low, high)
        assert refused.status_code == 422
        assert "The date range cannot be longer than 90 days" in refused.get_data(as_text=True)


@pytest.mark.checks("E39.07")
def test_the_search_finds_actor_action_and_entity(app: Flask):
    house = a_house()
    _, email, _ = a_user(house, "Teller", first_name="Xanthippe")
    client_id = a_client(house, surname="Quagmire")
    here = browser(app, house.administrator_email)
    browser(app, email)
    for typed, expected in {
        "xanthi": ["Sign in", "Create user"],
        "create cl": ["Create client"],
        "QUAGMIRE": ["Create client"],
    }.items():
        found = here.get(LOG, query_string={"search": typed}).get_data(as_text=True)
        assert actions(found) == expected, typed
    found = here.get(LOG, query_string={"search": str(client_id)}).get_data(as_text=True)
    assert "Create client" in actions(found)
    page = here.get(LOG).get_data(as_text=True)
    assert "filters:type" in page


@pytest.mark.checks("E39.11", "E39.12", "E39.13", "E39.14", "E39.15", "E39.16", "E39.17")
def test_an_event_s_page_has_its_cards(app: Flask):
    house = a_house()
    client_id = a_client(house, submit=False)
    here = browser(app, house.administrator_email)
    from tests.pages import send

    send(here, f"/admin/approvals/client/{client_id}/submit")
    row = newest(house, "Submit record")
    assert f'href="{LOG}/{row.id}"' in here.get(LOG).get_data(as_text=True)
    page = here.get(f"{LOG}/{row.id}").get_data(as_text=True)
    cards = re.findall(r'<summary[^>]*><h2 class="card__title">([^<]+)<', page)
    assert cards == ["Event Summary", "Actor", "Request Context", "Record Status",
                     "Trace &amp; System", "Timestamps"]  # fmt: skip
    for text in (
        "Submit record", "Client", str(client_id), "Success", "Tags", "Sensitive", "Ada Achieng",
        "Tenant Administrator", "Head Office", f"POST /admin/approvals/client/{client_id}/submit",
        "127.0.0.1", "Werkzeug", "Draft", "Authorized", row.request_id, row.session_id, "web",
        "development", "Happened", "Logged",
    ):  # fmt: skip
        assert text in page, text


@pytest.mark.checks("E39.18", "E39.19", "E39.20", "E39.21", "E39.24", "E39.31")
def test_view_changes_compares_and_keeps_what_is_personal(app: Flask):
    house = a_house()
    client_id = a_client(house, submit=False, city="Nairobi", email="secret@example.com")
    with database.reading() as session:
        version = session.get_one(Client, client_id).version
    person = Person("Amina", "Wambui", email="other@example.com", city="Nairobi", country="Kenya")
    document = Document(house.identity_type_id, "12345678")
    perform(EditClient(client_id, version, person, (document,), None, None), house.administrator)
    row = newest(house, "Edit client")
    here = browser(app, house.administrator_email)
    page = here.get(f"{LOG}/{row.id}").get_data(as_text=True)
    assert re.search(rf'View Changes</span><span class="button__count">{len(row.changes)}<', page)
    assert f'href="{LOG}/{row.id}/changes"' in page
    diff = here.get(f"{LOG}/{row.id}/changes").get_data(as_text=True)
    assert "<del>Wanjiru</del>" in diff
    assert "<ins>Wambui</ins>" in diff
    assert diff.count("Encrypted") == 2
    assert "example.com</" not in diff.split("<main")[1]
    assert "secret@" not in str(row.changes)
    created = newest(house, "Create client")
    diff = here.get(f"{LOG}/{created.id}/changes").get_data(as_text=True)
    assert 'diff__mark--added">+<' in diff
    assert "<ins>Nairobi</ins>" in diff


def test_a_customer_s_documents_are_changed_and_removed_in_the_log(app: Flask):
    house = a_house()
    client_id = a_client(house, submit=False)
    two = (
        Document(house.identity_type_id, "12345678"),
        Document(house.identity_type_id, "87654321"),
    )

    def edit(*documents: Document) -> list[Activity]:
        with database.reading() as session:
            version = session.get_one(Client, client_id).version
        person = Person("Amina", "Wanjiru")
        perform(EditClient(client_id, version, person, documents, None, None), house.administrator)
        operation = newest(house, "Edit client").operation_id
        query = select(Activity).where(
            Activity.operation_id == operation, Activity.entity == "identity_document"
        )
        with database.reading() as session:
            return list(session.scalars(query.order_by(Activity.id)))

    added, changed = sorted(edit(*two), key=lambda row: row.tags)
    assert (added.tags, changed.tags) == ("created", "modified")
    assert [one["field"] for one in changed.changes] == ["reference"]
    assert "12345678" not in str(changed.changes)
    (gone,) = edit(two[0])
    assert (gone.tags, gone.entity_id) == ("deleted", added.entity_id)


def test_a_range_that_is_too_long_is_refused_as_a_file_as_on_the_page(app: Flask):
    house = a_house(currencies=())
    here = browser(app, house.administrator_email)
    asked = "time_from=2026-01-01&time_to=2026-06-01"
    told = re.compile("90 days")
    for path in (f"{LOG}?{asked}", f"{LOG}.csv?{asked}"):
        answer = here.get(path)
        assert answer.status_code == 422
        assert told.search(answer.get_data(as_text=True))
    with database.reading() as session:
        taken = select(Activity.status).where(
            Activity.organisation_id == house.organisation_id, Activity.action == "Export file"
        )
        assert not session.scalars(taken).all()


@pytest.mark.checks("E39.22", "E39.23", "E39.25")
def test_names_are_readable_and_what_is_gone_is_marked(app: Flask):
    assert field_label("address.street") == "address > street"
    assert field_label("client_id") == "client"
    house = a_house()
    account_id = an_account(house, a_client(house))
    here = browser(app, house.administrator_email)
    for properties in ({"street": "Moi Avenue", "floor": "3"}, {"street": "Kenyatta Avenue"}):
        perform(DescribeAccount(account_id, properties), house.administrator)
    row = newest(house, "Describe account")
    diff = here.get(f"{LOG}/{row.id}/changes").get_data(as_text=True)
    assert "properties &gt; street" in diff
    assert "<del>Moi Avenue</del>" in diff
    assert 'diff__mark--removed">-<' in diff
    a_user(house)
    created = newest(house, "Create user")
    with database.reading() as session:
        query = select(Activity).where(
            Activity.operation_id == created.operation_id,
            Activity.entity == "user",
            Activity.tags == "created",
        )
        user = session.scalars(query).one()
    diff = here.get(f"{LOG}/{user.id}/changes").get_data(as_text=True)
    assert "Redacted" in diff
    assert "argon2" not in diff


def test_amounts_among_the_changes_are_decimals_of_their_currency():
    changes = [
        {"field": "amount_minor", "kind": "modified", "old": "123450", "new": "200000"},
        {"field": "currency", "kind": "modified", "old": "KES", "new": "KES"},
    ]
    amount = changed_rows(changes)[0]
    assert (amount["before"], amount["after"]) == ("1,234.50 KES", "2,000.00 KES")


def test_nobody_reads_another_organisation_s_log(app: Flask):
    one, two = a_house(), a_house()
    a_client(one, surname="Neighbour")
    row = newest(one, "Create client")
    here = browser(app, two.administrator_email)
    assert "Neighbour" not in here.get(LOG).get_data(as_text=True)
    assert "Neighbour" not in here.get(f"{LOG}.csv").get_data(as_text=True)
    assert here.get(f"{LOG}/{row.id}").status_code == 404
    assert here.get(f"{LOG}/{row.id}/changes").status_code == 404
    _, teller, _ = a_user(two, "Teller")
    assert browser(app, teller).get(LOG).status_code == 403


@pytest.mark.checks("E39.03", "E39.09")
def test_platform_people_see_the_company_and_may_choose_one(app: Flask):
    one, two = a_house(), a_house()
    for house in (one, two):
        a_client(house)
    email = unique_email("platform")
    perform(
        CreateUser(
            kind="platform", email=email, first_name="Paula", last_name="Platform",
            password=PASSWORD,
        ),
        system_actor(None, ALL_PERMISSIONS, "Setup"),
    )  # fmt: skip
    here = browser(app, email)
    page = here.get(LOG).get_data(as_text=True)
    assert re.search(r"<th[^>]*>Company", page)
    assert one.name in page
    assert two.name in page
    chosen = here.get(f"{LOG}.csv?company={one.organisation_id}").get_data(as_text=True)
    assert one.name in chosen
    assert two.name not in chosen
    row = newest(two, "Create client")
    assert two.name in here.get(f"{LOG}/{row.id}").get_data(as_text=True)


@pytest.mark.checks("E37.08")
def test_a_submission_is_logged_with_the_status_before_and_after():
    house = a_house()
    client_id = a_client(house, submit=False)
    perform(SubmitRecord("client", client_id), house.administrator)
    row = newest(house, "Submit record")
    assert (row.status_before, row.status_after) == ("CAPTURED", "AUTHORIZED")


def test_an_operation_is_one_row_and_its_page_leads_to_the_others(app: Flask):
    house = a_house()
    a_funded_asset(house)
    row = newest(house, "Open account")
    here = browser(app, house.administrator_email)
    page = here.get(LOG).get_data(as_text=True)
    assert actions(page).count("Open account") == 1
    detail = here.get(f"{LOG}/{row.id}").get_data(as_text=True)
    assert "Also changed by this" in detail
    assert re.search(rf'href="{LOG}/\d+"[^>]*>Asset ', detail)


@pytest.mark.checks("E39.26", "E39.27", "E39.28", "E39.29", "E39.30", "W01.20")
def test_personal_fields_are_read_by_permission_for_a_reason_and_the_reading_is_logged(app: Flask):
    house = a_house()
    a_client(house, email="secret@example.com", phone="+254700123456")
    row = newest(house, "Create client")
    here = browser(app, house.administrator_email)
    changes = f"{LOG}/{row.id}/changes"
    before = here.get(changes).get_data(as_text=True)
    assert 'role="switch" aria-checked="false"' in before
    assert "Decrypting..." in before
    assert "secret@example.com" not in before
    form = form_of(here, changes) | {"reason": "too short"}
    refused = here.post(f"{LOG}/{row.id}/decrypt", data=form)
    assert refused.status_code == 422
    assert "A reason of 10 to 300 characters is required" in refused.get_data(as_text=True)
    assert "secret@example.com" not in refused.get_data(as_text=True)
    attempt = newest(house, "Decrypt personal fields")
    assert (attempt.entity, attempt.entity_id, attempt.status) == ("activity", row.id, "Failure")
    assert f"Activity {row.id}" in here.get(f"{LOG}/{attempt.id}").get_data(as_text=True)
    form = form_of(here, changes) | {"reason": "The client disputes the address"}
    opened = here.post(f"{LOG}/{row.id}/decrypt", data=form)
    page = opened.get_data(as_text=True)
    assert re.search(
        r'<tr class="diff__secret">((?!</tr>).)*<ins>secret@example.com<', page, re.DOTALL
    )
    assert 'role="switch" aria-checked="true" href="' + changes in page
    assert opened.headers["Cache-Control"] == "no-store"
    again = here.get(changes).get_data(as_text=True)
    assert "secret@example.com" not in again
    assert "Encrypted" in again
    reading = newest(house, "Decrypt personal fields")
    assert (reading.entity, reading.entity_id, reading.status) == ("activity", row.id, "Success")
    assert reading.reason == "The client disputes the address"
    assert reading.actor_name == "Ada Achieng"
    assert (reading.address, reading.method) == ("127.0.0.1", "POST")
    assert "secret" not in f"{reading.changes}{reading.entity_label}"
    with database.reading() as session:
        kept = session.scalars(select(IdempotencyKey.answer)).all()
    assert not any("secret" in str(one) for one in kept)


def test_nobody_decrypts_without_the_permission_or_what_is_not_encrypted(app: Flask):
    house = a_house()
    a_client(house)
    row = newest(house, "Create client")
    _, email, _ = a_user(house, "Auditor")
    auditor = browser(app, email)
    page = auditor.get(f"{LOG}/{row.id}/changes").get_data(as_text=True)
    assert "Encrypted" in page
    assert "Decrypt PII" not in page
    typed = {"reason": "a reason that is long enough", "csrf_token": token_of(auditor)}
    assert auditor.post(f"{LOG}/{row.id}/decrypt", data=typed).status_code == 403
    here = browser(app, house.administrator_email)
    an_approval_rule(house)
    plain = newest(house, "Add rule")
    assert "Decrypt PII" not in here.get(f"{LOG}/{plain.id}/changes").get_data(as_text=True)
    typed = typed | {"csrf_token": token_of(here)}
    assert here.post(f"{LOG}/{plain.id}/decrypt", data=typed).status_code == 409


def test_the_head_of_the_chain_is_shown_and_kept_day_by_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    house, other = a_house(), a_house()
    a_client(house)
    for one in (house, other):
        books.seal(one.organisation_id)
    with database.reading() as session:
        query = select(Seal).where(Seal.organisation_id == house.organisation_id)
        seal = session.scalars(query.order_by(Seal.number.desc())).first()
    assert seal is not None
    here = browser(app, house.administrator_email)
    page = here.get(LOG).get_data(as_text=True)
    assert f"Seal {seal.number}, made" in page
    assert seal.hash.hex() in page
    config = app.config["COUNTINGHOUSE"]
    day = door.clock().date() + timedelta(days=2)
    noon = datetime.combine(day, time(12), UTC)
    monkeypatch.setattr(door, "clock", lambda: noon)
    path = keep_heads(config)
    assert path is not None
    assert path == config.files / "heads" / f"{day}.jsonl"
    assert keep_heads(config) is None
    monkeypatch.undo()
    listed = here.get(f"{LOG}/heads").get_data(as_text=True)
    assert f"{day}, seal {seal.number}" in listed
    assert "In the chain" in listed
    assert other.name not in listed
    lines = here.get(f"{LOG}/heads/{day}.jsonl").get_data(as_text=True).splitlines()
    (head,) = (json.loads(line) for line in lines)
    assert (head["organisation"], head["hash"]) == (house.organisation_id, seal.hash.hex())
    assert head["mac"]
    assert here.get(f"{LOG}/heads/1999-01-01.jsonl").status_code == 404
    path.write_text(path.read_text().replace(seal.hash.hex(), "00" * 32))
    assert "Not in the chain" in here.get(f"{LOG}/heads").get_data(as_text=True)
    path.unlink()


@pytest.mark.checks("E00.07", "W01.20")
def test_whatever_record_an_action_changes_the_log_has_a_row_of_it():
    house = a_house()
    a_foreign_organisation(house, "Everything")
    changed: dict[str, int] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda one: one.class_.__tablename__):
        model = mapper.class_
        if not model.__audited__ or not hasattr(model, "updated_at"):
            continue
        owner = getattr(model, "organisation_id", None)
        if owner is None:
            continue
        with database.reading() as session:
            query = select(func.max(model.id)).where(owner == house.organisation_id)
            row_id = session.scalar(query)
        if row_id is not None:
            change(house, model, row_id, updated_at=door.clock() + timedelta(days=1))
            changed[model.__tablename__] = row_id
    assert len(changed) > 25
    query = select(Activity.entity, Activity.entity_id).where(
        Activity.organisation_id == house.organisation_id,
        Activity.action == "Change",
        Activity.actor_name == "Setup",
        Activity.status == "Success",
    )
    with database.reading() as session:
        logged = {row.entity: row.entity_id for row in session.execute(query)}
    assert logged == changed
