"""What a person does with configuration files: export, look at the preview, confirm."""

from __future__ import annotations

import html
import io
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.pages import token_of

PATH = "/admin/configuration-file"


def exported(browser: FlaskClient) -> str:
    """Press Export; returns the file's text."""
    answer = browser.post(f"{PATH}/export", data={"csrf_token": token_of(browser)})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.get_data(as_text=True)


def upload(browser: FlaskClient, text: str) -> TestResponse:
    """Choose the file and press Preview."""
    file = (io.BytesIO(text.encode()), "configuration.json")
    data = {"csrf_token": token_of(browser), "file": file}
    return browser.post(f"{PATH}/preview", data=data, content_type="multipart/form-data")


def preview_of(browser: FlaskClient, text: str) -> str:
    """Return the page of the preview."""
    answer = upload(browser, text)
    assert answer.status_code == 200, read_errors(answer)
    return answer.get_data(as_text=True)


def apply(browser: FlaskClient, text: str, *, shown: TestResponse | None = None) -> TestResponse:
    """Confirm what the preview shows, or what another preview showed."""
    own = upload(browser, text)
    assert own.status_code == 200, read_errors(own)
    fields = hidden_fields(own) | (
        {"fingerprint": hidden_fields(shown)["fingerprint"]} if shown else {}
    )
    return browser.post(f"{PATH}/import", data=fields)


def hidden_fields(answer: TestResponse) -> dict[str, str]:
    """Return what the confirmation's form would send."""
    form = answer.get_data(as_text=True).split('class="config__confirm"', 1)[1]
    form = form.split("</form>", 1)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def read_errors(answer: TestResponse) -> list[tuple[str, str]]:
    """Return the listed errors: (path, sentence)."""
    page = answer.get_data(as_text=True)
    lines = re.findall(r"<li>(?:<code>(tables[^<]*|[a-z_]*)</code> )?([^<]+)</li>", page)
    return [(html.unescape(path), html.unescape(text)) for path, text in lines]
