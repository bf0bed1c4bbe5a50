"""The organisation's lists: each adds, shows and deletes codes, and knows its duplicates."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Refusal
from app.records.commands import CreateCode, EditCode
from app.reference.codes import AccountStatus, CustomerType, DocumentType
from app.reference.models import IdentityType
from tests import factories
from tests.pages import form_of, send

# The list, what one of it is called, and a code and a description that no list starts with.
LISTS = (
    ("titles", "Title", "REV", "Reverend"),
    ("genders", "Gender", "X", "Not said"),
    ("marital-statuses", "Marital status", "ENGAGED", "Engaged to marry"),
    ("customer-types", "Customer type", "COOPERATIVE", "A cooperative of farmers"),
    ("customer-ratings", "Customer rating", "WATCHED", "On the watch list"),
    ("account-statuses", "Account status", "CLOSING", "About to be closed"),
    ("document-types", "Document type", "PAYSLIP", "Slip of the last salary"),
    ("identity-types", "Identity type", "ALIEN_ID", "Identity card of aliens"),
    ("source-of-funds", "Source of funds", "DONORS", "Donations from abroad"),
    ("loan-purposes", "Loan purpose", "WATER", "A well or a tank"),
    ("collateral-types", "Collateral type", "LIVESTOCK", "Cattle, goats and sheep"),
)
STARTED_WITH = {
    "titles": ("MR", "MRS", "DR", "PROF"),
    "genders": ("F", "M", "OTHER"),
    "marital-statuses": ("SINGLE", "MARRIED", "DIVORCED"),
    "customer-types": ("INDIVIDUAL", "CORPORATE", "SME"),
    "customer-ratings": ("LOW_RISK", "MEDIUM_RISK", "HIGH_RISK"),
    "account-statuses": ("ACTIVE", "DORMANT", "FROZEN"),
    "document-types": ("PHOTO", "PASSPORT_COPY", "PROOF_OF_ADDRESS"),
    "identity-types": ("NATIONAL_ID", "PASSPORT"),
    "source-of-funds": ("NGO", "GOVERNMENT", "MEMBER_SAVINGS"),
    "loan-purposes": ("AGRICULTURE", "SCHOOL_FEES", "BUSINESS"),
    "collateral-types": ("LOGBOOK", "TITLE_DEED", "FIXED_DEPOSIT"),
}


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def one(model, house, code):
    with database.reading() as session:
        query = select(model).where(
            model.organisation_id == house.organisation_id, model.code == code
        )
        return session.scalars(query).one()


def document(number: int = 0, **typed: str) -> dict[str, str]:
    return {f"documents-{number}-{key}": value for key, value in typed.items()}


@pytest.mark.checks(
    "E16.01", "E16.02", "E19.01", "E19.02", "E19.03", "E19.05", "E20.01", "E20.02", "E20.04",
    "E21.01", "E21.07", "E23.01", "E23.02", "E23.07", "E24.02", "E24.03", "E24.05", "E40.11",
    "E40.12", "E40.14", "E40.15",
)  # fmt: skip
def test_every_list_adds_shows_and_deletes_codes_and_refuses_those_it_has(person, house):
    for name, singular, code, description in LISTS:
        path = f"/admin/{name}"
        page = text(person, path)
        assert all(known in page for known in STARTED_WITH[name]), name
        answer = send(person, f"{path}/new", code=code.lower(), name=description)
        assert answer.status_code == 303, name
        page = text(person, path)
        assert f"{singular} created" in page
        assert code in page
        assert description in page
        again = send(person, f"{path}/new", code=code, name="Twice")
        assert again.status_code == 409
        assert f"{singular} code {code} already exists" in again.get_data(as_text=True)
        assert 'value="Twice"' in again.get_data(as_text=True)
        export = text(person, f"{path}.csv?search={code}")
        assert code in export
        detail = page.split(f">{code}<")[0].rsplit(f'href="{path}/', 1)[1].split('"')[0]
        assert send(person, f"{path}/{detail}/edit", name="Renamed").status_code == 303
        assert "Renamed" in text(person, path)
        assert send(person, f"{path}/{detail}/delete").status_code == 303
        assert f"{singular} deleted successfully" in text(person, path)
        assert "Renamed" not in text(person, path)
        assert "Renamed" in text(person, f"{path}?status=inactive")
        assert "Inactive since" in text(person, f"{path}/{detail}")


def test_lists_of_a_kind_share_a_line_of_the_sidebar_and_have_tabs(person, house):
    page = text(person, "/admin/genders")
    assert page.count('href="/admin/titles"') == 2  # the line of the sidebar and the tab
    assert 'href="/admin/marital-statuses"' in page
    for label in (
        "System Data", "Customer Configuration", "Account Configuration", "Identity / Compliance",
        "Loan Configuration", "Financial Config", "Org Structure",
    ):  # fmt: skip
        assert f"<span>{label}</span>" in page
    loans = text(person, "/admin/loan-purposes")
    assert ">Loan Purposes</a>" in loans
    assert ">Collateral Types</a>" in loans


@pytest.mark.checks("E19.04", "E20.03")
def test_customers_choose_from_the_lists_and_keep_what_is_deleted_later(person, house):
    actor = house.administrator
    perform(CreateCode("title", "REV", "Reverend"), actor)
    perform(CreateCode("customer-type", "STAFF", "Employee", {"kind": "individual"}), actor)
    page = text(person, "/admin/clients/new")
    for name in ("Reverend", "Female", "Widowed", "Employee", "Medium risk", "National ID",
                 "Passport"):  # fmt: skip
        assert f">{name}</option>" in page
    chosen = {
        "title_code": "REV", "gender": "F", "marital_status": "WIDOWED",
        "customer_type": "STAFF", "rating": "MEDIUM_RISK",
    }  # fmt: skip
    typed = {"first_name": "Wanjiku", "surname": "Kamau", **document(reference="12345678")}
    answer = send(person, "/admin/clients/new", **typed, **chosen)
    assert answer.status_code == 303
    found = text(person, "/admin/clients?type=STAFF&rating=MEDIUM_RISK")
    assert "Wanjiku Kamau" in found
    assert "Wanjiku Kamau" not in text(person, "/admin/clients?rating=LOW_RISK")
    client_id = found.split('href="/admin/clients/', 2)[-1].split('"')[0].split("/")[0]
    shown = text(person, f"/admin/clients/{client_id}")
    for name in ("Reverend", "Female", "Widowed", "Employee", "Medium risk"):
        assert name in shown

    staff = one(CustomerType, house, "STAFF").id
    asked = text(person, f"/admin/customer-types/{staff}/delete")
    assert "Used by customers" in asked
    assert 'href="/admin/clients?type=STAFF"' in asked
    perform(RetireRecord("customer-type", staff), actor)
    form = form_of(person, f"/admin/clients/{client_id}/edit")
    assert form["customer_type"] == ["STAFF"]
    assert send(person, f"/admin/clients/{client_id}/edit", surname="Otieno").status_code == 303
    refused = send(person, "/admin/clients/new", **typed, customer_type="STAFF")
    assert refused.status_code == 422
    assert "Choose an entry of the list" in refused.get_data(as_text=True)


@pytest.mark.checks("E21.02", "E21.03", "E21.04")
def test_a_status_of_accounts_says_what_it_allows(person, house):
    path = "/admin/account-statuses"
    send(person, f"{path}/new", code="INWARD", name="Inward alone", allow_credit="y")
    status = one(AccountStatus, house, "INWARD")
    assert (status.allow_debit, status.allow_credit, status.allow_cob) == (False, True, False)
    page = text(person, f"{path}/{status.id}")
    for label in ("Allow Debit", "Allow Credit", "Allow Close of Business Transactions"):
        assert label in page
    send(person, f"{path}/{status.id}/edit", allow_credit=None, allow_debit="y", allow_cob="y")
    status = one(AccountStatus, house, "INWARD")
    assert (status.allow_debit, status.allow_credit, status.allow_cob) == (True, False, True)


@pytest.mark.checks("E23.03", "E23.04", "E23.05")
def test_an_identity_type_says_what_its_documents_must_say(person, house):
    path = "/admin/identity-types"
    typed = {
        "code": "PERMIT", "name": "Residence permit", "country": "KE", "needs_expiry_date": "y",
        "needs_issue_date": "y", "pattern": "R-[0-9]{4}",
    }  # fmt: skip
    tried = send(person, f"{path}/new", **typed, sample="R-12")
    assert tried.status_code == 422
    assert "R-12 does not match the pattern" in tried.get_data(as_text=True)
    assert send(person, f"{path}/new", **typed, sample="R-1234").status_code == 303
    permit = one(IdentityType, house, "PERMIT")
    page = text(person, f"{path}/{permit.id}")
    assert "Kenya" in page
    assert "R-[0-9]{4}" in page
    new = "/admin/clients/new"
    named = {"first_name": "Wanjiku", "surname": "Kamau"}
    full = {
        "identity_type_id": str(permit.id), "reference": "R-1234", "issued_on": "2026-01-01",
        "expires_on": "2030-01-01",
    }  # fmt: skip
    for left_out, sentence in (
        ("reference", "Reference is required for Residence permit"),
        ("issued_on", "Issue date is required for Residence permit"),
        ("expires_on", "Expiry date is required for Residence permit"),
    ):
        answer = send(person, new, **named, **document(**(full | {left_out: ""})))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    answer = send(person, new, **named, **document(**(full | {"reference": "R-12345"})))
    assert answer.status_code == 422
    sentence = "Reference does not match the format defined in the Identity Type"
    assert sentence in answer.get_data(as_text=True)
    assert send(person, new, **named, **document(**full)).status_code == 303


@pytest.mark.checks("E23.06", "E40.14")
def test_document_and_identity_types_are_offered_where_a_customer_is_identified(person, house):
    perform(CreateCode("document-type", "SCAN", "Scan at the counter"), house.administrator)
    values = {"country": "KE", "needs_reference": True}
    perform(CreateCode("identity-type", "ALIEN", "Alien card", values), house.administrator)
    scan, alien = one(DocumentType, house, "SCAN"), one(IdentityType, house, "ALIEN")
    new = "/admin/clients/new"
    page = text(person, new)
    for name in ("Scan at the counter", "Proof of address", "Alien card", "Passport", "Uganda"):
        assert f">{name}</option>" in page
    typed = {"first_name": "Wanjiku", "surname": "Kamau"}
    given = {
        "identity_type_id": str(alien.id),
        "reference": "A-1",
        "document_type_id": str(scan.id),
    }
    refused = send(person, new, **typed, **document(**given, country="UG"))
    assert refused.status_code == 422
    assert "Alien card is issued by Kenya alone" in refused.get_data(as_text=True)
    assert send(person, new, **typed, **document(**given)).status_code == 303
    rows = text(person, "/admin/clients?search=Wanjiku")
    client_id = rows.split('href="/admin/clients/', 2)[-1].split('"')[0].split("/")[0]
    shown = text(person, f"/admin/clients/{client_id}")
    assert "Scan at the counter" in shown
    assert "Kenya" in shown
    # A category that is deleted stays with the documents that have it, and is offered no more.
    assert "Used by identity documents" in text(person, f"/admin/document-types/{scan.id}/delete")
    assert send(person, f"/admin/document-types/{scan.id}/delete").status_code == 303
    assert ">Scan at the counter</option>" not in text(person, new)
    again = send(person, new, **typed, **document(**given))
    assert again.status_code == 422
    edit = f"/admin/clients/{client_id}/edit"
    assert form_of(person, edit)["documents-0-document_type_id"] == [str(scan.id)]
    assert send(person, edit, surname="Otieno").status_code == 303
    assert "Scan at the counter" in text(person, f"/admin/clients/{client_id}")


@pytest.mark.parametrize("pattern", ["(", "(?=a)b", "(((a{100}){100}){100})", "a" * 201])
def test_what_is_no_pattern_or_a_dangerous_one_is_refused(house, pattern):
    command = CreateCode("identity-type", "ODD", "Odd", {"pattern": pattern})
    with pytest.raises(Refusal) as refused:
        perform(command, house.administrator)
    assert refused.value.field == "pattern"


def test_a_pattern_that_would_never_end_answers_at_once(person, house):
    command = CreateCode("identity-type", "EVIL", "Evil", {"pattern": "(a|a)*(a|a)*(a|a)*b"})
    evil = perform(command, house.administrator)
    reference = "a" * 60 + "!"
    typed = document(identity_type_id=str(evil), reference=reference)
    answer = send(person, "/admin/clients/new", first_name="A", surname="B", **typed)
    assert answer.status_code == 422


def test_a_code_stays_as_it_was_given(person, house):
    status = one(AccountStatus, house, "ACTIVE")
    assert "code" not in form_of(person, f"/admin/account-statuses/{status.id}/edit")
    perform(
        EditCode("account-status", status.id, 1, "In use", {"allow_debit": True}),
        house.administrator,
    )
    assert one(AccountStatus, house, "ACTIVE").name == "In use"
    for code, sentence in (
        ("", "Title code is required"),
        ("A B", "letters, digits, full stops, hyphens and underscores"),
        ("É", "letters, digits, full stops, hyphens and underscores"),
        ("A" * 31, "at most 30 characters"),
    ):
        with pytest.raises(Refusal, match=sentence):
            perform(CreateCode("title", code, "Text"), house.administrator)
