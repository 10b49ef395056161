"""Metrics of several processes as one: each keeps its values in files of its own, and any of them answers for all.

It is prometheus_client's multiprocess mode, with files for slots instead of pids: a process takes the first slot that
nobody holds, and goes on from what its last holder counted. So restarts lose no count and leave no files behind.
"""

import fcntl
import os
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from prometheus_client.mmap_dict import MmapedDict

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
FILE_BYTES = 256 * 1024  # a slot's values of a kind need a quarter


def share(folder: Path) -> None:
    """Have this process, before it loads any metrics, and all that it starts share theirs; begin from zero."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[FOLDER] = str(folder)


class Slots:
    """The slots of a folder; a file is locked for as long as the process that holds its slot lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._holder = 0
        self._name = ""
        self._lock: IO[bytes] | None = None

    def own(self) -> str:
        """The name of this process's slot, which is taken when it is first needed, anew after a fork."""
        if self._holder != os.getpid():
            self._holder, self._name = os.getpid(), self._take_free_slot()
        return self._name

    def forget_dead(self) -> None:
        """Drop what processes that have died left in gauges, which say what is now."""
        for path in self._folder.glob("slot-*"):
            with suppress(OSError), path.open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._drop_gauges(path.name)

    def _take_free_slot(self) -> str:
        number = 1
        while True:
            name = f"slot-{number}"
            lock = (self._folder / name).open("ab")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                number += 1
                continue
            self._lock = lock
            self._drop_gauges(name)
            return name

    def _drop_gauges(self, name: str) -> None:
        """Empty a slot's files of gauges in place: they keep their room on disk."""
        for path in self._folder.glob(f"gauge_live*_{name}.db"):
            with path.open("r+b") as file:
                file.write(bytes(8))  # how much of it is used


class RoomyDict(MmapedDict):
    """A file of values that has its room on disk: writing into a mapped file that has none would kill the process."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if hasattr(os, "posix_fallocate") and not read_mode:
            with Path(filename).open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]


@cache
def slots() -> Slots | None:
    """The slots that this process shares, if it does."""
    folder = os.environ.get(FOLDER)
    return Slots(Path(folder)) if folder else None
