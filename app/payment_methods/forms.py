"""The form of a payment method: fewer fields for one that sends money out."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from app.kernel.languages import known_languages
from app.kernel.objects import LONGEST_OBJECT, parse_object, written_object
from app.payment_methods.commands import CreatePaymentMethod, EditPaymentMethod, MethodTerms
from app.payment_methods.models import DEPOSIT, INTEGRATIONS, TYPES, PaymentMethod
from app.web.forms import Form, as_id, chosen, optional, options, required, set_choices, stripped

_OF_DEPOSITS = ("type", "integration", "rules_text", "credentials_text", "additional_text",
                "placeholder")  # fmt: skip


class MethodForm(Form):
    """A payment method (W05.03-13); project and label are chosen once."""

    type = SelectField("Type", chosen("Type"), choices=options(TYPES), validate_choice=False)
    integration = SelectField(
        "Integration",
        chosen("Integration"),
        choices=options(INTEGRATIONS),
        validate_choice=False,
    )
    project_id = SelectField("Project", chosen("Project"), validate_choice=False)
    label = StringField(
        "Label",
        required("Label"),
        description="What customers read, such as Bank Transfer; it stays",
    )
    name = StringField(
        "Name", required("Name"), description="What integrations and webhooks call it"
    )
    merchant_id = StringField("Merchant ID", optional("Merchant ID"))
    currencies = SelectMultipleField("Currencies", [Optional()], validate_choice=False)
    language = SelectField("Language", chosen("Language"), default="en", validate_choice=False)
    rules_text = TextAreaField(
        "Rules",
        optional("Rules", LONGEST_OBJECT),
        description='A JSON object such as {"minimum": 10, "maximum": 5000}',
    )
    credentials_text = TextAreaField(
        "Credentials",
        optional("Credentials", LONGEST_OBJECT),
        description="A JSON object. Kept encrypted and not shown again; leave empty to keep it",
    )
    additional_text = TextAreaField(
        "Additional", optional("Additional", LONGEST_OBJECT), description="A JSON object"
    )
    placeholder = StringField(
        "Placeholder", optional("Placeholder"), description="What customers read before they type"
    )

    def ready(
        self,
        direction: str,
        *,
        projects: Sequence[tuple[int, str]],
        currencies: Sequence[tuple[str, str]],
        method: PaymentMethod | None,
    ) -> None:
        """Offer what can be chosen and leave out what this kind of method has not."""
        if direction != DEPOSIT:
            for name in _OF_DEPOSITS:
                delattr(self, name)
        set_choices(self.currencies, currencies)
        set_choices(self.language, known_languages())
        if method is None:
            set_choices(self.project_id, projects, empty="Choose a project")
        else:
            del self.project_id, self.label
        if method is not None and direction == DEPOSIT and not self.is_posted:
            self.rules_text.data = written_object(method.rules)
            self.additional_text.data = written_object(method.additional)

    def create(self, direction: str) -> CreatePaymentMethod:
        """Return the command of a new method."""
        return CreatePaymentMethod(
            as_id(self.project_id.data) or 0, direction, stripped(self.label.data), self._terms()
        )

    def edit(self, method_id: int, version: int) -> EditPaymentMethod:
        """Return the command that saves a method."""
        return EditPaymentMethod(method_id, version, self._terms())

    def _terms(self) -> MethodTerms:
        def typed(name: str) -> str:
            return stripped(self[name].data) if name in self else ""

        def parsed(name: str, label: str) -> dict[str, Any]:
            return parse_object(typed(name), name=label, field=name)

        given = typed("credentials_text")
        return MethodTerms(
            name=typed("name"),
            type=typed("type"),
            integration=typed("integration"),
            merchant_id=typed("merchant_id"),
            currencies=tuple(self.currencies.data or ()),
            language=typed("language"),
            rules=parsed("rules_text", "Rules"),
            additional=parsed("additional_text", "Additional"),
            credentials=parsed("credentials_text", "Credentials") if given else None,
            placeholder=typed("placeholder"),
        )
