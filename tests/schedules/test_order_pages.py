"""Standing orders as a person without scripts uses them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from app.controls.commands import perform
from app.transactions.commands import Withdraw
from tests.factories import House, a_funded_asset
from tests.journals.scenes import codes, fill, number_of, post
from tests.ledger import books
from tests.pages import differences, form_in, form_of, send
from tests.schedules.scenes import FORWARD, ORDERS, children, order, standing, until
from tests.transactions.scenes import browser

NEW = f"{ORDERS}/new"
START = "2026-12-01"


@pytest.fixture
def pair(house: House) -> tuple[int, int]:
    codes(house)
    return a_funded_asset(house, 1_000_00), a_funded_asset(house)


@pytest.mark.checks(
    "E44.01", "E44.07", "E44.08", "E44.10", "E44.11", "E44.12", "E44.13", "E44.19", "E44.20",
    "E44.28", "E44.31", "E44.32", "E44.33", "E44.35", "E44.37",
)  # fmt: skip
def test_one_is_drafted_changed_submitted_and_shows_its_cursor(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    assert "Ledger Operations" in here.get(ORDERS).text
    assert "Create Standing Order" in here.get(ORDERS).text
    page = here.get(NEW).text
    assert "How It Works" in page
    assert 'name="frequency"' not in page
    assert "Exchange rate date" in page
    assert form_of(here, NEW)["start_on"] == ["2026-11-20"]
    rows = (("D", number_of(pair[0]), "100"), ("C", number_of(pair[1]), "100.00"))
    values = fill(here, *rows, path=NEW, day_of_month="31", start_on=START, narrative="Rent")
    address = post(here, values | {"draft": "1"}, NEW).headers["Location"]
    key = int(address.rsplit("/", 1)[1])
    page = here.get(address).text
    assert re.search(r"CAPTURED</span>.*DRAFT</span>", page, re.DOTALL)
    assert "Recurrence Cursor" not in page
    form = form_of(here, f"{address}/edit")
    assert (form["day_of_month"], form["start_on"], form["end_on"]) == (["31"], [START], [""])
    assert "frequency" not in form
    assert "Monthly" in here.get(f"{address}/edit").text
    changed = form | {"end_on": "2027-06-30", "day_of_month": "5"}
    assert post(here, changed, f"{address}/edit").status_code == 303
    (child,) = children(key)
    page = here.get(address).text
    assert re.search(r"AUTHORIZED</span>.*ACTIVE</span>", page, re.DOTALL)
    card = page[page.index("Recurrence Cursor") : page.index("Entries to be posted")]
    shown = dict(re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", card, re.DOTALL))
    for label, text in (
        ("Next Scheduled Date", "2027-01-05"),
        ("Next Resolved Execution Date", "2027-01-05"),
        ("Last Generated Date", "2026-12-05"),
        ("Last Generated FDT", f'href="{FORWARD}/{child.id}"'),
        ("Generated Count", ">1<"),
    ):
        assert text in shown[label], label
    for label in ("Day of Month", "Start Date", "End Date", "Frequency", "Narrative", "Branch"):
        assert f"<dt>{label}</dt>" in page
    assert "Workflow" in page
    assert f"{address}/edit" not in page
    assert here.get(f"{address}/edit").status_code == 409
    child_page = here.get(f"{FORWARD}/{child.id}").text
    assert f'href="{address}"' in child_page[child_page.index(">Source<") :]


@pytest.mark.checks("E44.21", "E44.22", "E44.23", "E44.24", "E44.25")
def test_what_it_lacks_is_said_to_the_letter(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    payer, payee = number_of(pair[0]), number_of(pair[1])
    page = post(here, fill(here, path=NEW, day_of_month="3"), NEW).text
    assert "At least one debit line is required." in page
    assert "At least one credit line is required." in page
    late = {"day_of_month": "32", "start_on": "2026-11-19", "end_on": "2026-11-18"}
    page = post(here, fill(here, path=NEW, **late), NEW).text
    for sentence in (
        "At least one debit line is required.", "At least one credit line is required.",
        "Day of month must be between 1 and 31.", "Start date must not be in the past.",
        "End date must be on or after the start date.",
    ):  # fmt: skip
        assert sentence in page
    rows = (("D", payer, "5"), ("C", payee, "5"))
    for typed, sentence in (
        ({"day_of_month": "0"}, "Day of month must be between 1 and 31."),
        ({"day_of_month": "32"}, "Day of month must be between 1 and 31."),
        ({"day_of_month": "x"}, "Day of month must be between 1 and 31."),
        ({"start_on": "2026-11-19"}, "Start date must not be in the past."),
        ({"end_on": "2026-11-30"}, "End date must be on or after the start date."),
        ({"start_on": "2199-12-31"}, 'href="#start_on">Start date can be at most 10 years ahead.'),
        ({"start_on": "2037-01-01"}, "Start date can be at most 10 years ahead."),
        ({"end_on": "2037-01-01"}, 'href="#end_on">End date can be at most 10 years ahead.'),
    ):
        values = {"day_of_month": "3", "start_on": START} | typed
        answer = post(here, fill(here, *rows, path=NEW, **values), NEW)
        assert answer.status_code == 422, typed
        assert sentence in answer.text
    uneven = fill(here, ("D", payer, "5"), ("C", payee, "6"), path=NEW, day_of_month="3")
    assert ">Transaction is not balanced in KES.<" in post(here, uneven, NEW).text
    today = fill(here, *rows, path=NEW, day_of_month="20", start_on="2026-11-20")
    answer = post(here, today, NEW)
    assert answer.status_code == 303
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert children(key)[0].execution_on == date(2026, 11, 20)


def test_a_stale_save_is_compared_with_what_is_saved_and_saved_at_the_next_press(
    app: Flask, house, pair
):
    here = browser(app, house.administrator_email)
    numbers = number_of(pair[0]), number_of(pair[1])
    key = order(house, *numbers, 5_00, day=3, start=date(2026, 12, 1), submit=False)
    path = f"{ORDERS}/{key}/edit"
    first, second = form_of(here, path), form_of(here, path)
    changed = first | {"narrative": "Rent", "end_on": "2027-06-30", "draft": "1"}
    assert post(here, changed, path).status_code == 303
    amounts = {"b1-l1-amount": "7", "b1-l2-amount": "7"}
    answer = post(here, second | amounts | {"day_of_month": "4", "draft": "1"}, path)
    assert answer.status_code == 409
    assert "save again to keep yours" in answer.text
    lines = {
        f"Batch 1, {side} line 1": (
            f"{number} · 5.00 KES · As agreed", f"{number} · 7.00 KES · As agreed",
        )
        for side, number in zip(("debit", "credit"), numbers, strict=True)
    }  # fmt: skip
    assert differences(answer.text) == lines | {
        "Day of month": ("3", "4"), "End date": ("2027-06-30", "—"), "Narrative": ("Rent", "—"),
    }  # fmt: skip
    mine = form_in(answer)
    assert (mine["day_of_month"], mine["b1-l1-amount"]) == (["4"], ["7"])
    assert post(here, mine | {"draft": "1"}, path).status_code == 303
    assert (standing(key).day_of_month, standing(key).total_minor) == (4, 7_00)


def test_what_was_typed_stays_when_another_handed_the_order_in_meanwhile(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    numbers = number_of(pair[0]), number_of(pair[1])
    key = order(house, *numbers, 5_00, day=3, start=date(2026, 12, 1), submit=False)
    path = f"{ORDERS}/{key}/edit"
    first, second = form_of(here, path), form_of(here, path)
    assert post(here, first | {"day_of_month": "5"}, path).status_code == 303
    answer = post(here, second | {"narrative": "Typed for long"}, path)
    assert answer.status_code == 409
    assert "already finalized" in answer.text
    assert form_in(answer)["narrative"] == ["Typed for long"]
    assert differences(answer.text)["Day of month"] == ("5", "3")
    assert "save again" not in answer.text


@pytest.mark.checks(
    "E44.03", "E44.04", "E44.38", "E44.39", "E44.42", "E44.47", "E44.48", "E44.50", "E44.54",
    "E44.55", "E44.56",
)  # fmt: skip
def test_what_may_be_done_follows_its_status(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    numbers = number_of(pair[0]), number_of(pair[1])
    start = date(2026, 12, 1)
    key = order(house, *numbers, 5_00, day=3, start=start)
    draft = order(house, *numbers, 5_00, day=3, start=start, submit=False)
    ended = order(house, *numbers, 5_00, day=3, start=start, end=start.replace(day=9))

    def offered(key: int) -> set[str]:
        page = here.get(f"{ORDERS}/{key}").text
        return set(re.findall(rf'href="{ORDERS}/{key}/(\w+)"', page))

    assert offered(draft) == {"edit", "delete"}
    assert "Danger Zone" in here.get(f"{ORDERS}/{draft}").text
    assert offered(key) == {"pause", "cancel"}
    assert "Danger Zone" not in here.get(f"{ORDERS}/{key}").text
    assert "temporarily" in here.get(f"{ORDERS}/{key}/pause").text
    assert send(here, f"{ORDERS}/{key}/pause").status_code == 303
    assert standing(key).status == "PAUSED"
    assert offered(key) == {"resume", "cancel"}
    until(house, date(2026, 12, 3))
    assert standing(ended).status == "COMPLETED"
    assert offered(ended) == set()
    until(house, date(2027, 2, 1))
    assert "Missed, not paid" in here.get(f"{ORDERS}/{key}").text
    assert "2027-01-03" in here.get(f"{ORDERS}/{key}").text
    perform(Withdraw(pair[0], books.asset(pair[0]).balance_minor), house.administrator)
    sent = here.get(send(here, f"{ORDERS}/{key}/resume").headers["Location"]).text
    assert "the next payment is not reserved yet. Insufficient available balance" in sent
    assert standing(key).status == "ACTIVE"
    page = here.get(f"{ORDERS}/{key}/cancel").text
    assert (
        "This will permanently stop the standing order. No further payments will be generated. "
        "Existing scheduled child payments will be cancelled and reservations released." in page
    )
    assert send(here, f"{ORDERS}/{key}/cancel").status_code == 303
    assert standing(key).status == "CANCELLED"
    assert offered(key) == set()
    assert "Danger Zone" not in here.get(f"{ORDERS}/{key}").text
    assert books.asset(pair[0]).held_minor == 0
    reference = standing(draft).reference
    assert reference in here.get(ORDERS).text
    answer = send(here, f"{ORDERS}/{draft}/delete")
    assert answer.headers["Location"] == ORDERS
    assert reference not in here.get(ORDERS).text
    assert reference in here.get(f"{ORDERS}?status=inactive").text


@pytest.mark.checks("E40.08", "E40.10", "E44.54")
def test_a_deleted_order_is_inactive_and_offers_nothing(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    numbers = number_of(pair[0]), number_of(pair[1])
    key = order(house, *numbers, 5_00, day=3, start=date(2026, 12, 1), submit=False)
    assert ">Submit<" in here.get(f"{ORDERS}/{key}").text
    assert send(here, f"{ORDERS}/{key}/delete").status_code == 303
    page = here.get(f"{ORDERS}/{key}").text
    assert '<span class="badge badge--danger">Inactive</span>' in page
    assert standing(key).reference in page
    for gone in (">Submit<", ">CAPTURED<", ">DRAFT<", "Danger Zone", f"{ORDERS}/{key}/"):
        assert gone not in page, gone


@pytest.mark.checks("E44.57", "E44.58", "E44.59")
def test_the_list_has_what_is_asked_for_and_is_filtered(app: Flask, house, pair):
    numbers = number_of(pair[0]), number_of(pair[1])
    start = date(2026, 12, 1)
    active = order(house, *numbers, 5_00, day=3, start=start)
    draft = order(house, *numbers, 6_00, day=4, start=start, submit=False)
    here = browser(app, house.administrator_email)
    page = here.get(ORDERS).text
    assert "Create Standing Order" in page
    for heading in (
        "Reference", "Day of Month", "Start Date", "End Date", "Frequency", "Approval Status",
        "Standing Order Status", "Total LCY",
    ):  # fmt: skip
        assert re.search(rf"<th[^>]*>(<a[^>]*>)?{heading}\b", page), heading
    names = {key: standing(key).reference for key in (active, draft)}
    for query, expected in (
        (f"search={names[draft]}", {draft}),
        ("approval=CAPTURED", {draft}),
        ("approval=AUTHORIZED", {active}),
        ("status=ACTIVE", {active}),
        ("status=PAUSED", set()),
    ):
        found = here.get(f"{ORDERS}.csv?columns=reference&{query}").text
        assert {key for key, name in names.items() if name in found} == expected, query


def test_a_dialog_says_which_money_it_stops(app: Flask, house, pair):
    here = browser(app, house.administrator_email)
    payer, payee = (number_of(one) for one in pair)
    start = date(2026, 12, 1)
    key = order(house, payer, payee, 250_00, day=3, start=start)
    draft = order(house, payer, payee, 250_00, day=3, start=start, submit=False)
    (child,) = children(key)
    for path in (f"{key}/pause", f"{key}/cancel", f"{draft}/delete"):
        dialog = here.get(f"{ORDERS}/{path}").text
        for one in ("Each payment", "250.00"):
            assert one in dialog, path
        assert re.search(rf"From [^<]+ · {payer}<", dialog), path
        assert re.search(rf"To [^<]+ · {payee}<", dialog), path
    dialog = here.get(f"{ORDERS}/{key}/cancel").text
    assert f"Scheduled payment {child.reference}" in dialog
    dialog = here.get(f"{FORWARD}/{child.id}/cancel").text
    assert "250.00" in dialog
    assert re.search(rf"From [^<]+ · {payer}<", dialog)
    assert re.search(rf"To [^<]+ · {payee}<", dialog)
