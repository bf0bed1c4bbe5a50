"""What a configuration file carries of an organisation's branches."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.work import Work
from app.kernel.countries import known_countries
from app.organisation.branches import CreateBranch, create_branch
from app.organisation.models import Branch


def check_branch(context: Context, row: FileRow) -> Iterator[Problem]:
    """A country has one Lead, the organisation one head office, and currencies are enabled."""
    values = row.values
    others = [one.values for one in context.tables["branches"] if one is not row]
    if values["is_head_office"] and any(
        one["is_head_office"] and one["country"] == values["country"] for one in others
    ):
        yield "is_head_office", f"is true for another branch of {values['country']}"
    is_root = row.record is not None and row.record.parent_id is None
    if is_root != (values["parent"] is None):
        yield "parent", "is none for the organisation's head office, and for no other branch"
    kept = {one.values["code"] for one in context.tables["currencies"]}
    if values["currency"] not in kept:
        yield "currency", "is no currency of the organisation"


def is_lead(row: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Tell whether both are the Lead of one country: there is one, whatever it is called."""
    same_place = row.get("country") == record["country"]
    return bool(same_place and row.get("is_head_office") and record["is_head_office"])


def add_branch(work: Work, columns: dict[str, Any]) -> Branch:
    """Add the branch with a code of this organisation's own."""
    return work.session.get_one(Branch, create_branch(work, CreateBranch(**columns)))


portable(
    Portable(
        "branches",
        "Branches",
        Branch,
        "branches",
        identity=("name",),
        fields=("country", "currency", "parent", "is_head_office"),
        references={"parent": "branches"},
        choices={"country": known_countries},
        fixed=("country", "is_head_office"),
        check=check_branch,
        create=add_branch,
        stands_for=is_lead,
    )
)
