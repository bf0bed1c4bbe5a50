"""The form of a customer, individual or corporate, with rows of documents and of people."""

import re
from typing import Any

from flask import request
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    FormField,
    SelectField,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Optional

from app.access.forms import valid_address
from app.clients.commands import Company, Document, Person
from app.clients.company.forms import ContactForm, DirectorForm, ShareholderForm, members_of
from app.records.judging import JudgedForm
from app.web.forms import Form, as_id, optional, required, stripped

MOST_ROWS = 50
# The name of the buttons that change the form and save nothing.
STEP = "step"
_STEP = re.compile(
    r"(?:add|drop)-(?P<rows>directors|shareholders|contacts|documents)(?:-(?P<number>[0-9]{1,6}))?"
)
_INDIVIDUAL = (
    "title_code", "first_name", "surname", "gender", "marital_status", "date_of_birth",
)  # fmt: skip
_CORPORATE = ("corporate_name", "incorporated_on", "directors", "shareholders", "contacts")


class DocumentForm(Form):
    """One identity document."""

    identity_type_id = SelectField("Document", validate_choice=False)
    reference = StringField("Reference", optional("Reference", 64))
    issued_on = DateField("Issued", [Optional()])
    expires_on = DateField("Expires", [Optional()])
    country = SelectField("Country of issue", [Optional()], validate_choice=False)
    document_type_id = SelectField("Document Type", [Optional()], validate_choice=False)


class FeeGroupForm(Form):
    """The group by whose fees a customer pays."""

    fee_group_id = SelectField("Fee group", [Optional()], validate_choice=False)


class ClientForm(JudgedForm):
    """A customer: who they are, how they are reached, who cares for them.

    The type is chosen first; `settle` leaves the fields of its kind (E25.02).
    """

    customer_type = SelectField("Customer Type", [Optional()], validate_choice=False)
    title_code = SelectField("Title", [Optional()], validate_choice=False)
    first_name = StringField("First Name", required("First Name"))
    surname = StringField("Surname", required("Surname"))
    gender = SelectField("Gender", [Optional()], validate_choice=False)
    marital_status = SelectField("Marital Status", [Optional()], validate_choice=False)
    date_of_birth = DateField("Date of Birth", [Optional()])
    corporate_name = StringField("Corporate Name", required("Corporate Name"))
    incorporated_on = DateField(
        "Date of Incorporation", [InputRequired("Date of Incorporation is required")]
    )
    directors = FieldList(
        FormField(DirectorForm), "Directors", min_entries=1, max_entries=MOST_ROWS
    )
    shareholders = FieldList(
        FormField(ShareholderForm), "Shareholders", min_entries=1, max_entries=MOST_ROWS
    )
    contacts = FieldList(FormField(ContactForm), "Contacts", min_entries=1, max_entries=MOST_ROWS)
    rating = SelectField("Customer Rating", [Optional()], validate_choice=False)
    email = EmailField("Email", [Optional(), valid_address])
    phone = TelField("Phone", optional("Phone", 40))
    address = StringField("Address", optional("Address"))
    city = StringField("City", optional("City"))
    country = SelectField("Country", [Optional()], validate_choice=False)
    project_id = SelectField("Project", validate_choice=False)
    desk_id = SelectField("Desk", [Optional()], validate_choice=False)
    manager_id = SelectField("Manager", [Optional()], validate_choice=False)
    fee_group_id = SelectField("Fee group", [Optional()], validate_choice=False)
    documents = FieldList(
        FormField(DocumentForm), "Identity documents", min_entries=1, max_entries=MOST_ROWS
    )
    submit_now = BooleanField("Submit for approval now")

    @property
    def is_posted(self) -> bool:
        """Whether the form is sent to be saved, not only for another row or another type."""
        return super().is_posted and STEP not in request.form

    @property
    def is_corporate(self) -> bool:
        """Whether the fields are those of a company."""
        return "corporate_name" in self

    def settle(self, kind: str) -> None:
        """Leave the fields of this kind of customer, and do what a button of the rows asks."""
        for name in _INDIVIDUAL if kind == "corporate" else _CORPORATE:
            del self[name]
        step = _STEP.fullmatch(request.form.get(STEP, ""))
        rows = self[step["rows"]] if step and step["rows"] in self else None
        if step is None or rows is None:
            return
        if step["number"]:
            named = f"{rows.name}-{step['number']}"
            rows.entries = [one for one in rows.entries if one.name != named]
        elif len(rows.entries) < MOST_ROWS:
            rows.append_entry()

    def details(self) -> Person | Company:
        """Return what was typed of the person or of the company."""
        made = Company if self.is_corporate else Person
        values: dict[str, Any] = {
            name: field.data if isinstance(field := self[name], DateField) else stripped(field.data)
            for name in made.__dataclass_fields__
            if name != "members"
        }
        return Company(**values, members=members_of(self)) if made is Company else Person(**values)

    def given_documents(self) -> tuple[Document, ...]:
        """Return the lines that say something."""
        return tuple(
            Document(
                identity_type_id=as_id(line.identity_type_id.data) or 0,
                reference=stripped(line.reference.data),
                issued_on=line.issued_on.data,
                expires_on=line.expires_on.data,
                country=stripped(line.country.data),
                document_type_id=as_id(line.document_type_id.data),
            )
            for line in self.documents
            if stripped(line.reference.data) or line.issued_on.data or line.expires_on.data
        )


class LoginForm(Form):
    """Who is to sign in for a customer."""

    first_name = StringField("First name", required("First name"))
    last_name = StringField("Last name", required("Last name"))
    email = EmailField("Email", [InputRequired("Email is required"), valid_address])
