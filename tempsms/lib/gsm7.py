"""GSM 03.38 (3GPP TS 23.038): the default alphabet of SMS (6.2.1) and its extension (6.2.1.1).

BASIC is a string of 128 characters by septet, in which ESCAPE is the escape itself; EXTENSION has what follows one.
"""

ESCAPE = "\x1b"
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_CODES = {char: bytes([code]) for code, char in enumerate(BASIC) if char != ESCAPE}
_CODES |= {char: bytes([ord(ESCAPE), code]) for code, char in EXTENSION.items()}


def fits(text: str) -> bool:
    """Whether the alphabet and its extension can write this."""
    return _CODES.keys() >= set(text)


def encode(text: str) -> bytes:
    """One byte a septet; raises `KeyError` for what does not fit."""
    return b"".join(_CODES[char] for char in text)


def decode(raw: bytes) -> str:
    """Text of one byte a septet; raises `ValueError` for a byte above 127. An unknown extension is its basic letter."""
    out, escaped = [], False
    for code in raw:
        if code > 127:
            raise ValueError("not GSM 03.38")
        if escaped:
            out.append(EXTENSION.get(code, BASIC[code]))
            escaped = False
        elif code == ord(ESCAPE):
            escaped = True
        else:
            out.append(BASIC[code])
    return "".join(out)
