"""Prints a page of templates/pdf: its own Jinja here, the layout in the printer's process.

The printer is started by the first print of a process and kept warm: style sheet and fonts are
read once. It is replaced when a print has made it large, and when it has ended by itself.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.config import ROOT
from app.kernel.errors import Refusal, Unavailable

TEMPLATES = ROOT / "templates" / "pdf"
STYLE = ROOT / "static" / "css" / "pdf.css"
PROGRAM = Path(__file__).with_name("program.py")
NO_PANGO = (
    "Nothing can be printed on this machine: the library Pango is missing"
    " (on Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0)."
)
_STOPPED = "The printer has stopped. What it was printing is printed again."
_LARGEST_MIB = 160
_LONGEST_SECONDS = 300
# Of a page that somebody waits for: nothing that is printed at once takes a second.
AT_ONCE_SECONDS = 20
_printing = threading.Lock()


def print_page(
    template: str,
    values: dict[str, Any],
    *,
    printed_at: datetime,
    identifier: str,
    report: Callable[[int], None],
    longest_seconds: int = _LONGEST_SECONDS,
) -> bytes:
    """Render a template with `values` to a PDF; the same input gives the same bytes.

    `report` is told the percent that is done. Refuses (422) where Pango is missing, and (503)
    when the printer ends before it is done, as it does after `longest_seconds`: one may try again.
    """
    html = (
        environment()
        .get_template(template)
        .render(**values, printed_at_text=printed_at.isoformat(timespec="seconds"))
    )
    report(15)
    content = print_html(
        html, identifier=identifier, report=report, longest_seconds=longest_seconds
    )
    report(95)
    return content


def print_html(
    html: str,
    *,
    identifier: str,
    report: Callable[[int], None],
    longest_seconds: int = _LONGEST_SECONDS,
) -> bytes:
    """Lay out a whole page of HTML with the style sheet of prints; as `print_page`."""
    global _largest_mib  # noqa: PLW0603  Told by the one printer of this process.
    with _printing:
        printer = _running()
        try:
            answer, content = printer.print(html, identifier, report, longest_seconds)
        except (OSError, EOFError) as error:
            stop_printer()
            raise Unavailable(_STOPPED) from error
        if "lacks" in answer:
            stop_printer()
            raise Refusal(NO_PANGO)
        _largest_mib = max(_largest_mib, answer["peak_mib"])
        if answer["peak_mib"] > _LARGEST_MIB:
            stop_printer()
    return content


def stop_printer() -> None:
    """End the printer of this process, if it has one; the next print starts another."""
    global _printer  # noqa: PLW0603  The one printer of this process.
    if _printer is not None and _printer.owner == os.getpid():
        _printer.stop()
    _printer = None


def largest_mib() -> int:
    """Return the most memory that a printer of this process has told of."""
    return _largest_mib


@cache
def environment() -> Environment:
    """Return the Jinja of prints: an undefined name is an error, every text is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _Printer:
    """A running printer and the pipes to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-P", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    @property
    def is_usable(self) -> bool:
        """Whether it runs and is this process's own, not that of the one it was forked from."""
        return self.owner == os.getpid() and self._process.poll() is None

    def print(
        self, html: str, identifier: str, report: Callable[[int], None], longest_seconds: int
    ) -> tuple[dict[str, Any], bytes]:
        """Send a page and wait for it; raises EOFError or OSError when the printer ends."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None  # noqa: S101  Both are pipes.
        assert answers is not None  # noqa: S101
        body = html.encode()
        asked = {"length": len(body), "style": str(STYLE), "identifier": identifier}
        limit = threading.Timer(longest_seconds, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            requests.write(json.dumps(asked).encode() + b"\n" + body)
            requests.flush()
            while line := answers.readline():
                answer = json.loads(line)
                if "percent" not in answer:
                    content = answers.read(answer.get("length", 0))
                    break
                report(answer["percent"])
            else:
                raise EOFError
        finally:
            limit.cancel()
        if len(content) < answer.get("length", 0):
            raise EOFError
        return answer, content

    def stop(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.communicate()


_printer: _Printer | None = None
_largest_mib = 0


def _running() -> _Printer:
    global _printer  # noqa: PLW0603  The one printer of this process.
    if _printer is None or not _printer.is_usable:
        stop_printer()
        _printer = _Printer()
    return _printer


atexit.register(stop_printer)
