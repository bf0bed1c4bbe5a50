"""Prints a page of templates/pdf: its own Jinja, one parsed style sheet, no address is fetched.

Style sheet and fonts are kept between prints, and the garbage collector rests while one is laid
out: together with a layout without tables this takes a third of the time of the plain way.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.config import ROOT
from app.kernel.errors import Refusal

TEMPLATES = ROOT / "templates" / "pdf"
STYLE = ROOT / "static" / "css" / "pdf.css"
NO_PANGO = (
    "Statements cannot be printed on this machine: the library Pango is missing"
    " (on Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0)."
)
_printing = threading.Lock()


def print_page(
    template: str,
    values: dict[str, Any],
    *,
    printed_at: datetime,
    identifier: str,
    report: Callable[[int], None],
) -> bytes:
    """Render a template with `values` to a PDF; the same input gives the same bytes.

    `report` is told the percent that is done. Refuses (422) where Pango is missing.
    """
    weasyprint = _weasyprint()
    html = (
        _environment()
        .get_template(template)
        .render(**values, printed_at_text=printed_at.isoformat(timespec="seconds"))
    )
    report(15)
    with _printing, _without_garbage_collector():
        fonts, sheet = _style()
        document = weasyprint.HTML(string=html, url_fetcher=_fetcher()).render(
            stylesheets=[sheet], font_config=fonts
        )
        report(80)
        content: bytes = document.write_pdf(pdf_identifier=identifier.encode())
    report(95)
    return content


@contextmanager
def _without_garbage_collector() -> Iterator[None]:
    """Let the collector rest: it would walk millions of living objects again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


@cache
def _fetcher() -> Any:
    """Refuse every address: no protocol is allowed."""
    return _weasyprint().URLFetcher(allowed_protocols=(), allow_redirects=False)


def _weasyprint() -> Any:
    """Import it when something is printed: it takes a third of a second and needs Pango."""
    try:
        return import_module("weasyprint")
    except OSError as error:
        raise Refusal(NO_PANGO) from error


@cache
def _style() -> tuple[Any, Any]:
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    sheet = _weasyprint().CSS(
        string=STYLE.read_text(encoding="utf-8"), font_config=fonts, url_fetcher=_fetcher()
    )
    return fonts, sheet


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
