"""The forms of a workflow type and of a stage."""

from typing import Any

from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.web.forms import Form, as_id, chosen, optional, required, stripped
from app.workflows.commands import (
    LAST_PLACE,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    CreateWorkflowStage,
    CreateWorkflowType,
    EditWorkflowStage,
    EditWorkflowType,
)

_CODE = "Up to 30 characters, kept in capitals. It cannot be changed later"


class TypeForm(Form):
    """A way that loans go."""

    code = StringField("Code", required("Code"), description=_CODE)
    name = StringField("Name", required("Name"), description=f"3 to {LONGEST_NAME} characters")
    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))

    def create(self, *, hand_in: bool) -> CreateWorkflowType:
        """Return the command of a new type."""
        return CreateWorkflowType(self.code.data, **self._values(), submit=hand_in)

    def edit(self, type_id: int, version: int, *, hand_in: bool) -> EditWorkflowType:
        """Return the command that saves a type."""
        return EditWorkflowType(type_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        return {"name": self.name.data, "description": stripped(self.description.data)}


class StageForm(Form):
    """A stage of a type, its place among the others, and who acts in it."""

    workflow_type_id = SelectField(
        "Workflow Type", chosen("Workflow Type"), validate_choice=False,
        description="Authorized types",
    )  # fmt: skip
    code = StringField("Code", required("Code"), description=_CODE)
    name = StringField("Name", required("Name"), description=f"3 to {LONGEST_NAME} characters")
    place = IntegerField(
        "Place", [InputRequired(f"Place must be 1 to {LAST_PLACE}")],
        description=f"1 to {LAST_PLACE}: where it stands among the stages of its type",
    )  # fmt: skip
    role_ids = SelectMultipleField(
        "Roles", [Optional()], validate_choice=False,
        description="Who may move a loan out of this stage; none chosen means everybody",
    )  # fmt: skip
    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))

    def create(self, *, hand_in: bool) -> CreateWorkflowStage:
        """Return the command of a new stage."""
        type_id = as_id(self.workflow_type_id.data) or 0
        return CreateWorkflowStage(type_id, self.code.data, **self._values(), submit=hand_in)

    def edit(self, stage_id: int, version: int, *, hand_in: bool) -> EditWorkflowStage:
        """Return the command that saves a stage."""
        return EditWorkflowStage(stage_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "place": self.place.data,
            "role_ids": tuple(as_id(one) or 0 for one in self.role_ids.data or ()),
            "description": stripped(self.description.data),
        }
