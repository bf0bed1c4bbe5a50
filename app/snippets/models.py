"""A snippet: where in the client area it stands, and what it says in a language."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from app.db.base import Base, within
from app.projects.models import OfProject, once_in_project

PLACES = {
    "balances": "Client area: top of Balances",
    "invoices": "Client area: top of Invoices",
    "statements": "Client area: top of Statements",
    "requests": "Client area: top of Requests",
}


class Snippet(OfProject, Base):
    """Plain text, in which addresses become links and places in braces are filled in."""

    __tablename__ = "snippet"
    __configuration__ = True
    __constraints__ = (
        CheckConstraint(f"place in {tuple(PLACES)}", name="place"),
        once_in_project("snippet", "place", "name", "language"),
        within("project", "project_id"),
    )

    name: Mapped[str]
    place: Mapped[str]
    language: Mapped[str]
    body: Mapped[str]

    def title(self) -> str:
        """Name it in the log."""
        return self.name
