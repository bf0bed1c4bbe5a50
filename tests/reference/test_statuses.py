"""Transaction statuses of a project: own ones, their colours, and the one new ones start in."""

import pytest
from flask.testing import FlaskClient

from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Transaction
from app.reference.commands import (
    CreateProject,
    CreateTransactionStatus,
    DeleteConfiguration,
    EditTransactionStatus,
    MakeDefault,
)
from app.reference.models import TransactionStatus
from app.transactions.commands import Deposit
from tests import factories
from tests.pages import form_of, send
from tests.reference.books import PATH, administrator, line, row


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


def a_status(house, label="held", processing="Pending", *, colour="violet", is_default=False):
    command = CreateTransactionStatus(
        house.project_id, label, label.capitalize(), processing, colour, is_default=is_default
    )
    return perform(command, house.administrator)


def status_of(transaction_id):
    with database.reading() as session:
        return session.get_one(Transaction, transaction_id).status_id


@pytest.mark.checks("W03.30", "W03.31")
def test_the_drawer_stores_label_name_colour_and_what_it_stands_for(client: FlaskClient, house):
    administrator(client, house)
    path = f"{PATH}/statuses/new?project={house.project_id}"
    page = client.get(path).get_data(as_text=True)
    assert page.count('class="swatch swatch--') == 12
    assert "Make as default" in page
    answer = send(
        client, path, label="reversed", name="Reversed", processing="Reversed", colour="brown"
    )
    assert answer.status_code == 303
    saved = row(TransactionStatus, house.project_id, "reversed")
    assert (saved.name, saved.processing, saved.colour) == ("Reversed", "Reversed", "brown")
    shown = line(client, "statuses", house.project_id, saved.id)
    assert '<span class="badge badge--c-brown">Reversed</span>' in shown


def test_a_colour_outside_the_palette_is_refused(client: FlaskClient, house):
    administrator(client, house)
    path = f"{PATH}/statuses/new?project={house.project_id}"
    answer = send(client, path, label="x", name="X", processing="Pending", colour="#ff0000")
    assert answer.status_code == 422
    with pytest.raises(Refusal, match="palette"):
        a_status(house, colour="neon")


@pytest.mark.checks("W03.32", "W03.02")
def test_new_transactions_start_in_the_default_from_the_next_one_on(house):
    asset_id = factories.a_funded_asset(house)
    before = perform(Deposit(asset_id, 100_00), house.administrator)
    assert status_of(before) == row(TransactionStatus, house.project_id, "completed").id
    held = a_status(house, is_default=True)
    # The same process, which has remembered the settings, and nothing is started again.
    waiting = perform(Deposit(asset_id, 100_00), house.administrator)
    with database.reading() as session:
        transaction = session.get_one(Transaction, waiting)
        assert (transaction.status_id, transaction.processing) == (held, "Pending")
    perform(
        MakeDefault("statuses", row(TransactionStatus, house.project_id, "completed").id),
        house.administrator,
    )
    done = perform(Deposit(asset_id, 100_00), house.administrator)
    with database.reading() as session:
        assert session.get_one(Transaction, done).processing == "Completed"


def test_no_transaction_can_start_reversed_or_canceled(house):
    with pytest.raises(Refusal, match="New transactions cannot start"):
        a_status(house, "undone", "Reversed", is_default=True)
    canceled = row(TransactionStatus, house.project_id, "canceled")
    with pytest.raises(Refusal, match="New transactions cannot start"):
        perform(MakeDefault("statuses", canceled.id), house.administrator)


@pytest.mark.checks("W03.33", "W12.12")
def test_a_status_of_ones_own_is_changed_and_deleted(client: FlaskClient, house):
    other = perform(CreateProject("Wallets"), house.administrator)
    status_id = a_status(house)
    administrator(client, house)
    path = f"{PATH}/statuses/{status_id}/edit"
    answer = send(client, path, label="reconciled", name="Reconciled", colour="green")
    assert answer.status_code == 303
    saved = row(TransactionStatus, house.project_id, "reconciled")
    assert (saved.id, saved.name, saved.colour) == (status_id, "Reconciled", "green")
    assert row(TransactionStatus, other, "reconciled") is None
    assert send(client, f"{PATH}/statuses/{status_id}/delete").status_code == 303
    assert row(TransactionStatus, house.project_id, "reconciled") is None


@pytest.mark.checks("W03.34")
def test_system_statuses_stay_and_keep_their_names(client: FlaskClient, house):
    pending = row(TransactionStatus, house.project_id, "pending")
    administrator(client, house)
    assert "/delete" not in line(client, "statuses", house.project_id, pending.id)
    answer = send(client, f"{PATH}/statuses/{pending.id}/delete")
    assert answer.status_code == 409
    assert "Pending is a system entry and cannot be deleted" in answer.get_data(as_text=True)
    fields = form_of(client, f"{PATH}/statuses/{pending.id}/edit")
    assert not {"label", "name", "processing"} & fields.keys()
    assert send(client, f"{PATH}/statuses/{pending.id}/edit", colour="red").status_code == 303
    saved = row(TransactionStatus, house.project_id, "pending")
    assert (saved.name, saved.colour) == ("Pending", "red")
    renamed = EditTransactionStatus(saved.id, saved.version, "pending", "Waiting", "Pending", "red")
    with pytest.raises(Conflict, match="keeps its name"):
        perform(renamed, house.administrator)


def test_the_default_status_is_deleted_only_after_another_was_chosen(house):
    held = a_status(house, is_default=True)
    with pytest.raises(Conflict, match="Choose another default first"):
        perform(DeleteConfiguration("statuses", held), house.administrator)
    completed = row(TransactionStatus, house.project_id, "completed")
    perform(MakeDefault("statuses", completed.id), house.administrator)
    perform(DeleteConfiguration("statuses", held), house.administrator)


def test_a_used_status_cannot_be_deleted_nor_stand_for_something_else(house):
    asset_id = factories.a_funded_asset(house)
    held = a_status(house, is_default=True)
    perform(Deposit(asset_id, 100_00), house.administrator)
    completed = row(TransactionStatus, house.project_id, "completed")
    perform(MakeDefault("statuses", completed.id), house.administrator)
    with pytest.raises(Conflict, match="Status cannot be deleted: it is used by transactions"):
        perform(DeleteConfiguration("statuses", held), house.administrator)
    saved = row(TransactionStatus, house.project_id, "held")
    with pytest.raises(Conflict, match="used by transactions"):
        perform(
            EditTransactionStatus(held, saved.version, "held", "Held", "Completed", "red"),
            house.administrator,
        )
