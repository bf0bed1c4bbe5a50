"""Every change of the configuration raises the version that remembered settings are kept under."""

import pytest

from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Conflict
from app.reference.commands import (
    CreateTransactionStatus,
    DeleteConfiguration,
    EditTransactionSubType,
    MakeDefault,
)
from app.reference.models import TransactionStatus, TransactionSubType
from tests import factories
from tests.reference.books import row


@pytest.mark.checks("W03.02")
def test_adding_changing_and_deleting_each_raise_it_and_a_refusal_does_not(app):
    house = factories.a_house(currencies=("KES",))

    def version() -> int:
        with database.reading() as session:
            return session.get_one(Organisation, house.organisation_id).configuration_version

    deposit = row(TransactionSubType, house.project_id, "deposit")
    completed = row(TransactionStatus, house.project_id, "completed")
    seen = [version()]
    held = perform(
        CreateTransactionStatus(house.project_id, "held", "Held", "Pending", "red"),
        house.administrator,
    )
    seen.append(version())
    for command in (
        EditTransactionSubType(deposit.id, deposit.version, "Cash in"),
        MakeDefault("statuses", held),
        MakeDefault("statuses", completed.id),
        DeleteConfiguration("statuses", held),
    ):
        perform(command, house.administrator)
        seen.append(version())
    assert seen == sorted(set(seen))
    with pytest.raises(Conflict):
        perform(DeleteConfiguration("statuses", completed.id), house.administrator)
    assert version() == seen[-1]
