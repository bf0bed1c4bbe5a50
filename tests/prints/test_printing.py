"""The printer is a process of its own: kept warm, replaced, and never without its parent."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.kernel.errors import Unavailable
from app.prints import printing, program
from tests.databases import ROOT

PARENT = """
import sys
from app.prints import printing
printing.print_html("<p>seen", identifier="1", report=lambda percent: None)
print(printing._printer._process.pid, flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def no_printer_left():
    yield
    printing.stop_printer()


def print_html(html: str = "<p>seen") -> str:
    content = printing.print_html(html, identifier="1", report=lambda percent: None)
    return PdfReader(io.BytesIO(content)).pages[0].extract_text().splitlines()[0]


def printer_pid() -> int:
    assert printing._printer is not None
    return printing._printer._process.pid


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_one_printer_prints_page_after_page_and_tells_how_far_it_is():
    told: list[int] = []
    printing.print_html("<p>one", identifier="1", report=told.append)
    first = printer_pid()
    assert print_html("<p>two") == "two"
    assert printer_pid() == first
    assert told == [80]


def test_a_printer_that_has_grown_is_replaced(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "_LARGEST_MIB", 1)
    print_html()
    assert printing._printer is None
    assert print_html() == "seen"


def test_a_printer_that_ends_is_replaced_and_what_it_printed_may_be_tried_again():
    print_html()
    os.kill(printer_pid(), signal.SIGKILL)
    printing._printer._process.wait()  # type: ignore[union-attr]
    assert print_html() == "seen"

    def end(_percent: int) -> None:
        os.kill(printer_pid(), signal.SIGKILL)

    long = "<p>line" * 2_000
    with pytest.raises(Unavailable, match="The printer has stopped"):
        printing.print_html(long, identifier="1", report=end)
    assert print_html() == "seen"


def test_a_page_that_cannot_be_laid_out_ends_the_printer_not_the_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(printing, "STYLE", tmp_path / "gone.css")
    with pytest.raises(Unavailable):
        print_html()
    monkeypatch.undo()
    assert print_html() == "seen"


def test_a_text_of_soft_hyphens_is_printed_as_quickly_as_any():
    text = "a\u00ad" * 1_000
    content = printing.print_html(
        f"<p>{text}", identifier="1", report=lambda percent: None, longest_seconds=10
    )
    assert PdfReader(io.BytesIO(content)).pages[0].extract_text().startswith("aaaa")


def test_a_printer_ends_with_its_parent():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    parent.communicate()
    # It sees the end of its requests; what it takes to go is bounded by its own watch.
    for _ in range(200):
        if not is_alive(pid):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert not is_alive(pid)


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1/", "data:image/png;base64,AA", "//x/y"]
)
def test_a_print_refuses_every_address(address: str):
    with pytest.raises(ValueError, match=r"disallowed protocol|Not an absolute"):
        program.fetcher().fetch(address)


def test_an_image_and_a_link_in_a_template_are_not_fetched(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    style = tmp_path / "style.css"
    style.write_text("p { display: none }")
    html = f'<link rel=stylesheet href="{style.as_uri()}"><img src="{style.as_uri()}"><p>seen'
    content = program.render(html, style=str(printing.STYLE), identifier="1", laid_out=lambda: None)
    assert PdfReader(io.BytesIO(content)).pages[0].extract_text().startswith("seen")
    assert caplog.text.count("disallowed protocol") == 2
