"""Makes messages fit into the database, so that one character that PostgreSQL or Unicode forbids hides no text.

Characters that cannot be stored become U+FFFD, the message gets a flag, and its request is kept raw. Files beyond the
limit are only kept raw. An id that does not fit is replaced by its keyed hash, so that repetitions are recognised.
"""

import re
from dataclasses import replace

from inbox.messages.flags import Flag
from numbers.carriers.messages import Inbound, Media
from tempsms.lib import vault

LONGEST_SENDER = 64
LONGEST_REF = 128
MOST_FILES = 32
"""Carriers pass on ten; a page lists fifty messages with all their files."""
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Unstorable(Exception):
    """The recipient cannot be a number, so that there is no inbox for the message."""


def storable(message: Inbound) -> Inbound:
    """Return the message as it can be stored: the same object if nothing had to change. Raises `Unstorable`."""
    if _FORBIDDEN.search(message.recipient):
        raise Unstorable("a recipient with a NUL character or a lone surrogate")
    part = message.part and replace(message.part, group=_shorten_id(message.part.group))
    fit = replace(
        message,
        ref=_shorten_id(message.ref),
        sender=_shorten_name(_replace_unfit(message.sender)),
        body=_replace_unfit(message.body),
        media=tuple(
            Media(_replace_unfit(item.url), _replace_unfit(item.content_type))
            for item in message.media[:MOST_FILES]
        ),
        part=part,
    )
    if fit == message:
        return message
    original = message.body, message.sender, message.media[:MOST_FILES]
    same = (fit.body, fit.sender, fit.media) == original
    # A shortened id or list of files is nothing that readers would miss in the text
    return fit if same else replace(fit, flags=(*message.flags, Flag.UNREADABLE))


def ref_of(message: Inbound) -> str:
    """Return the carrier's id of a message; without one, a keyed hash of what all repetitions have in common."""
    return message.ref or f"keyed:{vault.keyed_hash('no id', message.identity).hex()}"


def _shorten_name(sender: str) -> str:
    return sender if len(sender) <= LONGEST_SENDER else f"{sender[: LONGEST_SENDER - 1]}…"


def _replace_unfit(text: str) -> str:
    # Nearly all texts end here; the pattern is searched for in the others only
    return text if text.isascii() and "\x00" not in text else _FORBIDDEN.sub(_REPLACEMENT, text)


def _shorten_id(name: str) -> str:
    """Return an id that fits: the same one for the same long id."""
    if len(name) <= LONGEST_REF and not _FORBIDDEN.search(name):
        return name
    return f"unfit:{vault.keyed_hash('unfit', name).hex()}"
