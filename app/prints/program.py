"""The printer: a program of its own that turns pages of HTML into PDF until its parent ends.

Laying out four thousand lines takes 300 MiB, which a worker would keep; this process gives them
back by ending. It knows neither the application nor its database: standard library and WeasyPrint.

A request is a line of JSON and so many bytes of HTML; the answers are lines of JSON too, the
last with so many bytes of PDF. What goes wrong ends the program: whoever asked tries again.
"""

import gc
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

_KIB = 1024
_LAID_OUT_PERCENT = 80


def main() -> None:
    """Answer requests on the standard input, one after the other."""
    # The worker is told to stop, not its printer: that goes on until the print is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints is no answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(content: bytes = b"", **told: Any) -> None:
        answers.write(json.dumps(told).encode() + b"\n" + content)
        answers.flush()

    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        html = sys.stdin.buffer.read(asked["length"]).decode()
        try:
            content = render(
                html,
                style=asked["style"],
                identifier=asked["identifier"],
                laid_out=lambda: answer(percent=_LAID_OUT_PERCENT),
            )
        except PangoMissingError:
            answer(lacks="pango")
            continue
        answer(content, length=len(content), peak_mib=_peak_mib())


class PangoMissingError(Exception):
    """The library that sets type is not on this machine."""


def render(html: str, *, style: str, identifier: str, laid_out: Callable[[], None]) -> bytes:
    """Render HTML with a style sheet; the same input gives the same bytes.

    The sheet and its fonts are kept between prints, and the garbage collector rests while a page
    is laid out, for it would walk millions of living objects again and again.
    """
    weasyprint = _weasyprint()
    with _without_garbage_collector():
        fonts, sheet = _style(style)
        page = weasyprint.HTML(string=html, url_fetcher=fetcher())
        document = page.render(stylesheets=[sheet], font_config=fonts)
        laid_out()
        content: bytes = document.write_pdf(pdf_identifier=identifier.encode())
    return content


@cache
def fetcher() -> Any:
    """Refuse every address: no protocol is allowed."""
    return _weasyprint().URLFetcher(allowed_protocols=(), allow_redirects=False)


@contextmanager
def _without_garbage_collector() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def _weasyprint() -> Any:
    """Import it when something is printed: it takes a third of a second and needs Pango."""
    try:
        return import_module("weasyprint")
    except OSError as error:
        raise PangoMissingError from error


@cache
def _style(path: str) -> tuple[Any, Any]:
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    text = Path(path).read_text(encoding="utf-8")
    return fonts, _weasyprint().CSS(string=text, font_config=fonts, url_fetcher=fetcher())


def _peak_mib() -> int:
    """Return the most memory this program took; what it was started from is not counted.

    The kernel's own maximum outlives the start of a program, so Linux is asked for this one's.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // _KIB


def _end_with_parent() -> None:
    """End in the middle of a page as well: nobody is left to take it."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    main()
