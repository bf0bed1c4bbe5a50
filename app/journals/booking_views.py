"""The page of an organisation's settings of booking."""

from flask import Blueprint
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from app.controls.tenant import Organisation
from app.journals.booking import SaveBookingSettings
from app.kernel.errors import Missing, Refusal
from app.kernel.money import parse_minor_or_zero, plain_decimal
from app.kernel.zones import known_zones
from app.web.context import organisation
from app.web.forms import Form, chosen, options, required
from app.web.guard import permit
from app.web.pages import form_view, posted_version

PATH = "/admin/booking-settings"
blueprint = Blueprint("booking_settings", __name__)


class BookingForm(Form):
    """The first open day and the tolerance, as an amount of base currency."""

    books_open_from = DateField(
        "Books open from",
        [Optional()],
        description="Nothing is posted before this day; left empty, every day is open",
    )
    rounding_tolerance = StringField(
        "Rounding tolerance",
        required("Rounding tolerance"),
        description="In base currency: what several currencies may leave over becomes an entry",
    )

    time_zone = SelectField(
        "Time zone",
        chosen("Time zone"),
        choices=options(known_zones()),
        description="When a day begins here, and how times are written",
    )

    def save(self, tenant: Organisation) -> SaveBookingSettings:
        """Return the command; an amount that is none stands beside its field."""
        name = self.rounding_tolerance.label.text
        try:
            typed = self.rounding_tolerance.data or ""
            minor = parse_minor_or_zero(typed, tenant.base_exponent, name=name)
        except Refusal as refusal:
            refusal.field = "rounding_tolerance"
            raise
        opened, zone = self.books_open_from.data, self.time_zone.data
        return SaveBookingSettings(posted_version(), opened, minor, zone)


@blueprint.route(PATH, methods=["GET", "POST"])
@permit("configuration.edit")
def edit() -> Response:
    """Show and save the settings."""
    tenant = organisation()
    if tenant is None:
        raise Missing
    tolerance = plain_decimal(tenant.rounding_tolerance_minor, tenant.base_exponent)
    form = BookingForm(obj=tenant, rounding_tolerance=tolerance)
    return form_view(
        form,
        command=lambda: form.save(tenant),
        title="Booking settings",
        submit_label="Save changes",
        to=PATH,
        done_title="Booking settings saved",
        record=tenant,
    )
