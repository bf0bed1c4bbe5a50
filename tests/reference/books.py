"""What the tests of the configuration ask for again and again."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.db.session import database
from tests import factories

PATH = "/admin/configurations"


def administrator(client: FlaskClient, house: factories.House) -> FlaskClient:
    """Sign the browser in as the organisation's administrator."""
    factories.signed_in(client, house.administrator_email)
    return client


def row(model: type[Any], project_id: int, label: str) -> Any:
    """Return a row of a project's configuration, or None."""
    with database.reading() as session:
        query = select(model).where(model.project_id == project_id, model.label == label)
        return session.scalars(query).one_or_none()


def panel(client: FlaskClient, key: str, project_id: int) -> str:
    """Return a panel of the page as its HTML."""
    page = client.get(f"{PATH}?project={project_id}").get_data(as_text=True)
    found = re.search(
        rf'<section class="card settings" id="panel-{key}".*?</section>', page, re.DOTALL
    )
    assert found, f"there is no panel {key}"
    return found.group(0)


def line(client: FlaskClient, key: str, project_id: int, row_id: int) -> str:
    """Return one row of a panel as its HTML."""
    found = re.search(
        rf'<li class="settings__row" id="{key}-{row_id}">.*?</li>',
        panel(client, key, project_id),
        re.DOTALL,
    )
    assert found, f"{key} shows no row {row_id}"
    return found.group(0)
