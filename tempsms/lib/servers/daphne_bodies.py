"""Bodies of requests on daphne, which hands them on only when they are whole: no application can refuse one sooner.

Twisted collects bodies of any size, in a file from 100 kB on.
"""

from io import BytesIO
from typing import Any

BODY_BYTES = 5 * 1024 * 1024
"""More than anything behind takes; the largest is a webhook with an MMS inside, 4 MB."""
LARGE_BODY = 64 * 1024
"""What pages take, and nearly all webhooks; a body beyond it counts as large."""
LARGE_BODIES = 32 * 1024 * 1024
"""Bytes of all large bodies together: 100 strangers who each stopped before the end held half a gigabyte."""


class Room:
    """What large bodies hold."""

    taken = 0

    def take(self, size: int) -> bool:
        """Take some bytes more, if there are as many."""
        if self.taken + size > LARGE_BODIES:
            return False
        self.taken += size
        return True

    def give_back(self, size: int) -> None:
        """Give some bytes back."""
        self.taken -= size


room = Room()


class BoundedBody(BytesIO):
    """Keeps what is written, or nothing and the reason."""

    def __init__(self) -> None:
        """An empty one."""
        super().__init__()
        self.too_large = False
        self.crowded = False  # it was one large body too many
        self._held = 0

    def write(self, data: Any) -> int:
        """Take some more, or drop it with all the rest."""
        size = self.tell() + len(data)
        if size > BODY_BYTES:
            self.too_large = True
        elif size > LARGE_BODY and not self._reserve_memory(size):
            self.crowded = True
        if not (self.too_large or self.crowded):
            return super().write(data)
        self._give_back()
        self.seek(0)
        self.truncate()
        return len(data)

    def close(self) -> None:
        """Drop it: it has been read, or its client has gone."""
        self._give_back()
        super().close()

    def _reserve_memory(self, size: int) -> bool:
        if not room.take(size - self._held):
            return False
        self._held = size
        return True

    def _give_back(self) -> None:
        room.give_back(self._held)
        self._held = 0
