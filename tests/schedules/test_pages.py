from datetime import date
from tests.factories import *
from tests.journals.scenes import codes, number_of, fill, post, house_account
from tests.schedules.scenes import *
from tests.transactions.scenes import browser


def test_pages(app, house):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    here = browser(app, house.administrator_email)
    for path in (FORWARD, f"{FORWARD}/new", ORDERS, f"{ORDERS}/new", f"{FORWARD}.csv", f"{ORDERS}.csv"):
        assert here.get(path).status_code == 200, path
    key = plan(house, number_of(payer), number_of(payee), 400_00, on=date(2026, 12, 5))
    draft = plan(house, number_of(payer), number_of(payee), 400_00, on=date(2026, 12, 5), submit=False)
    so = order(house, number_of(payer), number_of(payee), 100_00, day=31, start=date(2026, 11, 20))
    sd = order(house, number_of(payer), number_of(payee), 100_00, day=31, start=date(2026, 11, 20), submit=False)
    for path in (f"{FORWARD}/{key}", f"{FORWARD}/{draft}", f"{FORWARD}/{draft}/edit", f"{FORWARD}/{key}/cancel",
                 f"{ORDERS}/{so}", f"{ORDERS}/{sd}", f"{ORDERS}/{sd}/edit", f"{ORDERS}/{so}/pause", f"{ORDERS}/{so}/cancel", f"{ORDERS}/{sd}/delete",
                 f"/admin/approvals/forward-dated/{draft}", f"/admin/approvals/standing-order/{sd}", FORWARD, ORDERS,
                 f"/admin/approvals/standing-order/{sd}/submit"):
        answer = here.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
    until(house, date(2026, 12, 31))
    one = forward(key)
    print(one.status, one.execution_on)
    assert here.get(f"{FORWARD}/{key}").status_code == 200
    assert here.get(f"/admin/transactions/{one.transaction_id}").status_code == 200
    assert here.get(f"{ORDERS}/{so}").status_code == 200
