"""Who may ask for which statement, and what is refused with which sentence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.controls.identity import Actor
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.statements import commands
from tests import factories
from tests.factories import BUSINESS_DATE, House
from tests.statements.books import (
    YEAR,
    Happening,
    due_work_of,
    page_of,
    post_happenings,
    request,
    work_until_settled,
)


def a_subject(house: House) -> tuple[int, int, int]:
    """Return client, account and asset with one deposit."""
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    asset_id = factories.first_asset(account_id)
    post_happenings(house, asset_id, Happening(100_00))
    return client_id, account_id, asset_id


def a_client_login(house: House, client_id: int) -> Actor:
    return factories.a_user(house, kind="client", client_id=client_id)[0]


def refusal(
    house: House, first: date, last: date, *, asset_id: int | None = None
) -> tuple[str, str | None]:
    """Return the sentence and the field of the refusal."""
    asset_id = asset_id or a_subject(house)[2]
    with pytest.raises(Refusal) as caught:
        request(house.administrator, "asset", asset_id, (first, last))
    return caught.value.sentence, caught.value.field


@pytest.mark.parametrize("subject", [0, 1, 2], ids=["client", "account", "asset"])
def test_a_teller_asks_for_a_statement_and_sees_that_it_waits(house: House, subject: int):
    name, number = ("client", "account", "asset")[subject], a_subject(house)[subject]
    teller = factories.a_user(house)[0]
    statement_id = request(teller, name, number)
    page = page_of(teller, statement_id)
    assert (page.state, page.progress_percent, page.is_under_way) == ("waiting", 0, True)
    assert page.statement.requested_by_name == "Tessa Otieno"
    assert due_work_of(statement_id).state == "waiting"


def test_a_period_cannot_end_before_it_starts(house: House):
    said = refusal(house, date(2026, 5, 2), date(2026, 5, 1))
    assert said == ("The last day cannot be before the first day.", "last_day")


def test_a_period_cannot_go_beyond_the_business_date(house: House):
    said = refusal(house, BUSINESS_DATE, BUSINESS_DATE + timedelta(days=1))
    assert said == ("The period cannot go beyond the business date, 20 Nov 2026.", "last_day")


def test_a_period_of_366_days_is_the_longest(house: House):
    asset_id = a_subject(house)[2]
    longest = (BUSINESS_DATE - timedelta(days=365), BUSINESS_DATE)
    assert request(house.administrator, "asset", asset_id, longest)
    said = refusal(house, longest[0] - timedelta(days=1), longest[1], asset_id=asset_id)
    assert said == (
        "A statement covers 366 days at most. Choose a shorter period.",
        "first_day",
    )


def test_more_movements_than_a_statement_holds_are_refused_with_both_numbers(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    asset_id = factories.a_funded_asset(house)
    post_happenings(house, asset_id, *[Happening(100)] * 4_001)
    assert refusal(house, BUSINESS_DATE, BUSINESS_DATE, asset_id=asset_id) == (
        "This period has 4,001 movements; a statement can hold 4,000. Choose a shorter period.",
        "last_day",
    )


def test_a_subject_that_was_never_moved_has_nothing_to_state(house: House):
    asset_id = factories.a_funded_asset(house)
    assert refusal(house, *YEAR, asset_id=asset_id) == (
        "Nothing was booked up to 20 Nov 2026, so there is nothing to state.",
        "last_day",
    )
    post_happenings(house, asset_id, Happening(100, date(2026, 6, 1)))
    said, _ = refusal(house, date(2026, 5, 1), date(2026, 5, 31), asset_id=asset_id)
    assert said == "Nothing was booked up to 31 May 2026, so there is nothing to state."


def test_an_auditor_who_may_only_view_cannot_ask(house: House):
    auditor = factories.a_user(house, "Auditor")[0]
    with pytest.raises(Forbidden):
        request(auditor, "client", a_subject(house)[0])


def test_a_client_asks_for_their_own_statement_and_finds_no_other(house: House):
    own, other = a_subject(house), a_subject(house)
    login = a_client_login(house, own[0])
    for subject, mine, theirs in zip(("client", "account", "asset"), own, other, strict=True):
        assert page_of(login, request(login, subject, mine)).state == "waiting"
        with pytest.raises(Missing):
            request(login, subject, theirs)


def test_what_a_client_waits_for_already_is_answered_by_that_and_five_wait_at_once(house: House):
    client_id, _account_id, asset_id = a_subject(house)
    login = a_client_login(house, client_id)
    days = [BUSINESS_DATE - timedelta(days=number) for number in range(6)]
    waiting = [request(login, "client", client_id, (day, BUSINESS_DATE)) for day in days[:5]]
    assert len(set(waiting)) == 5
    again = [request(login, "client", client_id, (day, BUSINESS_DATE)) for day in days[:5]]
    assert again == waiting
    with pytest.raises(Conflict) as caught:
        request(login, "asset", asset_id, (BUSINESS_DATE, BUSINESS_DATE))
    said = "5 of your statements are being made. Wait for one of them"
    assert caught.value.sentence == said
    for day in days:
        assert request(house.administrator, "client", client_id, (day, BUSINESS_DATE))
    work_until_settled(login, waiting[0])
    assert request(login, "asset", asset_id, (BUSINESS_DATE, BUSINESS_DATE))


def test_another_organisation_and_an_unknown_subject_are_missing_alike(house: House):
    client_id, account_id, asset_id = a_subject(house)
    stranger = factories.a_house().administrator
    sentences = set()
    for subject, number in (
        ("client", client_id),
        ("account", account_id),
        ("asset", asset_id),
        ("asset", 10**12),
        ("desk", 1),
    ):
        with pytest.raises(Missing) as caught:
            request(stranger, subject, number)
        sentences.add(caught.value.sentence)
    assert sentences == {"There is nothing at this address."}


def test_the_limits_are_those_that_the_sentences_name():
    assert (commands.LONGEST_DAYS, commands.MOST_ENTRIES) == (366, 4_000)
