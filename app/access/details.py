"""What employees say of themselves: how to reach them, when they rest, who is next of kin."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.access.reach import oneself
from app.controls.commands import STALE, handles
from app.controls.secrecy import Encrypted
from app.controls.work import Work
from app.db.base import Base, Identified, Stamped, Versioned
from app.db.types import BigId
from app.kernel.errors import Conflict, Refusal
from app.kernel.phones import international

Kept = TypeVar("Kept", "PersonalDetails", "NextOfKin")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class PersonalDetails(Identified, Versioned, Stamped, Base):
    """A person's own particulars; encrypted in their columns as they are in the log."""

    __tablename__ = "personal_details"
    __personal__ = frozenset({"personal_email", "personal_phone", "official_phone"})
    __table_args__ = (UniqueConstraint("user_id"),)

    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    personal_email: Mapped[str] = mapped_column(Encrypted, default="")
    personal_phone: Mapped[str] = mapped_column(Encrypted, default="")
    official_phone: Mapped[str] = mapped_column(Encrypted, default="")
    non_working_days: Mapped[list[str]] = mapped_column(default=list)

    def title(self) -> str:
        """Name the record in the log."""
        return "Personal information"


class NextOfKin(Identified, Versioned, Stamped, Base):
    """Whom to call; gone when the person clears it."""

    __tablename__ = "next_of_kin"
    __personal__ = frozenset({"name", "relationship", "id_type", "id_number", "address"})
    __table_args__ = (UniqueConstraint("user_id"),)

    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(Encrypted)
    relationship: Mapped[str] = mapped_column(Encrypted)
    id_type: Mapped[str] = mapped_column(Encrypted, default="")
    id_number: Mapped[str] = mapped_column(Encrypted, default="")
    address: Mapped[str] = mapped_column(Encrypted, default="")

    def title(self) -> str:
        """Name the record in the log."""
        return "Next of kin"


@dataclass(frozen=True, slots=True)
class SavePersonalInformation:
    """Change what one says of oneself."""

    version: int
    display_name: str
    personal_email: str = ""
    personal_phone: str = ""
    official_phone: str = ""
    non_working_days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveNextOfKin:
    """Name one's next of kin, or clear the record by leaving name and relationship blank."""

    version: int
    name: str
    relationship: str
    id_type: str = ""
    id_number: str = ""
    address: str = ""


@handles(SavePersonalInformation, permission=None, is_about_oneself=True)
def save_personal_information(work: Work, command: SavePersonalInformation) -> None:
    """Save one's own details; the name others and the log know stays (E07.06)."""
    user = oneself(work)
    display_name = command.display_name.strip()
    if not display_name:
        raise Refusal("Display name is required", field="display_name")
    if not set(command.non_working_days) <= set(WEEK):
        raise Refusal("Choose days from the list", field="non_working_days")
    user.display_name = "" if display_name == user.name else display_name
    details = _kept(work, PersonalDetails, command.version)
    details.personal_email = command.personal_email.strip()
    # The platform's own people belong to no organisation, and so to no country.
    country = work.organisation.country if work.actor.organisation_id else ""
    for field in ("personal_phone", "official_phone"):
        kept = international(getattr(command, field), country, field=field)
        setattr(details, field, kept)
    details.non_working_days = in_week_order(command.non_working_days)
    work.session.add(details)


@handles(SaveNextOfKin, permission=None, is_about_oneself=True)
def save_next_of_kin(work: Work, command: SaveNextOfKin) -> None:
    """Save one's next of kin; without name and relationship there is none (E07.15)."""
    oneself(work)
    name, relationship = command.name.strip(), command.relationship.strip()
    kin = _kept(work, NextOfKin, command.version)
    if not name and not relationship:
        if kin.id is not None:
            work.session.delete(kin)
        return
    if not name:
        raise Refusal("Name is required", field="name")
    if not relationship:
        raise Refusal("Relationship is required", field="relationship")
    kin.name, kin.relationship = name, relationship
    kin.id_type, kin.id_number = command.id_type.strip(), command.id_number.strip()
    kin.address = command.address.strip()
    work.session.add(kin)


def personal_details(session: Session, user_id: int) -> PersonalDetails | None:
    """Return what a person has said of themselves, if anything."""
    query = select(PersonalDetails).where(PersonalDetails.user_id == user_id)
    return session.scalars(query).one_or_none()


def next_of_kin(session: Session, user_id: int) -> NextOfKin | None:
    """Return a person's next of kin, if they named one."""
    return session.scalars(select(NextOfKin).where(NextOfKin.user_id == user_id)).one_or_none()


def in_week_order(days: Iterable[str]) -> list[str]:
    """Return the days as the week has them."""
    chosen = set(days)
    return [day for day in WEEK if day in chosen]


def _kept(work: Work, model: type[Kept], version: int) -> Kept:
    """Return one's own record, or a new one not yet added; a stale save is refused (409)."""
    query = select(model).where(model.user_id == work.actor.user_id)
    found = work.session.scalars(query).one_or_none()
    if (found.version if found else 0) != version:
        raise Conflict(STALE)
    return found or model(organisation_id=work.actor.organisation_id, user_id=work.actor.user_id)
