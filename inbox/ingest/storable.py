"""Makes messages fit into the database: one character that PostgreSQL or Unicode forbids never hides a whole text.

What cannot be stored is replaced by U+FFFD, told by a flag, and kept raw by the door that took the request. Files
beyond the most that a message may have are only kept raw. The id of a message that does not fit is replaced by its
keyed hash, so that a repetition is still known.
"""

import re
from dataclasses import replace

from inbox.messages.flags import Flag
from numbers.carriers.messages import Inbound, Media
from tempsms.lib import vault

LONGEST_SENDER = 64
LONGEST_REF = 128
MOST_FILES = 32
"""Carriers hand on ten; a page lists fifty messages with all their files."""
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Unstorable(Exception):
    """A message to something that no number can be called: there is nowhere to put it."""


def storable(message: Inbound) -> Inbound:
    """The message as it can be stored: the very same object where nothing had to be changed. Raises `Unstorable`."""
    if _FORBIDDEN.search(message.recipient):
        raise Unstorable("a recipient with a NUL character or a lone surrogate")
    part = message.part and replace(message.part, group=_short(message.part.group))
    fit = replace(
        message,
        ref=_short(message.ref),
        sender=_named(_clean(message.sender)),
        body=_clean(message.body),
        media=tuple(
            Media(_clean(item.url), _clean(item.content_type)) for item in message.media[:MOST_FILES]
        ),
        part=part,
    )
    if fit == message:
        return message
    told = message.body, message.sender, message.media[:MOST_FILES]
    same = (fit.body, fit.sender, fit.media) == told
    return fit if same else replace(fit, flags=(*message.flags, Flag.UNREADABLE))


def ref_of(message: Inbound) -> str:
    """The carrier's id of a message; where it gave none, a keyed hash of what all repetitions have in common."""
    return message.ref or f"keyed:{vault.keyed_hash('no id', message.identity).hex()}"


def _named(sender: str) -> str:
    return sender if len(sender) <= LONGEST_SENDER else f"{sender[: LONGEST_SENDER - 1]}…"


def _clean(text: str) -> str:
    return text if text.isascii() and "\x00" not in text else _FORBIDDEN.sub(_REPLACEMENT, text)


def _short(name: str) -> str:
    """An id that can be stored, and the same one for the same id."""
    if len(name) <= LONGEST_REF and not _FORBIDDEN.search(name):
        return name
    return f"unfit:{vault.keyed_hash('unfit', name).hex()}"
