"""The styles of every page as one file and the scripts as another: two answers, not a hundred."""

from collections.abc import Callable
from functools import lru_cache

from app.config import ROOT

FOLDER = ROOT / "static"
# In this order; the first says the order of the layers, into which all others put themselves.
_STYLES = """
    app tokens reset type shell sidebar header button field form filters table inner ledger list
    chips closing tabs badge drawer dialog toast menu card breakdown fees detail danger stat
    timeline trail diff empty pager progress palette settings matrix simulation statement board
    login account factor home portal purse pay report inside config facility journal combobox
    entries notices calendar roster reference print
""".split()  # noqa: SIM905  sixty words, not sixty lines
_SCRIPTS = """
    network theme toast errors sidebar unsaved typed panel drawer dialog picker combobox focus
    reason checks passkey days once reveal tabs amount copy menu filters list rows expand bulk
    columns table-fit palette shortcuts poll journal bell locate
""".split()  # noqa: SIM905  as above
BUNDLES = {"css/all.css": _STYLES, "js/all.js": _SCRIPTS}
# A script is a module of its own: what it declares is nobody else's.
_WRITTEN: dict[str, Callable[[str, str], str]] = {
    "css": "/* {}.css */\n{}".format,
    "js": "{{ // {}.js\n{}}}\n".format,
}


@lru_cache(maxsize=4)
def joined(bundle: str, version: str) -> bytes:
    """Return the files of a bundle as they are in a version of the folder."""
    del version
    kind = bundle.partition("/")[0]
    names = BUNDLES[bundle]
    texts = [(FOLDER / kind / f"{name}.{kind}").read_text("utf-8") for name in names]
    return "".join(map(_WRITTEN[kind], names, texts)).encode()
