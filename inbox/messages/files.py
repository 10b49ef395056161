"""Files of messages, fetched from their carriers for whoever may read the message; nothing is kept here."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from inbox.messages import file_types
from inbox.messages.queries import Attachment
from numbers import carriers
from tempsms.lib import outgoing_http
from tempsms.lib.outgoing_http import Bounds, FetchFailed, FileGone
from tempsms.lib.vault import Unsealable

logger = logging.getLogger(__name__)

BOUNDS = Bounds()
READ_WITHIN = 120.0
"""Seconds for a reader to take a file: 10 MB over 0.7 Mbit/s."""
_PIECE = 64 * 1024


class FileWithheld(FileGone):
    """We do not ask for it."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file as it may be passed on: a stranger chose its bytes, so it is saved, never shown."""

    content: bytearray
    content_type: str

    def name(self, message_id: int, place: int) -> str:
        """What it is called when it is saved."""
        return f"message-{message_id}-{place + 1}.{file_types.EXTENSIONS.get(self.content_type, 'bin')}"

    def pieces(self) -> Iterator[bytes]:
        """Its content in pieces, to be sent as fast as its reader takes them."""
        for at in range(0, len(self.content), _PIECE):
            yield bytes(self.content[at : at + _PIECE])


async def fetch(attachment: Attachment) -> FetchedFile:
    """Ask the carrier for a file, with its login; raises `FetchFailed`."""
    try:
        # The adapter refuses addresses outside the account's folder: a
        # message must not make us send the login elsewhere
        login = carriers.get(attachment.carrier).media_login(attachment.url, attachment.secrets)
    except (carriers.Unsupported, Unsealable) as error:
        logger.warning("a file was not requested: %s", error)
        raise FileWithheld("not requested") from None
    try:
        file = await outgoing_http.fetch(attachment.url, login, BOUNDS)
    except FetchFailed as error:
        logger.warning("a file could not be fetched from %s: %s", attachment.carrier, error)
        raise
    # the file's own type or, where that says nothing, the one that came with the message
    return FetchedFile(file.content, file_types.best(file.content_type, attachment.content_type))
