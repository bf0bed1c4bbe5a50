"""The form of an individual client, with one identity document a line."""

from typing import Any

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
from wtforms.validators import Optional

from app.access.forms import valid_address
from app.clients.commands import Document, Person
from app.web.forms import Form, as_id, optional, required, stripped


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


class ClientForm(Form):
    """An individual: who they are, how they are reached, who cares for them."""

    title_code = SelectField("Title", [Optional()], validate_choice=False)
    first_name = StringField("First Name", required("First Name"))
    surname = StringField("Surname", required("Surname"))
    gender = SelectField("Gender", [Optional()], validate_choice=False)
    marital_status = SelectField("Marital Status", [Optional()], validate_choice=False)
    customer_type = SelectField("Customer Type", [Optional()], validate_choice=False)
    rating = SelectField("Customer Rating", [Optional()], validate_choice=False)
    date_of_birth = DateField("Date of Birth", [Optional()])
    email = EmailField("Email", [Optional(), valid_address])
    phone = TelField("Phone", optional("Phone", 40))
    address = StringField("Address", optional("Address"))
    city = StringField("City", optional("City"))
    country = StringField("Country", optional("Country"))
    project_id = SelectField("Project", validate_choice=False)
    desk_id = SelectField("Desk", [Optional()], validate_choice=False)
    manager_id = SelectField("Manager", [Optional()], validate_choice=False)
    fee_group_id = SelectField("Fee group", [Optional()], validate_choice=False)
    documents = FieldList(FormField(DocumentForm), "Identity documents", min_entries=2)
    submit_now = BooleanField("Submit for approval now")

    def person(self) -> Person:
        """Return what was typed of the person."""
        values: dict[str, Any] = {
            name: stripped(getattr(self, name).data)
            for name in Person.__dataclass_fields__
            if name != "date_of_birth"
        }
        return Person(**values, date_of_birth=self.date_of_birth.data)

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
