"""A licence is shown, changed, disabled and enabled by the platform; its key lies in a file."""

import re
import stat
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.controls.audit import Activity
from app.controls.commands import door, handles, perform
from app.controls.numbering import Sequence, take
from app.controls.signet import PRIVATE_FILE, PUBLIC_FILE, Signet
from app.controls.tenant import Licence
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Forbidden, Unavailable
from app.licences.commands import EditLicence, SetLicenceActive
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from tests import factories
from tests.ledger.books import seal
from tests.pages import form_of, send

PATH = "/admin/licences"


@dataclass(frozen=True, slots=True)
class TakeTwo:
    """Take two numbers of accounts."""


@handles(TakeTwo, permission=None)
def take_two(work: Work, _command: TakeTwo) -> list[str]:
    return take(work, "ACCOUNT", count=2)


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=())


@pytest.fixture
def platform(client: FlaskClient):
    factories.signed_in(client, factories.a_platform_person())
    return client


def licence_of(house):
    with database.reading() as session:
        query = select(Licence).where(Licence.organisation_id == house.organisation_id)
        return session.scalars(query).one()


def words(client, path):
    page = client.get(path).get_data(as_text=True)
    page = page.split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.checks("E38.02", "E40.26")
def test_its_page_shows_organisation_expiry_modules_and_whether_it_is_active(platform, house):
    path = f"{PATH}/{licence_of(house).id}"
    shown = words(platform, path)
    assert f"Organization name {house.name}" in shown
    assert "Expiry date 01 Jan 2036" in shown or "Expiry date 2036-01-01" in shown
    assert "Modules Core banking, Chart of accounts, Statements, Reports, Client area" in shown
    assert "Active Yes" in shown
    assert "Delete" not in shown
    assert platform.get(f"{path}/delete").status_code == 404


def test_expiry_and_modules_are_edited_and_the_licence_stays_genuine(platform, house, app):
    licence = licence_of(house)
    path = f"{PATH}/{licence.id}"
    new_end = door.clock().date() + timedelta(days=30)
    answer = send(platform, f"{path}/edit", expires_on=new_end.isoformat(), modules=["ledger"])
    assert answer.status_code == 303
    saved = licence_of(house)
    assert (saved.expires_on, saved.modules) == (new_end, ["ledger"])
    theirs = app.test_client()
    factories.signed_in(theirs, house.administrator_email)
    assert theirs.get("/admin/products").status_code == 200
    assert theirs.get("/admin/accounts").status_code == 404
    today = door.clock().date().isoformat()
    for wrong, sentence in (
        ({"expires_on": today}, "License expiry must be in the future"),
        ({"expires_on": ""}, "Expiry date is required"),
        ({"modules": ["everything"]}, "is not a valid choice"),
    ):
        answer = send(platform, f"{path}/edit", **wrong)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    stale = send(platform, f"{path}/edit", version="1", modules=["portal"])
    assert stale.status_code == 409
    assert licence_of(house).modules == ["ledger"]


@pytest.mark.checks("E38.11")
def test_the_platform_disables_and_enables_a_licence(platform, house, app):
    path = f"{PATH}/{licence_of(house).id}"
    theirs = app.test_client()
    factories.signed_in(theirs, house.administrator_email)
    assert send(platform, f"{path}/deactivate").status_code == 303
    assert theirs.get("/admin/clients").headers["Location"] == "/licence-error"
    assert "Inactive" in words(platform, path)
    assert "Active No" in words(platform, path)
    assert f"{path}/deactivate" not in platform.get(path).get_data(as_text=True)
    assert send(platform, f"{path}/activate").status_code == 303
    assert theirs.get("/admin/clients").status_code == 200
    with database.reading() as session:
        query = select(Activity.action).where(
            Activity.organisation_id == house.organisation_id, Activity.entity == "licence"
        )
        assert list(session.scalars(query))[-2:] == ["Set licence active"] * 2


def test_a_record_that_was_tampered_with_is_marked_and_only_mended_by_saving_its_terms(
    platform, house
):
    path = f"{PATH}/{licence_of(house).id}"
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(
            update(Licence)
            .where(Licence.organisation_id == house.organisation_id)
            .values(is_active=False)
        )
    assert "Tampered" in words(platform, path)
    listed = platform.get(f"{PATH}?search={house.name.rsplit(' ', 1)[-1]}").get_data(as_text=True)
    assert ">Tampered</span>" in listed
    answer = send(platform, f"{path}/activate")
    assert answer.status_code == 409
    assert "does not fit its signature" in answer.get_data(as_text=True)
    assert send(platform, f"{path}/edit").status_code == 303
    assert send(platform, f"{path}/activate").status_code == 303
    assert "Tampered" not in words(platform, path)


def test_an_organisation_changes_nothing_of_its_licence(house):
    licence = licence_of(house)
    end = licence.expires_on + timedelta(days=1)
    for command in (
        EditLicence(licence.id, licence.version, end, ()),
        SetLicenceActive(licence.id, is_active=False),
    ):
        with pytest.raises(Forbidden):
            perform(command, house.administrator)


def test_what_commands_write_is_sealed_without_a_breach(platform, house, database_url):
    path = f"{PATH}/{licence_of(house).id}"
    send(platform, f"{path}/deactivate")
    send(platform, f"{path}/activate")
    seal(house.organisation_id)
    with snapshot(database_url) as view:
        assert list(breaches(view, house.organisation_id)) == []


def test_sequences_show_prefix_padding_and_next_number_and_can_be_rewritten(platform, house):
    path = f"{PATH}/{licence_of(house).id}"
    assert "CUSTOMER Initialized prefix CUS- , padding 8, next number CUS-00000001" in words(
        platform, path
    )
    edit = f"{path}/sequences/{sequence_of(house, 'CUSTOMER').id}"
    assert form_of(platform, edit)["next_value"] == ["1"]
    answer = send(platform, edit, prefix="mem-", width="5", next_value="700")
    assert answer.status_code == 303
    assert "prefix MEM- , padding 5, next number MEM-00700" in words(platform, path)
    for wrong, status, sentence in (
        ({"next_value": "699"}, 409, "cannot be lower than it is now"),
        ({"prefix": "M1"}, 422, "must not end with a digit"),
        ({"prefix": "ACC-"}, 409, "ACCOUNT is numbered with this prefix already"),
        ({"width": "13"}, 422, "Padding must be 1 to 12 digits"),
        ({"next_value": "1e9"}, 422, "This is no whole number"),
    ):
        answer = send(platform, edit, **wrong)
        assert answer.status_code == status
        assert sentence in answer.get_data(as_text=True)
    with database.reading() as session:
        row = session.scalars(
            select(Activity).where(
                Activity.organisation_id == house.organisation_id, Activity.entity == "sequence"
            )
        ).one()
        assert {one["field"] for one in row.changes} == {"prefix", "width", "next_value"}


def test_a_format_that_a_colleague_saved_is_not_overwritten_by_a_stale_form(platform, house):
    path = f"{PATH}/{licence_of(house).id}"
    edit = f"{path}/sequences/{sequence_of(house, 'CUSTOMER').id}"
    stale, width = form_of(platform, edit), sequence_of(house, "CUSTOMER").width
    assert send(platform, edit, prefix="MEM-").status_code == 303
    perform(TakeTwo(), house.system)
    answer = platform.post(edit, data=stale | {"width": ["4"], "next_value": ["9000"]})
    assert answer.status_code == 409
    assert "changed this record" in answer.get_data(as_text=True)
    kept = sequence_of(house, "CUSTOMER")
    assert (kept.prefix, kept.width) == ("MEM-", width)


def test_numbers_that_are_taken_follow_the_format_and_never_repeat(app, house):
    factories.change(house, Sequence, sequence_of(house, "ACCOUNT").id, next_value=9, width=2)
    assert perform(TakeTwo(), house.system) == ["ACC-09", "ACC-10"]
    assert perform(TakeTwo(), house.system) == ["ACC-11", "ACC-12"]


def sequence_of(house, name):
    with database.reading() as session:
        query = select(Sequence).where(
            Sequence.organisation_id == house.organisation_id, Sequence.name == name
        )
        return session.scalars(query).one()


def test_a_sequence_of_another_organisation_is_not_there(platform, house):
    other = factories.a_house(currencies=())
    path = f"{PATH}/{licence_of(house).id}/sequences/{sequence_of(other, 'ACCOUNT').id}"
    assert platform.get(path).status_code == 404


def test_the_pair_is_made_once_and_its_private_half_is_the_owners_alone(tmp_path):
    first, second = Signet(), Signet()
    first.configure(tmp_path)
    second.configure(tmp_path)
    signature = first.sign(b"a licence")
    assert second.is_genuine(b"a licence", signature)
    assert not second.is_genuine(b"another", signature)
    assert stat.S_IMODE((tmp_path / PRIVATE_FILE).stat().st_mode) == 0o600
    # Where the private half is kept elsewhere, licences are checked and never signed.
    checks = Signet()
    checks.configure(tmp_path / "none", public=(tmp_path / PUBLIC_FILE).read_text())
    assert checks.is_genuine(b"a licence", signature)
    with pytest.raises(Unavailable):
        checks.sign(b"a licence")
    (tmp_path / PRIVATE_FILE).unlink()
    checks.configure(tmp_path)
    with pytest.raises(Unavailable):
        checks.sign(b"a licence")


def test_keys_of_the_environment_must_belong_together(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Signet().configure(tmp_path / name)
    private = (tmp_path / "one" / PRIVATE_FILE).read_text()
    with pytest.raises(RuntimeError, match="does not belong"):
        Signet().configure(
            tmp_path, private=private, public=(tmp_path / "two" / PUBLIC_FILE).read_text()
        )
    signet = Signet()
    signet.configure(tmp_path, private=private)
    assert signet.is_genuine(b"x", signet.sign(b"x"))
