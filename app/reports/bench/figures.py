"""Ratios of interleaved rounds: median and range, never an absolute time."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times faster the product was than the bare thing, round by round."""

    name: str
    rounds: tuple[float, ...]
    wanted: str = ""

    def __str__(self) -> str:
        """Write the median with its range and what is wanted."""
        shown = f"{median(self.rounds):.2f} ({min(self.rounds):.2f} to {max(self.rounds):.2f})"
        return f"{self.name:<62} {shown:<22} {self.wanted}".rstrip()


def interleaved(
    name: str,
    bare: Callable[[], float],
    product: Callable[[], float],
    *,
    rounds: int,
    wanted: str = "",
) -> Ratio:
    """Measure both by turns; each returns work done in a second. A first round is for warmth."""
    bare()
    product()
    ratios = []
    for number in range(rounds):
        # Each goes first as often as the other: what warms the machine helps both.
        if number % 2:
            mine, theirs = product(), bare()
        else:
            theirs, mine = bare(), product()
        ratios.append(mine / theirs)
    return Ratio(name, tuple(ratios), wanted)
