"""Whom the house believes about a client's address, and to which names it answers."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import brotli
import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.config import read_config
from tests import factories

ROOT = Path(__file__).resolve().parent.parent
CLIENT, PROXY = "198.51.100.7", "10.0.0.2"
# What a house says of two requests that came by a proxy, one of them under another's name.
LOOK = f"""
from flask import request
from app import create_app
with create_app().test_client() as client:
    told = {{"X-Forwarded-For": "203.0.113.1, {CLIENT}", "X-Forwarded-Proto": "https"}}
    client.environ_base["REMOTE_ADDR"] = "{PROXY}"
    statuses = [client.get(path, base_url=f"http://{{host}}", headers=told).status_code
                for host in ("bank.example:8000", "10.0.0.9:8000", "elsewhere.example")
                for path in ("/healthz", "/static/none")]
    client.get("/healthz", headers=told)
    print(request.remote_addr, request.scheme, *statuses)
"""


def _said(folder: Path, **told: str) -> str:
    """Start a house that was told this, and return what it says."""
    kept = {"PATH": os.environ["PATH"], "SECRET_KEY": "a test's", "COUNTINGHOUSE_VAR": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, env=kept | told, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return ran.stdout.strip()


def test_what_a_client_says_of_its_own_address_is_not_believed(client: FlaskClient):
    client.environ_base["REMOTE_ADDR"] = PROXY
    with client:
        client.get("/healthz", headers={"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"})
        assert (request.remote_addr, request.scheme) == (PROXY, "http")


def test_so_many_proxies_are_believed_as_were_said_and_a_house_has_its_own_name(tmp_path: Path):
    production = {"COUNTINGHOUSE_ENV": "production", "PUBLIC_URL": "https://bank.example"}
    named = "200 404 200 400 200 400"
    assert _said(tmp_path, TRUSTED_PROXIES="1", **production) == f"{CLIENT} https {named}"
    # Whoever stands before two proxies wrote the first of two addresses.
    open_to_all = "200 404 200 404 200 404"
    assert _said(tmp_path, TRUSTED_PROXIES="2") == f"203.0.113.1 http {open_to_all}"


def test_other_names_of_a_house_are_told(monkeypatch):
    monkeypatch.setenv("COUNTINGHOUSE_ENV", "production")
    monkeypatch.setenv("PUBLIC_URL", "https://bank.example:8443")
    assert read_config().trusted_hosts == ("bank.example",)
    monkeypatch.setenv("TRUSTED_HOSTS", "bank.example, bank.internal")
    assert read_config().trusted_hosts == ("bank.example", "bank.internal")


@pytest.mark.parametrize("told", ["-1", "two", "1.5", "²"])
def test_a_number_of_proxies_that_is_none_stops_the_start(monkeypatch, told):
    monkeypatch.setenv("TRUSTED_PROXIES", told)
    with pytest.raises(RuntimeError, match="must be the number of proxies in front"):
        read_config()


def test_answers_travel_compressed_to_whoever_takes_them_so(app: Flask, client: FlaskClient):
    house = factories.a_house()
    for number in range(40):
        factories.a_client(house, first_name=f"Amina {number}")
    factories.signed_in(client, house.administrator_email, factories.PASSWORD)
    style = re.search(r"/static/\w+/css/all\.css", client.get("/admin/clients").text)
    assert style is not None
    # A file and a list that streams, to the letter as they are read without.
    for path in (style[0], "/admin/clients.csv"):
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        small = client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        assert "Accept-Encoding" in small.headers["Vary"]
        assert brotli.decompress(small.data) == plain.data
        assert len(small.data) < len(plain.data) / 3
    page = client.get("/admin/clients", headers={"Accept-Encoding": "gzip"})
    assert "Amina 39" in gzip.decompress(page.data).decode()


def test_what_is_small_already_is_sent_as_it_is(client: FlaskClient):
    page = client.get("/login", headers={"Accept-Encoding": "gzip"})
    font = re.search(r"/static/\w+/", gzip.decompress(page.data).decode())
    assert font is not None
    path = f"{font[0]}node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
    sent = client.get(path, headers={"Accept-Encoding": "gzip, br, zstd"})
    assert sent.data[:4] == b"wOF2"
    assert "Content-Encoding" not in sent.headers


def test_a_cache_on_the_way_shares_a_file_among_all_who_ask(client: FlaskClient):
    house = factories.a_house()
    factories.signed_in(client, house.administrator_email)
    page = client.get("/admin/clients")
    assert "Cookie" in page.headers["Vary"]
    style = re.search(r"/static/\w+/css/all\.css", page.text)
    assert style is not None
    font = "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
    for path in (style[0], style[0].replace("css/all.css", font)):
        sent = client.get(path)
        assert sent.headers["Cache-Control"].endswith("max-age=31536000")
        assert "Cookie" not in sent.headers.get("Vary", "")
        assert "Set-Cookie" not in sent.headers
