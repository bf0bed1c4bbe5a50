"""What is left of earlier links when an asset is deleted: slices above say what becomes of theirs.

Only an asset on which nothing was ever booked is deleted, so nothing was paid through them either.
"""

from collections.abc import Callable
from typing import TypeAlias

from app.controls.work import Work
from app.ledger.models import Asset

Release: TypeAlias = Callable[[Work, Asset], None]
_releases: list[Release] = []


def releases(function: Release) -> Release:
    """Register what takes or changes the retired records that still refer to an asset."""
    _releases.append(function)
    return function


def release(work: Work, asset: Asset) -> None:
    """Let no retired record refer to the asset any more."""
    for function in _releases:
        function(work, asset)
    work.session.flush()  # what refers to the asset goes before it
