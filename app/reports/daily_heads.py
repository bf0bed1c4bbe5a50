"""The heads of all chains, written to a file once a day: `var/heads/2026-11-21.jsonl`.

The worker writes it and never writes it anew; whoever copies the folder away can show later, by
`verify --expect FILE`, that no chain was cut short.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.config import Config
from app.controls.commands import door
from app.reports.head import heads
from app.reports.snapshot import snapshot

FOLDER = "heads"
MOST_LISTED = 400
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}\.jsonl")


@dataclass(frozen=True, slots=True)
class DayOfHeads:
    """What was kept on a day: the heads as they were written."""

    day: str
    heads: tuple[dict[str, Any], ...]


def keep_heads(config: Config) -> Path | None:
    """Write the day's file, unless it is there; returns it where this call wrote it.

    Two workers at once write the same name by renaming a whole file: one of them stays.
    """
    target = _path(config.files, door.clock().date())
    if target.exists():
        return None
    with snapshot(config.database_url) as view:
        lines = [json.dumps(one) + "\n" for one in heads(view, None, secret=config.secret_key)]
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text("".join(lines), encoding="utf-8")
    draft.replace(target)
    return target


def kept_days(files: Path, organisation_id: int | None) -> Iterator[DayOfHeads]:
    """Return the days kept here, newest first, with an organisation's head; None is all of them."""
    folder = files / FOLDER
    names = sorted((one.name for one in folder.glob("*.jsonl")), reverse=True)
    for name in [one for one in names if _NAME.fullmatch(one)][:MOST_LISTED]:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        found = (json.loads(line) for line in lines if line)
        mine = (one for one in found if organisation_id in {None, one["organisation"]})
        yield DayOfHeads(name.removesuffix(".jsonl"), tuple(mine))


def _path(files: Path, day: date) -> Path:
    return files / FOLDER / f"{day.isoformat()}.jsonl"
