"""What fails is logged and keeps what stands beside it from nothing."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_logger = logging.getLogger(__name__)


@contextmanager
def apart(what: str) -> Iterator[None]:
    """Log whatever the block raises under this name, and go on after it."""
    try:
        yield
    except Exception:
        _logger.exception("%s failed", what)


def each_apart(*parts: Callable[[], object]) -> None:
    """Do the parts in order; one that fails keeps none of the others from its turn."""
    for part in parts:
        with apart(part.__name__.strip("_")):
            part()
