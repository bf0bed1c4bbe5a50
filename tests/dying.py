"""Runs something in a child process that ends at a named point, as a kill would end it."""

from __future__ import annotations

import os
from collections.abc import Callable

from app.controls.numbering import blocks
from app.db.session import database
from app.kernel import crash


def in_a_process_that_dies(point: str, do: Callable[[], object], url: str) -> int:
    """Run `do` in a child that is ended at the point; returns the child's exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            # The parent's connections and reserved ids are not the child's to use.
            database.engine.dispose(close=False)
            database.configure(url, durable=False)
            blocks.forget()
            crash._CRASH_AT = point
            do()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
