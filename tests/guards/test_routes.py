"""What holds for every route of the house, whatever slice it belongs to."""

import re

import pytest
from flask import Flask

from app.controls.permissions import known_permission
from app.keys.holder import INTERFACE
from app.pipelines.views import HOOK
from app.web.guard import declared_permission

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)?")
_PUBLIC = {
    "/api-reference",
    "/api/v1/openapi.json",
    "/login",
    "/login/passkey",
    "/login/passkey-options",
    "/login/second-factor",
    "/login/second-factor/passkey-options",
    "/logout",
    "/forgot-password",
    "/reset-password/<token>",
    "/theme",
    "/healthz",
    HOOK,
    "/pay/<public_id>",
    "/pay/<public_id>/pdf",
    "/readyz",
    "/static/<version>/<path:name>",
}


def test_every_route_declares_a_permission_of_the_catalogue(app: Flask):
    for rule in app.url_map.iter_rules():
        declared = declared_permission(app, rule.endpoint)
        assert declared is not None, rule.rule
        assert declared in {"public", "signed in"} or known_permission(declared), rule.rule


def test_only_the_doors_are_open_to_anyone(app: Flask):
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if declared_permission(app, rule.endpoint) == "public"
    }
    assert public == _PUBLIC


def test_addresses_are_kebab_case(app: Flask):
    for rule in app.url_map.iter_rules():
        for part in rule.rule.strip("/").split("/"):
            plain = re.sub(r"<[^>]+>", "", part)
            assert plain in {"", "."} or _KEBAB.fullmatch(plain.strip(".")), rule.rule


@pytest.mark.checks("E05.06")
def test_a_page_behind_sign_in_leads_there_when_nobody_is_signed_in(app: Flask):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule in _PUBLIC:
            continue
        path = re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)
        answer = client.get(path)
        if path.startswith(INTERFACE):
            assert answer.status_code == 401, path
            continue
        assert answer.status_code in {302, 404}, f"{path} answers {answer.status_code}"
        assert answer.status_code == 404 or answer.headers["Location"].startswith("/login"), path


def test_a_write_without_the_token_is_refused(app: Flask):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            path = re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)
            refused = {401} if path.startswith((INTERFACE, HOOK)) else {400, 302, 404}
            assert client.post(path).status_code in refused, path


def test_every_answer_carries_the_headers_that_keep_it_safe(app: Flask):
    headers = app.test_client().get("/login").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-Id"]
