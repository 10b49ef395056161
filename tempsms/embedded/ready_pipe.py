"""A pipe by which a process tells its supervisor that it is ready."""

import os
from contextlib import suppress


class ReadyPipe:
    """The supervisor's end, and the number of the other one, `told_through`, which the process is given."""

    def __init__(self) -> None:
        self._reader, self.told_through = os.pipe()
        for end in (self._reader, self.told_through):
            os.set_blocking(end, False)

    def check(self) -> None:
        """Return if the process has told since the last look; raises `BlockingIOError` if it has not."""
        os.read(self._reader, 1024)


def tell(told_through: int) -> None:
    """Say that this process is ready."""
    with suppress(OSError):
        os.write(told_through, b"!")
