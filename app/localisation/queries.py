"""Which languages a reader can choose, and what the projects in sight say in each."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User, UserClient, UserProject
from app.clients.models import Client
from app.controls.configured import kept_while_configured
from app.controls.identity import Actor, Scope
from app.controls.permissions import visible
from app.controls.work import Work
from app.localisation.models import MailTemplate, ProjectText, Translation
from app.mail.wording import Wording, words_letters

ENGLISH = "en"


def as_reader(session: Session, who: Actor) -> Actor:
    """Return whose projects' words are read: a client's are those of the project they belong to."""
    if who.scope.client_id is None:
        return who
    project_id = session.scalar(
        select(Client.project_id).where(
            Client.organisation_id == who.organisation_id, Client.id == who.scope.client_id
        )
    )
    return replace(who, scope=Scope(frozenset({project_id} if project_id else ())))


@kept_while_configured
def words_by_language(session: Session, reader: Actor) -> Mapping[str, Mapping[str, str]]:
    """Return the translations in sight by language; of two projects the older one's word holds."""
    query = select(Translation.language, Translation.label, Translation.translation).where(
        *visible(reader, Translation), Translation.retired_at.is_(None)
    )
    found: dict[str, dict[str, str]] = {}
    for row in session.execute(query.order_by(Translation.project_id, Translation.id)):
        found.setdefault(row.language, {}).setdefault(row.label, row.translation)
    return found


@kept_while_configured
def _texts(session: Session, reader: Actor) -> Mapping[tuple[str, str], str]:
    query = select(ProjectText.code, ProjectText.language, ProjectText.body).where(
        *visible(reader, ProjectText), ProjectText.retired_at.is_(None)
    )
    found: dict[tuple[str, str], str] = {}
    for row in session.execute(query.order_by(ProjectText.project_id, ProjectText.id)):
        found.setdefault((row.code, row.language), row.body)
    return found


def languages_of(session: Session, who: Actor) -> list[str]:
    """Return the languages with translations in the projects in sight; English is not named."""
    if who.organisation_id is None:
        return []
    return sorted(words_by_language(session, as_reader(session, who)))


def text_at(session: Session, reader: Actor, place: str, language: str) -> str:
    """Return the text of a place in a language, else in English; "" where there is none."""
    texts = _texts(session, reader)
    return texts.get((place, language)) or texts.get((place, ENGLISH), "")


@words_letters
def wording_for(work: Work, letter: str, to: str) -> Wording | None:
    """Return a letter in the words of its recipient's project, in their language or in English.

    Of somebody's several projects, the oldest that has such a letter words it; who belongs to no
    project is written to in the words of the house.
    """
    if work.actor.organisation_id is None:
        return None
    query = select(User.id, User.language).where(
        User.organisation_id == work.actor.organisation_id, User.email == to
    )
    person = work.session.execute(query).one_or_none()
    if person is None:
        return None
    of_client = select(Client.project_id).join(UserClient, UserClient.client_id == Client.id)
    projects = select(UserProject.project_id).where(UserProject.user_id == person.id)
    templates = select(MailTemplate).where(
        MailTemplate.organisation_id == work.actor.organisation_id,
        MailTemplate.letter == letter,
        MailTemplate.language.in_({person.language, ENGLISH}),
        MailTemplate.retired_at.is_(None),
        MailTemplate.project_id.in_(
            of_client.where(UserClient.user_id == person.id).union(projects)
        ),
    )
    found = work.session.scalars(templates).all()
    if not found:
        return None
    best = min(found, key=lambda one: (one.project_id, one.language != person.language))
    return Wording(best.subject, best.body, best.language)
