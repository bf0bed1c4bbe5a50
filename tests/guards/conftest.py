"""What the walks over every address have in common."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.access import step_up


@pytest.fixture(autouse=True)
def proofs_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the question who sits there out of the walk: it takes longer than a proof is fresh."""
    monkeypatch.setattr(step_up, "FRESH", timedelta(days=1))
