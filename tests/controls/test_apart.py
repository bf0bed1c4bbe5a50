"""What fails stands alone: what comes after it has its turn, and the service's log says why."""

from __future__ import annotations

from app.controls.apart import each_apart


def test_a_part_that_fails_keeps_none_of_the_others_from_its_turn(caplog):
    done = []

    def fail() -> None:
        raise RuntimeError("the first is broken")

    each_apart(fail, lambda: done.append("second"), lambda: done.append("third"))
    assert done == ["second", "third"]
    assert "the first is broken" in caplog.text
