"""What is read of the configuration is kept until the configuration changes."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import perform
from app.controls.configured import KeptByVersion, forget_configured, kept_while_configured
from app.controls.identity import Actor, Scope
from app.controls.permissions import visible
from app.db.session import database
from app.organisation.models import Project
from app.reference.commands import CreateProject
from tests.factories import a_house, unique


def test_it_is_read_once_for_a_scope_and_a_version_and_never_for_another_organisation(app: Flask):
    house, other = a_house(), a_house()
    reads: list[int] = []

    @kept_while_configured
    def projects(session: Session, actor: Actor) -> set[int]:
        reads.append(actor.tenant_id)
        return set(session.scalars(select(Project.id).where(*visible(actor, Project))))

    def seen(actor: Actor) -> set[int]:
        with database.reading() as session:
            return projects(session, actor)

    first = seen(house.administrator)
    assert seen(house.administrator) == first
    assert reads == [house.organisation_id]
    made = perform(CreateProject(unique("Another")), house.administrator)
    assert seen(house.administrator) == first | {made}
    narrow = replace(house.administrator, scope=Scope(allowed_project_ids=frozenset({made})))
    assert seen(narrow) == {made}
    assert not seen(other.administrator) & (first | {made})


def test_what_a_version_says_is_read_once_and_again_at_the_next_one_or_in_another_database():
    reads: list[int] = []
    kept: KeptByVersion[int] = KeptByVersion()

    def read() -> int:
        reads.append(len(reads))
        return len(reads)

    assert kept.newest(1) is None
    assert [kept.at(1, 7, read), kept.at(1, 7, read)] == [1, 1]
    assert kept.at(2, 7, read) == 2, "each organisation has its own"
    assert kept.at(1, 8, read) == 3
    assert kept.newest(1) == 3
    forget_configured()
    assert kept.newest(1) is None
    assert kept.at(1, 8, read) == 4
