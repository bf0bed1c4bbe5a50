"""A person's own views of a list, and the columns they chose for it."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Index, UniqueConstraint, bindparam, delete, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.commands import handles
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.rows import rows_of
from app.db.types import BigId
from app.kernel.errors import Conflict, Missing, Refusal

LONGEST_NAME = 60
MAXIMUM_VIEWS = 30
_COLUMNS = ""


class SavedView(Identified, Base):
    """A named combination of filters, columns and sort; the search is never part of it.

    The one row without a name keeps the columns a person chose outside of any view.
    """

    __tablename__ = "saved_view"
    __audited__ = False
    __table_args__ = (
        UniqueConstraint("user_id", "listing", "name"),
        Index(
            "uq_saved_view_default",
            "user_id",
            "listing",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    listing: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)


class KeptView(Protocol):
    """A view as its list needs it."""

    id: int
    name: str
    query: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person keeps for a list: their views, and the columns they chose, if any."""

    views: list[KeptView]
    columns: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SaveView:
    """Keep filters, columns and sort of a list under a name."""

    listing: str
    name: str
    query: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class EditView:
    """Rename a view, or make it the one the list opens with."""

    view_id: int
    name: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class DeleteView:
    """Remove a view of one's own."""

    view_id: int


@dataclass(frozen=True, slots=True)
class ChooseColumns:
    """Remember the columns of a list; none means the list's own choice again."""

    listing: str
    columns: tuple[str, ...]


@handles(SaveView, permission=None, is_about_oneself=True)
def save_view(work: Work, command: SaveView) -> int:
    """Keep the view for its person; a name is used once a list."""
    name, views = _name(command.name), _mine(work, command.listing)
    if len(views) >= MAXIMUM_VIEWS:
        raise Conflict(f"A list can have at most {MAXIMUM_VIEWS} views. Delete one first.")
    _refuse_taken(name, views)
    if command.is_default:
        _clear_default(work, command.listing)
    view = SavedView(
        user_id=work.actor.user_id or 0,
        listing=command.listing,
        name=name,
        query=command.query,
        is_default=command.is_default,
    )
    return work.add(view).id


@handles(EditView, permission=None, is_about_oneself=True)
def edit_view(work: Work, command: EditView) -> str:
    """Rename; returns the list's name."""
    view, name = _own(work, command.view_id), _name(command.name)
    _refuse_taken(name, [one for one in _mine(work, view.listing) if one is not view])
    if command.is_default and not view.is_default:
        _clear_default(work, view.listing)
    view.name, view.is_default = name, command.is_default
    return view.listing


@handles(DeleteView, permission=None, is_about_oneself=True)
def delete_view(work: Work, command: DeleteView) -> str:
    """Delete; returns the list's name."""
    view = _own(work, command.view_id)
    work.session.delete(view)
    return view.listing


@handles(ChooseColumns, permission=None, is_about_oneself=True)
def choose_columns(work: Work, command: ChooseColumns) -> None:
    """Replace what was remembered."""
    user_id = work.actor.user_id or 0
    work.session.execute(
        delete(SavedView).where(
            SavedView.user_id == user_id,
            SavedView.listing == command.listing,
            SavedView.name == _COLUMNS,
        )
    )
    if command.columns:
        query = ",".join(command.columns)
        work.session.add(
            SavedView(user_id=user_id, listing=command.listing, name=_COLUMNS, query=query)
        )


_OF_LISTING = (
    select(SavedView.id, SavedView.name, SavedView.query, SavedView.is_default)
    .where(SavedView.user_id == bindparam("of"), SavedView.listing == bindparam("in"))
    .order_by(SavedView.name)
)


def preferences_of(session: Session, user_id: int | None, listing: str) -> Preferences:
    """Return a person's views of a list, by name, and their columns."""
    rows = rows_of(session, _OF_LISTING, {"of": user_id, "in": listing})
    columns = next((tuple(row.query.split(",")) for row in rows if row.name == _COLUMNS), None)
    return Preferences([row for row in rows if row.name != _COLUMNS], columns)


def _name(typed: str) -> str:
    name = typed.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"Name can have at most {LONGEST_NAME} characters", field="name")
    return name


def _mine(work: Work, listing: str) -> list[SavedView]:
    mine = select(SavedView).where(
        SavedView.user_id == work.actor.user_id,
        SavedView.listing == listing,
        SavedView.name != _COLUMNS,
    )
    return list(work.session.scalars(mine))


def _refuse_taken(name: str, views: list[SavedView]) -> None:
    """Refuse a name that differs in its capitals at most: tabs are told apart by their names."""
    if any(view.name.casefold() == name.casefold() for view in views):
        raise Conflict("You have a view of this name already")


def _own(work: Work, view_id: int) -> SavedView:
    view = work.session.get(SavedView, view_id)
    if view is None or view.user_id != work.actor.user_id:
        raise Missing
    return view


def _clear_default(work: Work, listing: str) -> None:
    work.session.execute(
        update(SavedView)
        .where(SavedView.user_id == work.actor.user_id, SavedView.listing == listing)
        .values(is_default=False)
    )
