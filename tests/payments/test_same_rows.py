"""The same payments that come at once are kept once."""

from __future__ import annotations

from threading import Barrier, Thread

from sqlalchemy import func, select

from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict
from app.payments.commands import UploadPayments
from app.payments.models import PaymentFile
from tests import factories
from tests.factories import House
from tests.payments.scenes import HEAD, number


def test_of_identical_files_that_are_uploaded_at_once_one_is_kept(house: House):
    payer, taker = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    text = ",".join(HEAD) + f"\n{number(payer)},{number(taker)},1.00,KES,Salary,\n"
    gate, refused = Barrier(4), []

    def upload() -> None:
        gate.wait()
        try:
            perform(UploadPayments("S", "all", "a.csv", text.encode()), house.administrator)
        except Conflict as conflict:
            refused.append(conflict.sentence)

    threads = [Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    query = select(func.count()).where(PaymentFile.organisation_id == house.organisation_id)
    with database.reading() as session:
        assert session.scalar(query) == 1
    assert len(refused) == 3
    assert all(sentence.startswith("The same rows are in ") for sentence in refused)
