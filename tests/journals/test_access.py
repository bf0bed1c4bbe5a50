"""Which days, whose accounts, who sees what: the limits of a journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from app.configuration.commands import CreateProjectLike
from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.db.session import database
from app.journals.commands import EditJournal
from app.kernel.errors import Forbidden, Missing, Refusal
from app.ledger.models import Transaction
from app.transactions.reversal import ReverseTransaction
from tests.factories import (
    BUSINESS_DATE,
    House,
    a_client,
    a_funded_asset,
    a_user,
    an_account,
    an_approval_rule,
    change,
    first_asset,
)
from tests.journals.scenes import codes, house_account, line, number_of, record
from tests.ledger import books
from tests.pages import send
from tests.sent import statements_sent
from tests.transactions.scenes import LIST, GiveOnly, browser

TELLING = ("transactions.view", "transactions.create", "transactions.edit", "assets.view")
ALL = ("clients.view-all", "projects.view-all", "desks.view-all")


def somebody(house: House, *permissions: str):
    who, email, _ = a_user(house)
    perform(GiveOnly(who.user_id or 0, permissions), house.system)
    from app.access.models import User
    from app.access.queries import actor_of
    from app.controls.identity import RequestContext

    with database.reading() as session:
        user = session.get_one(User, who.user_id)
        actor = actor_of(
            session, user, organisation_id=house.organisation_id, context=RequestContext()
        )
    return actor, email


def test_a_posting_date_is_open_by_permission_and_never_in_the_future(house: House):
    codes(house)
    number, clearing = number_of(a_funded_asset(house)), house_account(house)
    lines = (line("D", clearing, 5_00), line("C", number, 5_00))
    teller, _ = somebody(house, *TELLING, *ALL)
    yesterday = BUSINESS_DATE - timedelta(days=1)
    with pytest.raises(Refusal, match="cannot be after the business date"):
        record(house, *lines, posting_date=BUSINESS_DATE + timedelta(days=1))
    with pytest.raises(Refusal, match="permission to post on an earlier date"):
        record(house, *lines, posting_date=yesterday, actor=teller)
    with pytest.raises(Refusal, match="permission to give a value date before"):
        record(house, *lines, value_date=yesterday, actor=teller)
    with pytest.raises(Refusal, match="within a year of the posting date"):
        record(house, *lines, value_date=date(2099, 12, 31))
    posted = record(house, *lines, posting_date=yesterday, submit=True)
    assert books.transaction(posted).posting_date == yesterday
    draft = record(house, *lines, posting_date=yesterday)
    change(house, Organisation, house.organisation_id, books_open_from=BUSINESS_DATE)
    closed = f"The books are open from {BUSINESS_DATE.isoformat()}"
    with pytest.raises(Refusal, match=closed):
        record(house, *lines, posting_date=yesterday)
    with pytest.raises(Refusal, match=closed):
        perform(SubmitRecord("transaction", draft), house.administrator)
    reversal = perform(ReverseTransaction(posted, "Booked in error then"), house.administrator)
    assert books.transaction(reversal).posting_date == BUSINESS_DATE


def test_what_touches_several_clients_is_seen_by_those_who_see_all_of_them(
    app: Flask, house: House
):
    codes(house)
    manager, email = somebody(house, *TELLING, "clients.view-own", *ALL[1:])
    mine, other, theirs = (
        first_asset(an_account(house, a_client(house, **given)))
        for given in ({"manager_id": manager.user_id}, {"manager_id": manager.user_id}, {})
    )
    clearing = house_account(house)
    for asset_id in (mine, theirs):
        record(house, line("D", clearing, 9_00), line("C", number_of(asset_id), 9_00), submit=True)
    one = record(house, line("D", number_of(mine), 1_00), line("C", clearing, 1_00))
    both = record(house, line("D", number_of(mine), 2_00), line("C", number_of(theirs), 2_00))
    header = books.transaction(both)
    assert (header.client_id, header.asset_id) == (None, mine)
    assert header.project_id == house.project_id
    assert books.transaction(one).client_id is not None
    with database.reading() as session:
        assert find(session, manager, Transaction, one).id == one
        with pytest.raises(Missing):
            find(session, manager, Transaction, both)
        assert find(session, house.administrator, Transaction, both).id == both
    here = browser(app, email)
    assert here.get(f"{LIST}/{both}").status_code == 404
    assert number_of(theirs) not in here.get(f"{LIST}?asset={mine}").text
    with pytest.raises(Forbidden, match="those who see all of them"):
        record(house, line("D", number_of(mine), 1_00), line("C", number_of(other), 1_00),
               actor=manager)  # fmt: skip
    with pytest.raises(Refusal, match=r"The account .+ is unknown\."):
        record(house, line("D", number_of(mine), 1_00), line("C", number_of(theirs), 1_00),
               actor=manager)  # fmt: skip


def test_a_teller_of_one_project_books_neither_on_another_nor_on_the_house_s_own(house: House):
    codes(house)
    project = perform(CreateProjectLike("Elsewhere", house.project_id), house.administrator)
    theirs = number_of(first_asset(an_account(house, a_client(house, project_id=project))))
    mine = number_of(a_funded_asset(house, 10_00))
    teller, *_ = a_user(house)
    for number in (theirs, house_account(house)):
        with pytest.raises(Refusal, match=r"The account .+ is unknown\."):
            record(house, line("D", mine, 1_00), line("C", number, 1_00), actor=teller)
    across = record(house, line("D", mine, 1_00), line("C", theirs, 1_00))
    assert books.transaction(across).project_id is None
    with database.reading() as session, pytest.raises(Missing):
        find(session, teller, Transaction, across)
    narrowed = replace(
        house.administrator,
        scope=replace(house.administrator.scope, chosen_project_id=house.project_id),
    )
    with pytest.raises(Refusal, match=r"The account .+ is unknown\."):
        record(house, line("D", mine, 1_00), line("C", theirs, 1_00), actor=narrowed)


def test_only_the_maker_corrects_a_draft(house: House):
    codes(house)
    lines = (
        line("D", house_account(house), 5_00),
        line("C", number_of(a_funded_asset(house)), 5_00),
    )
    key = record(house, *lines)
    manager, *_ = a_user(house, "Branch Manager")
    with pytest.raises(Forbidden, match="Only its maker"):
        perform(EditJournal(key, books.transaction(key).version, BUSINESS_DATE, lines), manager)


def test_lists_of_every_asset_that_is_moved_find_the_journal_and_its_reversal(
    app: Flask, house: House
):
    codes(house)
    assets = [a_funded_asset(house) for _ in range(3)]
    clearing = house_account(house)
    lines = (line("D", clearing, 6_00), *(line("C", number_of(one), 2_00) for one in assets))
    draft = record(house, *lines)
    posted = record(house, *lines, submit=True)
    reversal = perform(ReverseTransaction(posted, "Paid to the wrong three"), house.administrator)
    stranger = a_funded_asset(house)
    here = browser(app, house.administrator_email)
    assert {row["narrative"] for row in books.transaction(reversal).lines or ()} == {
        "Reversal: As agreed"
    }
    references = [books.transaction(key).reference for key in (draft, posted, reversal)]
    for asset_id in assets:
        for address in (f"?asset={asset_id}", f"?account={number_of(asset_id)}"):
            page = here.get(f"{LIST}{address}").text
            for reference in references:
                assert reference in page
    page = here.get(f"{LIST}?asset={stranger}").text
    assert not any(reference in page for reference in references)


def test_who_decides_on_a_journal_and_on_its_reversal_sees_all_that_they_move(
    app: Flask, house: House
):
    codes(house)
    number, clearing = number_of(a_funded_asset(house, 50_00)), house_account(house)
    pairs = [(1, 1_00), (2, 2_000_000_00)]
    lines = [
        line(side, account, minor, batch=batch)
        for batch, minor in pairs
        for side, account in (("D", clearing), ("C", number))
    ]
    an_approval_rule(house)
    manager, *_ = a_user(house, "Branch Manager")
    key = record(house, *lines, actor=manager, submit=True)
    here, whole = browser(app, house.administrator_email), "2,000,001.00"
    review = f"/admin/approvals/transaction/{key}"
    for address in ("/admin/approvals", review, f"{review}/approve", f"{LIST}/{key}"):
        assert whole in here.get(address).text, address
    assert send(here, f"{review}/approve").status_code == 303
    assert f"Journal · {whole} KES" in here.get(f"{LIST}/{key}").text
    assert whole in here.get(f"{LIST}/{key}/reverse").text
    reversal = perform(ReverseTransaction(key, "Paid to the wrong one"), manager)
    perform(SubmitRecord("transaction", reversal), manager)
    review = f"/admin/approvals/transaction/{reversal}"
    for address in ("/admin/approvals", f"{review}/approve"):
        assert whole in here.get(address).text, address


def test_five_hundred_lines_cost_no_query_each(house: House):
    codes(house)
    numbers = [number_of(a_funded_asset(house)) for _ in range(4)]
    clearing = house_account(house)

    def statements_of(count: int) -> int:
        lines = [line("C", numbers[place % 4], 1_00) for place in range(count)]
        with statements_sent() as sent:
            key = record(house, line("D", clearing, count * 1_00), *lines, submit=True)
        assert len(books.entries_of(key)) == count + 1
        return len(sent)

    statements_of(3)
    few, many = statements_of(4), statements_of(500)
    assert many <= few + 2, "the numbers of the entries may come from another block"


def test_more_lines_than_allowed_are_refused(house: House):
    codes(house)
    numbers = number_of(a_funded_asset(house))
    lines = [line("C", numbers, 1) for _ in range(1_001)]
    with pytest.raises(Refusal, match="at most 1,000 lines"):
        record(house, line("D", house_account(house), 1_001), *lines)
