"""The forms of a facility: its terms, its status, its stage; and of a customer's credit limit."""

from collections.abc import Mapping
from typing import Any

from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.clients.credit_limits import SetCreditLimit
from app.clients.picking import client_field
from app.credit.facility import AUTOMATIC, INHERIT, MANUAL, REVOLVING, STATUSES, TERM
from app.credit.limits import REVIEW
from app.facilities.commands import (
    LONGEST_DESCRIPTION,
    SHORTEST_DESCRIPTION,
    CreateFacility,
    EditFacility,
    Offer,
)
from app.facilities.stages import LONGEST_REMARK, MoveFacility
from app.facilities.statuses import LONGEST_MEMO, SHORTEST_MEMO, ChangeFacilityStatus
from app.records.lines import minor_of
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped

EXPIRY_MODES = {MANUAL: "Manual", AUTOMATIC: "Automatic"}
LIMITS = {INHERIT: "Inherit from class", REVOLVING: "Yes", TERM: "No"}
MARKERS = {"YES": "YES: available", "NO": "NO: blocked"}


class FacilityForm(Form):
    """A facility (E27.04-14). `exponents` are those of the currencies that may be chosen."""

    exponents: Mapping[str, int] = {}

    client_id = client_field("Customer", chosen("Customer"))
    facility_class_id = SelectField(
        "Facility Class", chosen("Facility Class"), validate_choice=False
    )
    description = TextAreaField(
        "Description", required("Description", LONGEST_DESCRIPTION),
        description=f"{SHORTEST_DESCRIPTION} to {LONGEST_DESCRIPTION} characters",
    )  # fmt: skip
    loan_purpose_id = SelectField("Loan Purpose", [Optional()], validate_choice=False)
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    approved = StringField(
        "Approved Amount", required("Approved Amount"),
        description="The total credit limit",
    )  # fmt: skip
    advised = StringField(
        "Advised Amount", required("Advised Amount"),
        description="What the customer is told; at most the approved amount",
    )  # fmt: skip
    expires_on = DateField(
        "Expiry Date",
        [InputRequired("Expiry Date is required")],
        description="With automatic expiry the last day on which it can be drawn on; otherwise the "
        "day on which somebody decides",
    )
    review_days = IntegerField(
        "Review Frequency (days)", [InputRequired(REVIEW)], default=30,
        description="Days before expiry to review it, 1 to 365",
    )  # fmt: skip
    expiry_mode = SelectField("Expiry Mode", choices=options(EXPIRY_MODES), default=MANUAL)
    revolving = SelectField("Revolving Limit", choices=options(LIMITS), default=INHERIT)
    availability = SelectField("Availability Marker", choices=options(MARKERS), default="YES")
    workflow_type_id = SelectField("Workflow Type", [Optional()], validate_choice=False)

    def create(self, *, hand_in: bool) -> CreateFacility:
        """Return the command of a new facility."""
        return CreateFacility(
            client_id=as_id(self.client_id.data) or 0,
            facility_class_id=as_id(self.facility_class_id.data) or 0,
            currency=self.currency.data,
            offer=self._offer(self.exponents.get(self.currency.data, 0)),
            submit=hand_in,
        )

    def edit(self, facility_id: int, version: int, *, hand_in: bool) -> EditFacility:
        """Return the command that saves a facility, whose own exponent `exponents` holds."""
        offer = self._offer(self.exponents[""])
        return EditFacility(facility_id, version, offer, submit=hand_in)

    def _offer(self, exponent: int) -> Offer:
        return Offer(
            description=stripped(self.description.data),
            approved_minor=minor_of(self.approved, exponent) or 0,
            advised_minor=minor_of(self.advised, exponent) or 0,
            expires_on=self.expires_on.data,
            review_days=self.review_days.data,
            expiry_mode=self.expiry_mode.data,
            revolving=self.revolving.data,
            is_available=self.availability.data == "YES",
            loan_purpose_id=as_id(self.loan_purpose_id.data),
            workflow_type_id=as_id(self.workflow_type_id.data),
        )


class StatusForm(Form):
    """The status of an authorized facility (E27.33-36)."""

    status = RadioField("Facility Status", choices=options(STATUSES))
    memo = TextAreaField(
        "Status memo", optional("Status memo", LONGEST_MEMO),
        description=f"Needed to suspend or to cancel, {SHORTEST_MEMO} characters at least. "
        "Cancelled is final",
    )  # fmt: skip

    def command(self, facility_id: int) -> ChangeFacilityStatus:
        """Return the command."""
        return ChangeFacilityStatus(facility_id, self.status.data, stripped(self.memo.data))


class StageForm(Form):
    """The stage a facility moves to."""

    stage_id = SelectField("Stage", chosen("Stage"), validate_choice=False)
    remark = TextAreaField("Remark", optional("Remark", LONGEST_REMARK))

    def command(self, facility_id: int) -> MoveFacility:
        """Return the command."""
        stage_id = as_id(self.stage_id.data) or 0
        return MoveFacility(facility_id, stage_id, stripped(self.remark.data))


class CreditLimitForm(Form):
    """A customer's whole credit, in base currency."""

    limit = StringField(
        "Credit limit", [Optional()],
        description="What all facilities together may come to; empty for no limit",
    )  # fmt: skip

    def command(self, client_id: int, version: int, exponent: int) -> SetCreditLimit:
        """Return the command."""
        limit_minor: Any = minor_of(self.limit, exponent)
        return SetCreditLimit(client_id, version, limit_minor)
