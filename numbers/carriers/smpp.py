"""What SMPP gateways hand on: coded bytes, user data headers, words of receipts (SMPP 3.4, 3GPP TS 23.040)."""

from numbers.carriers import gsm
from numbers.carriers.base import Part, Status

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
_CHARSETS = {1: "ascii", 3: "latin-1", 5: "shift_jis", 6: "iso8859-5", 7: "iso8859-8", 8: "utf-16-be"}
_DEFAULT = {0, *range(0xF0, 0xF4)}  # the SMSC's default alphabet, and message classes in it


def text(raw: bytes, coding: int, alphabet: str = "") -> str | None:
    """Decode a short message by its data_coding; None for binary, and for what is not what it says.

    The default alphabet (0) is GSM 03.38 unless the SMSC has another: then `alphabet` names it. Bytes above 127 show
    that it has.
    """
    charset = alphabet if coding in _DEFAULT else _CHARSETS.get(coding, "")
    try:
        if charset:
            return raw.decode(charset)
        if coding not in _DEFAULT:
            return None
        return gsm.decode(raw) if raw.isascii() else raw.decode()
    except LookupError:
        return None
    except ValueError:
        return raw.decode("latin-1") if coding in _DEFAULT else None


def part(header: bytes) -> Part | None:
    """The place that a user data header gives to a part: information elements 00 and 08 of TS 23.040, 9.2.3.24."""
    at, end = 1, min(len(header), header[0] + 1) if header else 0
    while at + 2 <= end:
        kind, value = header[at], header[at + 2 : at + 2 + header[at + 1]]
        if kind in (0x00, 0x08) and len(value) == (3 if kind == 0x00 else 4):
            *ref, total, index = value
            return Part(f"{bytes(ref).hex()}/{total}", index, total) if 1 <= index <= total else None
        at += 2 + header[at + 1]
    return None
