"""A page that fails says that nothing was changed only where that is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import a_house, signed_in
from tests.pages import token_of

_READ = "/admin/notices/read"
_NOTHING, _UNKNOWN = "Nothing was changed by this page.", "It is not known whether this was done."


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_failure_after_the_commit_is_told_apart_from_one_before_it(
    app: Flask, monkeypatch, is_done_first
):
    said, unsaid = (_UNKNOWN, _NOTHING) if is_done_first else (_NOTHING, _UNKNOWN)
    browser = app.test_client()
    signed_in(browser, a_house().administrator_email)
    form = {"csrf_token": token_of(browser)}
    endpoint = app.url_map.bind("").match(_READ, method="POST")[0]
    view: Callable[..., Any] = app.view_functions[endpoint]

    def broken(**named: Any) -> None:
        if is_done_first:
            view(**named)
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setitem(app.view_functions, endpoint, broken)
    monkeypatch.setitem(app.config, "TESTING", None)
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(_READ, data=form, headers=headers)
        told = answer.get_data(as_text=True) + answer.headers.get("HX-Trigger", "")
        assert answer.status_code == 500
        assert said in told
        assert unsaid not in told
        assert answer.headers["X-Request-Id"] in told
