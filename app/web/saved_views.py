"""A person's own views of a list, and the columns they chose for it."""

from dataclasses import dataclass

from sqlalchemy import Index, UniqueConstraint, delete, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.commands import handles
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.types import BigId
from app.kernel.errors import Conflict, Missing, Refusal

LONGEST_NAME = 60
MAXIMUM_VIEWS = 30


class SavedView(Identified, Base):
    """A named combination of filters, columns and sort; the search is never part of it."""

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


class ListColumns(Identified, Base):
    """The columns a person wants to see in a list."""

    __tablename__ = "list_columns"
    __audited__ = False
    __table_args__ = (UniqueConstraint("user_id", "listing"),)

    user_id: Mapped[int] = mapped_column(BigId)
    listing: Mapped[str]
    columns: Mapped[list[str]]


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


@handles(SaveView, permission=None)
def save_view(work: Work, command: SaveView) -> int:
    """Keep the view for its person; a name is used once a list."""
    name = _name(command.name)
    mine = select(SavedView).where(
        SavedView.user_id == work.actor.user_id, SavedView.listing == command.listing
    )
    views = list(work.session.scalars(mine))
    if len(views) >= MAXIMUM_VIEWS:
        raise Conflict(f"A list can have at most {MAXIMUM_VIEWS} views. Delete one first.")
    if any(view.name == name for view in views):
        raise Conflict("You have a view of this name already")
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


@handles(EditView, permission=None)
def edit_view(work: Work, command: EditView) -> str:
    """Rename; returns the list's name."""
    view = _own(work, command.view_id)
    if command.is_default and not view.is_default:
        _clear_default(work, view.listing)
    view.name, view.is_default = _name(command.name), command.is_default
    return view.listing


@handles(DeleteView, permission=None)
def delete_view(work: Work, command: DeleteView) -> str:
    """Delete; returns the list's name."""
    view = _own(work, command.view_id)
    work.session.delete(view)
    return view.listing


@handles(ChooseColumns, permission=None)
def choose_columns(work: Work, command: ChooseColumns) -> None:
    """Replace what was remembered."""
    user_id = work.actor.user_id or 0
    work.session.execute(
        delete(ListColumns).where(
            ListColumns.user_id == user_id, ListColumns.listing == command.listing
        )
    )
    if command.columns:
        row = ListColumns(user_id=user_id, listing=command.listing, columns=list(command.columns))
        work.session.add(row)


def views_of(session: Session, user_id: int | None, listing: str) -> list[SavedView]:
    """Return a person's views of a list by name."""
    query = select(SavedView).where(SavedView.user_id == user_id, SavedView.listing == listing)
    return list(session.scalars(query.order_by(SavedView.name)))


def columns_of(session: Session, user_id: int | None, listing: str) -> tuple[str, ...] | None:
    """Return the columns a person chose for a list, or None."""
    query = select(ListColumns.columns).where(
        ListColumns.user_id == user_id, ListColumns.listing == listing
    )
    columns = session.scalar(query)
    return tuple(columns) if columns else None


def _name(typed: str) -> str:
    name = typed.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"Name can have at most {LONGEST_NAME} characters", field="name")
    return name


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
