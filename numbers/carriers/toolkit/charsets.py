"""Text of the bytes that a message centre passes on: by the coding it states, or by what the bytes show to be right.

A charset is a codec of Python's or one of the two names below. Gateways state the wrong one, or none, often enough
that a text is never given up for it: content is binary only if no charset fits.
"""

from collections.abc import Sequence
from itertools import groupby

from tempsms.lib import gsm7

UCS2 = "utf-16-be"
CENTRE = "message centre"
"""The centre's default alphabet: GSM 03.38, one byte a septet; UTF-8 or Latin 1 where bytes above 127 show that."""

_MARKS = {b"\xfe\xff": UCS2, b"\xff\xfe": "utf-16-le"}
_MARK = "\ufeff"
_REPLACED = "\ufffd"
# First bytes of letters in UCS-2 that no text in 8 bits has at every second place: Latin, Greek, Cyrillic, Hebrew,
# Arabic, Thai
_BLOCKS = {0x00, 0x03, 0x04, 0x05, 0x06, 0x0E}
_SURE = 4  # characters that must agree


def decode(content: bytes, charset: str) -> str | None:
    """The text, without byte order marks; None where nothing fits."""
    return join([(content, charset)])


def join(pieces: Sequence[tuple[bytes, str]], *, torn: bool = False) -> str | None:
    """The text of pieces of one message, whose bytes are joined before they are decoded.

    `torn`: something is missing before or behind them, so that half a character at an end is left out.
    """
    texts = [
        _decode_run([content for content, _ in run], charset, torn)
        for charset, run in groupby(pieces, key=lambda piece: piece[1])
    ]
    found = [text for text in texts if text is not None]
    return "".join(found) if len(found) == len(texts) else None


def fits(content: bytes, charset: str) -> bool:
    """Whether this charset is known and reads the bytes as text, with no NUL in it."""
    codec = name_of(charset)
    text = _decode_strictly(content, codec, torn=False) if codec else None
    return text is not None and "\0" not in text


def _decode_run(run: list[bytes], charset: str, torn: bool) -> str | None:
    codec = name_of(charset)
    order = next((_MARKS[piece[:2]] for piece in run if piece[:2] in _MARKS), None)
    if order and codec != "utf-8":
        return _decode_utf16(
            b"".join(piece[2:] if piece[:2] in _MARKS else piece for piece in run), order, torn
        )
    content = b"".join(run)
    if codec in (UCS2, "utf-16-le"):
        text = _decode_utf16(content, codec, torn)
    elif not codec:
        text = _by_content(content)
    else:
        text = _decode_strictly(content, codec, torn)
        # UCS-2 that is declared as Latin 1 decodes without an error, with a NUL before each letter
        if text is None or ("\0" in text and _is_ucs2(content)):
            text = _by_content(content)
    return text.removeprefix(_MARK) if text is not None else None


def name_of(charset: str) -> str:
    """Python's name, with plain names of UTF-16 and UCS-2 taken as big-endian; empty: go by the content."""
    name = charset.strip().lower().replace("_", "-")
    if name in (
        "utf-16",
        "utf16",
        "ucs-2",
        "ucs2",
        "utf-16be",
        "utf16be",
        "ucs-2be",
        "iso-10646-ucs-2",
        UCS2,
    ):
        return UCS2
    if name in ("utf-16le", "utf16le", "ucs-2le", "utf-16-le"):
        return "utf-16-le"
    try:
        b"".decode(name)
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return ""
    return "utf-8" if name in ("utf8", "utf-8") else name


def _decode_strictly(content: bytes, codec: str, torn: bool) -> str | None:
    try:
        return content.decode(codec)
    except (LookupError, ValueError):  # LookupError: a codec that is not of text
        pass
    if not torn or codec != "utf-8":
        return None
    # at most three bytes of a character that continues elsewhere
    begun = content.lstrip(bytes(range(0x80, 0xC0)))
    if len(content) - len(begun) > 3:
        return None
    for left_out in range(4):
        try:
            return begun[: len(begun) - left_out].decode()
        except ValueError:
            continue
    return None


def _decode_utf16(content: bytes, codec: str, torn: bool) -> str | None:
    if len(content) % 2 and not torn and content.isascii() and b"\0" not in content:
        return _by_content(content)  # text of eight bits, whatever charset was stated
    text = content.decode(codec, "ignore" if torn else "replace")
    return text if text.strip(_REPLACED) or torn or not content else None


def _by_content(content: bytes) -> str:
    if _is_ucs2(content):
        return content.decode(UCS2, "replace")
    if content.isascii():
        return gsm7.decode(content)
    try:
        return content.decode()
    except ValueError:
        # Latin 1 has a letter for every byte, so no text is given up
        return content.decode("latin-1")


def _is_ucs2(content: bytes) -> bool:
    """Whether these are letters of one alphabet in two bytes each, and of no other meaning."""
    first = set(content[::2])
    if len(content) % 2 or not first <= _BLOCKS or len(first - {0}) > 1:
        return False
    return len(content) >= 2 * (2 if first == {0} else _SURE)
