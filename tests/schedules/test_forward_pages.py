"""Forward-dated transactions as a person without scripts uses them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from app.calendars.commands import CreateWorkDayYear, EditWorkDayYear
from app.calendars.models import WorkDayYear
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import perform
from app.kernel.errors import Refusal
from app.ledger.models import Transaction
from app.licences.organisations import PATH as ORGANISATIONS
from app.schedules.execution import BeginExecution, CancelForwardDated
from tests import factories
from tests.factories import House, a_funded_asset, a_platform_person, a_user, signed_in
from tests.journals.scenes import codes, fill, number_of, post
from tests.ledger import books
from tests.pages import differences, form_in, form_of, send
from tests.schedules.scenes import FORWARD, ORDERS, children, forward, order, plan, until
from tests.transactions.scenes import LIST, browser

NEW = f"{FORWARD}/new"
DAY = date(2026, 12, 2)


@pytest.fixture
def pair(house: House) -> tuple[int, int]:
    codes(house)
    return a_funded_asset(house, 1_000_00), a_funded_asset(house)


def head(**more: str) -> dict[str, str]:
    return {"kind": "SCHEDULED_PAYMENT", "scheduled_on": DAY.isoformat()} | more


def test_a_stale_save_is_compared_with_what_is_saved_and_saved_at_the_next_press(
    app: Flask, house, pair
):
    here = browser(app, house.administrator_email)
    numbers = number_of(pair[0]), number_of(pair[1])
    key = plan(house, *numbers, 5_00, on=date(2026, 12, 10), submit=False)
    path = f"{FORWARD}/{key}/edit"
    first, second = form_of(here, path), form_of(here, path)
    assert post(here, first | {"policy": "back", "draft": "1"}, path).status_code == 303
    answer = post(here, second | {"kind": "POST_DATED_CHECK", "draft": "1"}, path)
    assert answer.status_code == 409
    assert differences(answer.text) == {
        "Transaction type": ("Scheduled Payment", "Post-Dated Check"),
        "Working day policy": ("Roll Back", "Roll Forward"),
    }
    assert post(here, form_in(answer) | {"draft": "1"}, path).status_code == 303
    assert (forward(key).kind, forward(key).policy) == ("POST_DATED_CHECK", "forward")


@pytest.mark.checks(
    "E43.01", "E43.10", "E43.11", "E43.13", "E43.14", "E43.15", "E43.17", "E43.28", "E43.33",
    "E43.36", "E43.37",
)  # fmt: skip
def test_one_is_drafted_changed_submitted_and_shows_what_it_reserves(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    page = here.get(FORWARD).text
    assert "Ledger Operations" in page
    assert "Create Forward-Dated Transaction" in page
    form = here.get(NEW).text
    assert re.findall(r'<option[^>]*value="(\w+)"[^>]*>(?:Post|Sched|Stand)', form) == [
        "POST_DATED_CHECK", "SCHEDULED_PAYMENT",
    ]  # fmt: skip
    assert form_of(here, NEW)["policy"] == ["forward"]
    assert f'data-combobox="{FORWARD}/accounts"' in form
    rows = (("D", number_of(pair[0]), "400.00"), ("C", number_of(pair[1]), "400"))
    values = fill(here, *rows, path=NEW, narrative="Rent", draft="1", **head())
    answer = post(here, values, NEW)
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    key = int(address.rsplit("/", 1)[1])
    page = here.get(address).text
    assert re.search(r"CAPTURED</span>.*DRAFT</span>", page, re.DOTALL)
    assert "FWD-2026-00001" in page
    assert f"{address}/edit" in page
    assert f"{address}/cancel" in page
    form = form_of(here, f"{address}/edit")
    assert (form["scheduled_on"], form["kind"]) == ([DAY.isoformat()], ["SCHEDULED_PAYMENT"])
    assert (form["narrative"][0].strip(), form["b1-l1-amount"]) == ("Rent", ["400.00"])
    changed = form | {"b1-l1-amount": "450", "b1-l2-amount": "450"}
    assert post(here, changed, f"{address}/edit").status_code == 303
    assert (forward(key).status, forward(key).total_minor) == ("SCHEDULED", 450_00)
    page = here.get(address).text
    reserved = page[page.index("Reserved funds") :]
    assert "locked from available balance" in reserved
    assert reserved.count("450.00") >= 2
    assert "LCY" in reserved
    assert "550.00" in reserved, "what is available now"
    assert f"{address}/edit" not in page
    assert here.get(f"{address}/edit").status_code == 409
    holds = here.get(f"/admin/holds.csv?asset={pair[0]}").text
    assert "Forward-dated" in holds
    assert "/release" not in here.get(f"/admin/holds?asset={pair[0]}").text


@pytest.mark.checks(
    "E43.12", "E43.19", "E43.20", "E43.21", "E43.22", "E43.23", "E43.24", "E43.26", "E43.27",
)  # fmt: skip
def test_what_it_lacks_is_said_to_the_letter(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    payer, payee = number_of(pair[0]), number_of(pair[1])
    page = post(here, fill(here, path=NEW, branch_id="", **head(kind="")), NEW).text
    for sentence in (
        "Branch is required.", "Transaction type is required.",
        "At least one debit line is required.", "At least one credit line is required.",
    ):  # fmt: skip
        assert sentence in page
    rows = (("D", payer, "5"), ("C", payee, "5"))
    for wrong in ("2026-11-20", "2026-11-19", "2020-01-01"):
        answer = post(here, fill(here, *rows, path=NEW, **head(scheduled_on=wrong)), NEW)
        assert answer.status_code == 422
        assert "Scheduled date must be a future working day." in answer.text
    # Before the weekend lies today.
    friday = head(scheduled_on="2026-11-22", policy="back")
    assert "must be a future working day." in post(
        here, fill(here, *rows, path=NEW, **friday), NEW
    ).text  # fmt: skip
    kind = post(here, fill(here, *rows, path=NEW, **head(kind="STANDING_ORDER_INSTANCE")), NEW)
    assert kind.status_code == 422
    uneven = (("D", payer, "5"), ("C", payee, "6"))
    page = post(here, fill(here, *uneven, path=NEW, **head()), NEW).text
    assert ">Transaction is not balanced in KES.<" in page
    foreign = {"b1__l2__currency": "USD", "b1__l2__source": "CBK"}
    for rate, sentence in (
        ("", "Exchange rate is required when rate source is not SYSTEM."),
        ("0", "Exchange rate must be a positive number."),
        ("-3", "Exchange rate must be a positive number."),
    ):
        values = fill(here, *rows, path=NEW, b1__l2__rate=rate, **foreign, **head())
        page = post(here, values, NEW).text
        assert sentence in page
        assert 'href="#b1-l2-rate"' in page
    line = page[page.index('id="b1-l2-source"') :]
    assert '<div class="line__manual" data-manual>' in line[:1200]
    assert "Exchange rate date" in line
    values |= {"b1-l2-source": "SYSTEM", "step": "check"}
    line = post(here, values, NEW).text
    line = line[line.index('id="b1-l2-source"') :]
    assert '<div class="line__manual" data-manual hidden>' in line[:1200]


@pytest.mark.checks("E43.18")
def test_a_day_that_is_not_worked_shows_beside_the_day_it_rolls_to(app: Flask, house, pair):
    year = perform(CreateWorkDayYear(2026), house.administrator)
    weekends = dict.fromkeys(range(1, 13), (5, 6))
    version = books.row(WorkDayYear, year).version
    holiday = EditWorkDayYear(year, version, weekends, (date(2026, 12, 7),), submit=True)
    perform(holiday, house.administrator)
    key = plan(house, number_of(pair[0]), number_of(pair[1]), 5_00, on=date(2026, 12, 5))
    page = browser(app, house.administrator_email).get(f"{FORWARD}/{key}").text
    assert "Execution Date (Rolled)" in page
    assert "2026-12-05" in page
    assert "2026-12-08" in page
    worked = plan(house, number_of(pair[0]), number_of(pair[1]), 5_00, on=date(2026, 12, 4))
    assert "(Rolled)" not in browser(app, house.administrator_email).get(f"{FORWARD}/{worked}").text


def test_who_approves_one_whose_day_went_by_reads_when_it_is_booked(app: Flask, house, pair):
    numbers = number_of(pair[0]), number_of(pair[1])
    maker, *_ = a_user(house, "Teller")
    checker, email, _ = a_user(house, "Branch Manager")
    key = plan(house, *numbers, 400_00, on=DAY, actor=maker)
    dropped = plan(house, *numbers, 1_00, on=DAY, actor=maker)
    perform(CancelForwardDated(dropped), house.administrator)
    here, told = browser(app, email), "Booked on, once approved"
    until(house, DAY)
    assert told not in here.get(f"{FORWARD}/{key}").text
    late = date(2026, 12, 4)
    until(house, late)
    assert told not in here.get(f"{FORWARD}/{dropped}").text
    for path in (f"{FORWARD}/{key}", f"/admin/approvals/forward-dated/{key}/approve"):
        assert late.isoformat() in here.get(path).text.split(told, 1)[1][:400]
    perform(ApproveRecord("forward-dated", key, forward(key).version), checker)
    until(house, late)
    one = forward(key)
    assert (one.status, one.execution_on) == ("EXECUTED", DAY)
    posted = books.row(Transaction, one.transaction_id)
    assert (posted.posting_date, posted.value_date) == (late, late)
    assert told not in here.get(f"{FORWARD}/{key}").text


@pytest.mark.checks("E43.34", "E43.38", "E43.40", "E43.41", "E43.42", "E43.47")
def test_what_may_be_done_follows_its_status(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    numbers = number_of(pair[0]), number_of(pair[1])
    cancelled, executed, executing = (plan(house, *numbers, 5_00, on=DAY) for _ in range(3))
    page = here.get(f"{FORWARD}/{cancelled}/cancel").text
    assert "Cancelling is permanent" in page
    assert send(here, f"{FORWARD}/{cancelled}/cancel").status_code == 303
    until(house, DAY, work=False)
    perform(BeginExecution(executing), house.system)

    def offered(key: int) -> list[str]:
        page = here.get(f"{FORWARD}/{key}").text
        return re.findall(rf'href="{FORWARD}/{key}/(\w+)"', page)

    assert offered(executing) == []
    assert here.get(f"{FORWARD}/{executing}/cancel").status_code == 409
    assert "cancel" in offered(executed)
    until(house, DAY)
    assert offered(executed) == offered(cancelled) == []
    page = here.get(f"{FORWARD}/{cancelled}").text
    assert "/admin/approvals/forward-dated/" not in page
    page = here.get(f"{FORWARD}/{executed}").text
    posted = forward(executed).transaction_id
    assert "Executed Transaction" in page
    assert f'href="{LIST}/{posted}"' in page
    page = here.get(f"{LIST}/{posted}").text
    assert "FORWARD_DATED_EXECUTION" in page
    assert f'href="{FORWARD}/{executed}"' in page


@pytest.mark.checks("E43.08", "E43.38", "E43.40")
def test_a_teller_cancels_their_own_draft_and_what_was_sent_back_and_nothing_else(
    app: Flask, house, pair
):
    numbers = number_of(pair[0]), number_of(pair[1])
    maker, email, _ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    here = browser(app, email)
    mine = plan(house, *numbers, 5_00, on=DAY, actor=maker, submit=False)
    sent_back, waiting = (plan(house, *numbers, 5_00, on=DAY, actor=maker) for _ in range(2))
    scheduled = plan(house, *numbers, 5_00, on=DAY, actor=maker)
    perform(RejectRecord("forward-dated", sent_back, 1, "Not this one"), checker)
    perform(ApproveRecord("forward-dated", scheduled, 1), checker)
    others = plan(house, *numbers, 5_00, on=DAY, submit=False)
    for key in (others, waiting, scheduled):
        path = f"{FORWARD}/{key}/cancel"
        assert path not in here.get(f"{FORWARD}/{key}").text
        assert here.get(path).status_code == 403
        assert here.post(path, data=form_of(here, NEW)).status_code == 403
        assert forward(key).status != "CANCELLED"
    for key in (mine, sent_back):
        path = f"{FORWARD}/{key}/cancel"
        assert path in here.get(f"{FORWARD}/{key}").text
        assert "Cancelling is permanent" in here.get(path).text
        assert send(here, path).status_code == 303
        assert forward(key).status == "CANCELLED"
        assert path not in here.get(f"{FORWARD}/{key}").text


@pytest.mark.checks("E43.19", "E43.20", "E43.22")
def test_one_press_tells_all_that_is_wrong_with_head_and_lines(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    typed = head(scheduled_on="2026-11-20")
    page = post(here, fill(here, path=NEW, **typed), NEW).text
    for sentence in (
        "Scheduled date must be a future working day.",
        "At least one debit line is required.", "At least one credit line is required.",
    ):  # fmt: skip
        assert sentence in page
    wrong = fill(here, ("D", number_of(pair[0]), ""), path=NEW, branch_id="", **typed)
    page = post(here, wrong, NEW).text
    for sentence in (
        "Scheduled date must be a future working day.", "Branch is required.",
        "At least one credit line is required.",
    ):  # fmt: skip
        assert sentence in page
    with pytest.raises(Refusal) as refused:
        plan(house, "", "", 0, on=DAY, lines=())
    told = [refused.value.sentence, *(one.sentence for one in refused.value.others)]
    assert told == ["At least one debit line is required.", "At least one credit line is required."]


@pytest.mark.checks("E14.04", "E43.30")
def test_a_day_of_a_year_without_a_calendar_is_warned_of_on_sheet_and_page(app: Flask, house, pair):
    here, by = browser(app, house.administrator_email), house.administrator
    numbers = number_of(pair[0]), number_of(pair[1])
    told = "No calendar of 2030 is in force yet"
    assert "Calendars in force: none." in here.get(NEW).text
    checked = fill(here, path=NEW, step="add-batch", **head(scheduled_on="2030-01-01"))
    assert told in post(here, checked, NEW).text
    key = plan(house, *numbers, 5_00, on=date(2030, 1, 1))
    assert forward(key).execution_on == date(2030, 1, 1)
    page = here.get(f"{FORWARD}/{key}").text
    assert f"{told}: until one is, Monday to Friday count as worked." in page
    assert "The day is found again when one is." in page
    year = perform(CreateWorkDayYear(2030), by)
    weekends = dict.fromkeys(range(1, 13), (5, 6))
    version = books.row(WorkDayYear, year).version
    perform(EditWorkDayYear(year, version, weekends, (date(2030, 1, 1),), submit=True), by)
    assert forward(key).execution_on == date(2030, 1, 2)
    assert told not in here.get(f"{FORWARD}/{key}").text
    assert "Calendars in force: 2030." in here.get(NEW).text


@pytest.mark.checks("E43.03", "E43.04", "E43.49", "E43.50", "E43.51", "E43.57")
def test_the_list_has_what_is_asked_for_and_is_filtered(app: Flask, house, pair):
    numbers = number_of(pair[0]), number_of(pair[1])
    maker, *_ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    scheduled = plan(house, *numbers, 5_00, on=DAY)
    draft = plan(house, *numbers, 7_00, on=DAY, submit=False, kind="POST_DATED_CHECK")
    rejected = plan(house, *numbers, 8_00, on=DAY, actor=maker)
    perform(RejectRecord("forward-dated", rejected, 1, "Not this one"), checker)
    source = order(house, *numbers, 9_00, day=5, start=DAY)
    here = browser(app, house.administrator_email)
    page = here.get(FORWARD).text
    for heading in (
        "Forward Reference", "Scheduled Date", "Branch", "Type", "Approval Status",
        "Execution Status", "Total LCY",
    ):  # fmt: skip
        assert re.search(rf"<th[^>]*>(<a[^>]*>)?{heading}\b", page), heading
    names = {key: forward(key).reference for key in (scheduled, draft, rejected)}
    for query, expected in (
        (f"search={names[draft]}", {draft}),
        ("approval=CAPTURED", {draft}),
        ("approval=REJECTED", {rejected}),
        ("status=SCHEDULED", {scheduled}),
        ("status=DRAFT", {draft, rejected}),
        ("type=POST_DATED_CHECK", {draft}),
        ("type=STANDING_ORDER_INSTANCE", set()),
        ("scheduled_from=2026-12-03", set()),
    ):
        found = here.get(f"{FORWARD}.csv?columns=reference&{query}").text
        assert {key for key, name in names.items() if name in found} == expected, query
    assert f"{FORWARD}/{draft}" in here.get(f"/search?q={names[draft].lower()}").text
    child = here.get(f"{FORWARD}.csv?type=STANDING_ORDER_INSTANCE&columns=reference,source").text
    assert "STO-2026-00001" in child
    page = here.get(f"{FORWARD}/{children(source)[0].id}").text
    card = page[page.index(">Source<") :]
    assert "STANDING_ORDER" in card
    assert f'href="{ORDERS}/{source}"' in card


@pytest.mark.checks("E41.49", "E43.09", "E44.06", "E44.58")
def test_the_company_is_the_platforms_to_see_and_to_choose(app: Flask, house, pair):
    other = factories.a_house(currencies=("KES",))
    mine = plan(house, number_of(pair[0]), number_of(pair[1]), 5_00, on=DAY)
    platform = app.test_client()
    signed_in(platform, a_platform_person())
    send(platform, f"{ORGANISATIONS}/{house.organisation_id}/enter")
    for path in (FORWARD, ORDERS, LIST):
        page = platform.get(path).text
        company = page[page.index('aria-label="Company"') :]
        assert house.name in company[:900]
        assert 'aria-label="Company"' not in browser(app, house.administrator_email).get(path).text
    for path in (NEW, f"{ORDERS}/new"):
        page = platform.get(path).text
        assert house.name in page[page.index("<dt>Company</dt>") :]
        assert f'<option value="{house.branch_id}"' in page.replace(" selected", "")
        assert "<dt>Company</dt>" not in browser(app, house.administrator_email).get(path).text
    reference = forward(mine).reference
    assert reference in platform.get(FORWARD).text
    token = form_of(platform, NEW)["csrf_token"][0]
    values = {"csrf_token": token, "to": FORWARD}
    answer = platform.post(f"/switch-organisation/{other.organisation_id}", data=values)
    assert answer.headers["Location"] == FORWARD
    page = platform.get(FORWARD).text
    assert reference not in page
    assert other.name in page[page.index('aria-label="Company"') :]
    values["to"] = "https://elsewhere.example/"
    answer = platform.post(f"/switch-organisation/{house.organisation_id}", data=values)
    assert answer.headers["Location"] == "/admin/dashboard"
