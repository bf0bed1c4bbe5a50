"""Org Structure: departments, which may stand under one another, and cost centres (E10, E11)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.controls.retiring import referred
from app.controls.work import Work
from app.organisation.models import CostCentre, Department
from app.organisation.trees import children_of, placed
from app.records.commands import code_list


def _checked(work: Work, values: Mapping[str, Any], department: Any) -> Mapping[str, Any]:
    parent_id = values.get("parent_id")
    if department is None:
        referred(work, Department, parent_id, field="parent_id")
    else:
        placed(work, department, parent_id)
    return {"parent_id": parent_id}


def _obstacle(session: Session, department: Department) -> str | None:
    if children_of(session, department):
        return "A department with child departments cannot be deleted"
    return None


DEPARTMENTS = code_list(
    Department, "Department", module="structure", check=_checked, obstacle=_obstacle
)
COST_CENTRES = code_list(CostCentre, "Cost centre", module="structure")
