"""What an organisation sets about approving: working alone, and reminders of what waits."""

from flask import Blueprint
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.approvals.commands import DAYS_RANGE, LONGEST_DAYS, SaveApprovalSettings
from app.kernel.errors import Missing
from app.web.context import organisation
from app.web.forms import Form
from app.web.guard import permit
from app.web.pages import form_view, posted_version

PATH = "/admin/approval-settings"
blueprint = Blueprint("approval_settings", __name__)


class SettingsForm(Form):
    """The organisation's settings of approving."""

    may_self_authorise = BooleanField(
        "Administrators authorise their own work",
        description="Those with the permission Self authorise submit straight to Authorized",
    )
    reminder_days = IntegerField(
        "Remind after",
        [
            InputRequired("Remind after is required"),
            NumberRange(0, LONGEST_DAYS, DAYS_RANGE),
        ],
        description="Days a record waits before its approvers get a mail, once a day. 0 sends none",
    )


@blueprint.route(PATH, methods=["GET", "POST"])
@permit("approval-rules.edit")
def edit() -> Response:
    """Show and save the settings."""
    tenant = organisation()
    if tenant is None:
        raise Missing
    form = SettingsForm(obj=tenant)
    return form_view(
        form,
        command=lambda: SaveApprovalSettings(
            posted_version(), form.reminder_days.data, form.may_self_authorise.data
        ),
        title="Approval settings",
        submit_label="Save changes",
        to=PATH,
        done_title="Approval settings saved",
        record=tenant,
    )
