"""What a person without scripts does with a page: open it, fill its form, send it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

# Forms never stand in one another, and the rest of a page is long to read.
_FORMS = re.compile(r"<form\b.*?</form>", re.DOTALL)


class _Form(HTMLParser):
    """Collects what the first form marked data-form would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._inside = False
        self._select: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = "data-form" in given
        elif self._inside and tag == "input" and given.get("name"):
            self._input(given)
        elif self._inside and tag == "select":
            self._select = given.get("name")
        elif self._inside and tag == "option" and self._select:
            self._option(given)
        elif self._inside and tag == "textarea":
            self._text = given.get("name")
            self.values[self._text or ""] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            # A browser drops the line break that a textarea begins with.
            (text,) = self.values[self._text or ""]
            self.values[self._text or ""] = [re.sub(r"^\r?\n", "", text)]
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text:
            self.values[self._text] = [self.values[self._text][0] + data]

    def _option(self, given: dict[str, str | None]) -> None:
        value = given.get("value") or ""
        if "selected" in given:
            self.values[self._select or ""] = [value]
        else:
            # A browser sends the first option where none is marked.
            self.values.setdefault(self._select or "", [value])

    def _input(self, given: dict[str, str | None]) -> None:
        if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
            return
        self.values.setdefault(given["name"] or "", []).append(given.get("value") or "")


def form_of(client: FlaskClient, path: str) -> dict[str, Any]:
    """Open a page and return what its form would send as it stands."""
    page = client.get(path)
    assert page.status_code == 200, f"{path} answers {page.status_code}"
    return form_in(page)


def form_in(page: TestResponse) -> dict[str, Any]:
    """Return what the form of an answer would send as it stands."""
    form = _Form()
    for written in _FORMS.findall(page.get_data(as_text=True)):
        if "data-form" in written:
            form.feed(written)
    assert form.values, f"{page.request.path} has no form"
    return dict(form.values)


def send(client: FlaskClient, path: str, **typed: Any) -> TestResponse:
    """Open a page's form, type over its fields (None leaves one out) and send it."""
    values = form_of(client, path) | typed
    return client.post(path, data={name: v for name, v in values.items() if v is not None})


def send_locked(client: FlaskClient, path: str, **typed: Any) -> TestResponse:
    """Be refused the form of a locked record, and send what was typed all the same."""
    page = client.get(path)
    assert page.status_code == 409, f"{path} answers {page.status_code}"
    sent = client.post(path, data={"csrf_token": token_of(client), "key": path} | typed)
    assert sent.status_code == 409, f"{path} answers {sent.status_code}"
    return page


def differences(page: str) -> dict[str, tuple[str, str]]:
    """Return what a refused form compares: what is saved now and what was typed, by field."""
    assert "This record changed while you were editing." in page
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td.*?>(.*?)</td>\s*<td.*?>(.*?)</td>', page)
    return {label: (_bare(saved), _bare(typed)) for label, saved, typed in rows}


def _bare(cell: str) -> str:
    return re.sub(r"<[^>]+>", "", cell)


def token_of(client: FlaskClient) -> str:
    """Return the browser's token, for posts that have no form of their own to open."""
    page = client.get("/login").get_data(as_text=True)
    if 'name="csrf_token"' not in page:
        page = client.get("/", follow_redirects=True).get_data(as_text=True)
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
