"""What a project says in a language: a label, a longer text, a letter."""

from sqlalchemy.orm import Mapped

from app.db.base import Base, within
from app.kernel.languages import known_languages
from app.projects.models import OfProject, once_in_project

# The longer texts that pages show, by the code of the place where each stands.
PLACES = {
    "portal-greeting": "Client area: under the greeting",
    "portal-help": "Client area: above the requests",
    "portal-foot": "Client area: at the foot of every page",
}


class Translation(OfProject, Base):
    """An English label of the screen in another language (M03.14)."""

    __tablename__ = "translation"
    __configuration__ = True
    __constraints__ = (
        once_in_project("translation", "language", "label"),
        within("project", "project_id"),
    )

    language: Mapped[str]
    label: Mapped[str]
    translation: Mapped[str]

    def title(self) -> str:
        """Name it in the log."""
        return f"{self.label} in {known_languages().get(self.language, self.language)}"


class ProjectText(OfProject, Base):
    """A longer text in one language, shown at the place that its code names (M03.15)."""

    __tablename__ = "project_text"
    __configuration__ = True
    __constraints__ = (
        once_in_project("project_text", "code", "language"),
        within("project", "project_id"),
    )

    code: Mapped[str]
    language: Mapped[str]
    body: Mapped[str]

    def title(self) -> str:
        """Name it in the log."""
        return f"{self.code} in {known_languages().get(self.language, self.language)}"


class MailTemplate(OfProject, Base):
    """A letter in a project's own words, in one language (M03.16): plain text with places."""

    __tablename__ = "mail_template"
    __configuration__ = True
    __constraints__ = (
        once_in_project("mail_template", "letter", "language"),
        within("project", "project_id"),
    )

    letter: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]

    def title(self) -> str:
        """Name it in the log."""
        return f"{self.letter} in {known_languages().get(self.language, self.language)}"
