"""What SMPP gateways pass on: coded bytes, user data headers, words of receipts (SMPP 3.4, 3GPP TS 23.040)."""

from numbers.carriers.messages import Part, Status
from numbers.carriers.toolkit import charsets

# Words of receipts, SMPP 3.4 appendix B
STATUSES = {
    "ENROUTE": Status.SENT,
    "ACCEPTD": Status.SENT,
    "DELIVRD": Status.DELIVERED,
    "EXPIRED": Status.UNDELIVERED,
    "DELETED": Status.FAILED,
    "UNDELIV": Status.UNDELIVERED,
    "REJECTD": Status.FAILED,
    "UNKNOWN": Status.UNKNOWN,
}
_CHARSETS = {
    1: "ascii",
    3: "latin-1",
    5: "shift_jis",
    6: "iso8859-5",
    7: "iso8859-8",
    8: charsets.UCS2,
    10: "iso2022_jp",
    13: "euc_jisx0213",
    14: "euc_kr",
}
# What message centres pass on of TS 23.038, 4: message classes (1x, F0 to F3) and waiting messages (C0 to EF)
_CHARSETS |= dict.fromkeys([*range(0x18, 0x1C), *range(0xE0, 0xF0)], charsets.UCS2)
_CENTRE = {0, *range(0x10, 0x14), *range(0xC0, 0xE0), *range(0xF0, 0xF4)}


def charset(coding: int, alphabet: str = "") -> str:
    """The charset of a data_coding (SMPP 3.4, 5.2.19), empty for binary; `alphabet` is that of the default one."""
    return alphabet or charsets.CENTRE if coding in _CENTRE else _CHARSETS.get(coding, "")


def text(raw: bytes, coding: int, alphabet: str = "") -> str | None:
    """A short message decoded by its data_coding; None for binary."""
    name = charset(coding, alphabet)
    return charsets.decode(raw, name) if name else None


def split(content: bytes) -> tuple[bytes, bytes]:
    """User data header and text, where a message centre left the header in the text; else no header.

    It is one if its elements fill the length that it states, and one of them gives the place of a part.
    """
    end = content[0] + 1 if content else 0
    if not 6 <= end <= len(content) or part(content[:end]) is None:
        return b"", content
    at = 1
    while at + 2 <= end:
        at += 2 + content[at + 1]
    return (content[:end], content[end:]) if at == end else (b"", content)


def part(header: bytes) -> Part | None:
    """The place that a user data header gives to a part: information elements 00 and 08 of TS 23.040, 9.2.3.24."""
    at, end = 1, min(len(header), header[0] + 1) if header else 0
    while at + 2 <= end:
        kind, value = header[at], header[at + 2 : at + 2 + header[at + 1]]
        # 00 has a reference of one byte, 08 of two
        if kind in (0x00, 0x08) and len(value) == (3 if kind == 0x00 else 4):
            *ref, total, index = value
            return Part(f"{bytes(ref).hex()}/{total}", index, total) if 1 <= index <= total else None
        at += 2 + header[at + 1]
    return None
