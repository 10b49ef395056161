"""The logs of the programs that a supervisor runs: for their owner only, bounded while they are written."""

import os
import shutil
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import IO

LIMIT = 10_000_000  # bytes a file
KEPT = 3  # older files: NAME.log.1 is the newest of them


class Logs:
    """A folder of logs. Nothing here raises if the disk is full: logging must not stop the programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for path in folder.iterdir():
            path.chmod(0o600)

    def open(self, name: str) -> IO[bytes]:
        """The log for a program to append to; its output is lost while the disk has no room for another file."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            return os.fdopen(os.open(self._log_path(name), flags, 0o600), "ab", buffering=0)
        except OSError:
            return Path(os.devnull).open("ab")

    def rotate(self) -> None:
        """Put aside what has grown too large.

        Programs hold their log open, so it is copied and emptied, not renamed: they go on at its start (O_APPEND).
        What they write in between, at most some lines, is lost.
        """
        for path in self.folder.glob("*.log"):
            with suppress(OSError):
                if path.stat().st_size > LIMIT:
                    _put_aside(path)

    def end(self, name: str, lines: int) -> str:
        """The last lines of a program's log."""
        with suppress(OSError):
            return "\n".join(self._log_path(name).read_text(errors="replace").splitlines()[-lines:])
        return ""

    def _log_path(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def _put_aside(path: Path) -> None:
    older = [path.with_name(f"{path.name}.{n}") for n in range(1, KEPT + 1)]
    try:
        for newer, old in reversed(list(pairwise(older))):
            with suppress(FileNotFoundError):
                newer.replace(old)
        with path.open("rb") as source, os.fdopen(os.open(older[0], _NEW, 0o600), "wb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError:  # no room: then emptying makes some
        older[0].unlink(missing_ok=True)
    finally:
        os.truncate(path, 0)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
