"""The form of an amendment: what is left empty stays as it is."""

from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import Optional

from app.amendments.commands import (
    LONGEST_REASON,
    SHORTEST_REASON,
    CreateAmendment,
    EditAmendment,
    NewTerms,
)
from app.credit.facility import Facility
from app.kernel.errors import Refusal
from app.records.lines import minor_of
from app.web.forms import Form, required, stripped

UNKNOWN = "There is no facility of this reference"


class AmendmentForm(Form):
    """New terms of `facility`, which the view has found; None where there is none."""

    facility: Facility | None = None

    reference = StringField(
        "Facility Ref", required("Facility Ref"),
        description="As on the facility's page, such as CUS-00000001.OD",
    )  # fmt: skip
    approved = StringField("Approved Amount", [Optional()])
    advised = StringField("Advised Amount", [Optional()])
    expires_on = DateField("Expiry Date", [Optional()])
    review_days = IntegerField("Review Frequency (days)", [Optional()])
    reason = TextAreaField(
        "Reason", required("Reason", LONGEST_REASON),
        description=f"{SHORTEST_REASON} to {LONGEST_REASON} characters; who approves reads it",
    )  # fmt: skip

    def create(self, *, hand_in: bool) -> CreateAmendment:
        """Return the command of a new amendment."""
        facility = self._found()
        return CreateAmendment(facility.id, self._terms(facility), submit=hand_in)

    def edit(self, amendment_id: int, version: int, *, hand_in: bool) -> EditAmendment:
        """Return the command that saves a draft."""
        return EditAmendment(amendment_id, version, self._terms(self._found()), submit=hand_in)

    def _found(self) -> Facility:
        if self.facility is None:
            raise Refusal(UNKNOWN, field="reference")
        return self.facility

    def _terms(self, now: Facility) -> NewTerms:
        approved_minor = minor_of(self.approved, now.exponent)
        advised_minor = minor_of(self.advised, now.exponent)
        return NewTerms(
            approved_minor=now.approved_minor if approved_minor is None else approved_minor,
            advised_minor=now.advised_minor if advised_minor is None else advised_minor,
            expires_on=self.expires_on.data or now.expires_on,
            review_days=(
                now.review_days if self.review_days.data is None else self.review_days.data
            ),
            reason=stripped(self.reason.data),
        )
