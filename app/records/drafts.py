"""Reviewed records that are deleted like others, but only while nobody has handed them in."""

from typing import Any

from app.controls.retiring import demand_live, retires
from app.controls.work import Work


def retires_while_open(model: type[Any], name: str, *, permission: str) -> None:
    """Let the drafts and the rejected ones of a model be deleted (E40.23, E42.04)."""
    sentence = f"{name} can be deleted only in Draft or Rejected"
    retires(
        model,
        name,
        permission=permission,
        obstacle=lambda _session, record: None if record.is_editable else sentence,
    )


def demand_not_deleted(_work: Work, record: Any) -> None:
    """Refuse (409) to hand in a draft that was deleted: the check of a kind of such records."""
    demand_live(record)
