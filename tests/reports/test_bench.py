"""The benchmark prints ratios and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from app.reports.bench.figures import Ratio, interleaved
from tests.databases import ROOT

COMMAND = """
from app.command_line import command_line
command_line.main(["bench", "import", "--seconds", "0.1", "--rounds", "1"])
"""


def test_a_ratio_shows_its_median_and_its_range():
    assert str(Ratio("posting", (0.5, 0.7, 0.9), "at least 0.6")).split() == (
        ["posting", "0.70", "(0.50", "to", "0.90)", "at", "least", "0.6"]
    )


def test_both_sides_are_measured_by_turns_and_go_first_as_often():
    order: list[str] = []

    def side(name: str, rate: float) -> float:
        order.append(name)
        return rate

    ratio = interleaved("x", lambda: side("bare", 2.0), lambda: side("product", 1.0), rounds=2)
    assert ratio.rounds == (0.5, 0.5)
    assert order == ["bare", "product", "bare", "product", "product", "bare"]


def test_the_benchmark_leaves_the_data_alone(database_url: str, tmp_path: Path):
    engine = create_engine(database_url)
    before = _count(engine)
    environment = os.environ | {"DATABASE_URL": database_url, "COUNTINGHOUSE_VAR": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "batches of a thousand" in result.stdout
    assert _count(engine) == before
    engine.dispose()


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM organisation")).scalar_one()
