"""How whoever made work due wakes a worker: web processes and workers ring by the same queue."""

import os
from collections.abc import Callable
from threading import Event, Thread

from huey import RedisHuey, SqliteHuey
from huey.api import Huey

from app.config import read_config
from app.controls.apart import apart
from app.controls.due import bell, sweep


def _make_huey() -> Huey:
    config = read_config()
    if config.redis_url:
        return RedisHuey("countinghouse", url=config.redis_url, results=False)
    config.files.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(
        "countinghouse", filename=str(config.files / "queue.db"), results=False, fsync=False
    )


huey: Huey = _make_huey()


@huey.task()
def wake() -> None:
    """Do what is due, now."""
    sweep()


class Ringer:
    """Rings from a thread of its own: a queue that is slow or away keeps nobody waiting.

    What was asked for while it rang is rung for once. A ring that is lost is made good for by
    the next beat.
    """

    def __init__(self, sound: Callable[[], object]) -> None:
        """Start nothing yet: a thread does not outlive the fork of its process."""
        self._sound, self._asked, self._process = sound, Event(), 0

    def ring(self) -> None:
        """Ask for a ring and go on."""
        if self._process != os.getpid():
            self._process, self._asked = os.getpid(), Event()
            Thread(target=self._listen, args=(self._asked,), daemon=True).start()
        self._asked.set()

    def _listen(self, asked: Event) -> None:
        while asked.wait():
            asked.clear()
            with apart("waking the workers"):
                self._sound()


def hang_bell() -> None:
    """Let every commit of this process that makes work due wake a worker."""
    bell.ring = Ringer(wake).ring
