"""The form of a COB configuration."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.access.models import User
from app.closing.configuration import (
    LONGEST_NAME,
    ClosingTerms,
    CreateClosingConfiguration,
    EditClosingConfiguration,
)
from app.closing.models import SEVERITIES, ClosingConfiguration
from app.closing.queries import in_force
from app.controls.closing_steps import VERIFY_BOOKS, closing_steps
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.web.forms import Form, as_id, chosen, required, set_choices, stripped


class ConfigurationForm(Form):
    """How days are closed (E43.52)."""

    name = StringField("Name", required("Name"), description=f"At most {LONGEST_NAME} characters")
    is_automatic = BooleanField(
        "Close automatically",
        description="The worker starts the close at the time below; off means by hand",
    )
    closes_at = StringField(
        "Time of day",
        [Optional()],
        description="Such as 22:30, in the organisation's time zone",
        render_kw={"type": "time"},
    )
    is_on_following_day = BooleanField(
        "On the following calendar day",
        description="For a time after midnight: Friday is then closed on Saturday morning",
    )
    blocks_on_failed_fdt = BooleanField(
        "Block on Due FDT Failure",
        default=True,
        description="A forward-dated transaction that was due and failed stops the close",
    )
    on_pending = SelectField("Transactions waiting for approval", chosen("What they do"))
    blocks_on_breaches = BooleanField(
        "Block on breaches of the books",
        description="Every row is verified before the day is closed, which takes its time",
    )
    left_out = SelectMultipleField(
        "Steps left out",
        description="Only where something else does their work. The books are verified where "
        "breaches block",
    )
    notified_ids = SelectMultipleField(
        "Notify", description="Who is told when a close ends or is blocked, beside who started it"
    )

    def offer(self, session: Session, who: Actor, record: ClosingConfiguration | None) -> None:
        """Offer steps and colleagues; a new one begins with what is in force."""
        set_choices(self.on_pending, SEVERITIES)
        steps = [one for one in closing_steps() if not one.is_essential]
        offered = [(one.key, one.name) for one in steps if one.key != VERIFY_BOOKS]
        set_choices(self.left_out, offered)
        if not offered:
            del self.left_out
        people = select(User).where(*visible(who, User), User.kind == "employee", User.is_active)
        rows = session.scalars(people.order_by(User.first_name, User.last_name))
        set_choices(self.notified_ids, [(one.id, one.name) for one in rows])
        if self.is_posted or record is not None:
            return
        before = in_force(session, who.tenant_id)
        if before is not None:
            self.process(obj=before)

    def create(self, *, hand_in: bool) -> CreateClosingConfiguration:
        """Return the command of a new configuration."""
        return CreateClosingConfiguration(self._terms(), submit=hand_in)

    def edit(self, record_id: int, version: int, *, hand_in: bool) -> EditClosingConfiguration:
        """Return the command that saves a draft."""
        return EditClosingConfiguration(record_id, version, self._terms(), submit=hand_in)

    def _terms(self) -> ClosingTerms:
        values: dict[str, Any] = {
            key: getattr(self, key).data
            for key in (
                "is_automatic", "is_on_following_day", "blocks_on_failed_fdt", "on_pending",
                "blocks_on_breaches",
            )
        }  # fmt: skip
        return ClosingTerms(
            name=self.name.data,
            closes_at=stripped(self.closes_at.data),
            left_out=tuple(self.left_out.data or ()) if "left_out" in self else (),
            notified_ids=tuple(as_id(one) or 0 for one in self.notified_ids.data or ()),
            **values,
        )
