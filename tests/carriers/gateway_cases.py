"""What message centres send to gateways, and what people are to read: for recordings and for tests that run one."""

from dataclasses import dataclass

SENDER, RECIPIENT = "+447700900456", "+447700900142"
GSM, LATIN, BINARY, UCS2 = 0, 3, 4, 8


@dataclass(frozen=True)
class Case:
    """A message: its pieces as the centre sends them (with their headers), and the text that it is.

    `stated`: whether the centre says that the pieces begin with a header.
    """

    name: str
    pieces: tuple[bytes, ...]
    text: str
    coding: int = GSM
    stated: bool = False
    flags: tuple[str, ...] = ()


def _in_parts(header: bytes, *texts: bytes) -> tuple[bytes, ...]:
    """Pieces behind a header that ends with their count and place."""
    return tuple(header + bytes([len(texts), place]) + text for place, text in enumerate(texts, start=1))


def _coded(text: str) -> bytes:
    return text.encode("utf-16-be")


LONG = "The quick brown fox jumps over the lazy dog, and nobody minds. " * 7
BELOW, ABOVE = b"\x05\x00\x03\x2b", b"\x05\x00\x03\x91"
WIDE, BEHIND = b"\x06\x08\x04\x91\xa2", b"\x0a\x0a\x02\x00\x01\x08\x04\x91\xa3"
TORN = _coded("B" * 66 + "😂 ok")

CASES = (
    Case("ASCII", (b"Hello",), "Hello"),
    Case("the centre's alphabet", (b"a\x00b \x05 \x1be",), "a@b é €"),
    Case("Latin 1", (b"caf\xe9",), "café", LATIN),
    Case("Cyrillic", (_coded("Код"),), "Код", UCS2),
    Case("Chinese", (_coded("密码"),), "密码", UCS2),
    Case("emoji", (_coded("😂 ok"),), "😂 ok", UCS2),
    Case("binary", (b"\x00\xff\x80",), "00ff80", BINARY, flags=("binary",)),
    Case("shown at once", (b"Read me",), "Read me", 0x10),
    Case("shown at once, UCS-2", (_coded("Читай"),), "Читай", 0x18),
    Case("byte order mark", (b"\xff\xfe" + "mark".encode("utf-16-le"),), "mark", UCS2),
    Case("reference below 128", _in_parts(BELOW, b"See you at ", b"seven"), "See you at seven", stated=True),
    Case("reference above 127", _in_parts(ABOVE, b"See you at ", b"eight"), "See you at eight", stated=True),
    Case("reference of 16 bits", _in_parts(WIDE, b"See you at ", b"nine"), "See you at nine", stated=True),
    Case("behind another element", _in_parts(BEHIND, b"See you at ", b"ten"), "See you at ten", stated=True),
    Case(
        "long",
        _in_parts(b"\x05\x00\x03\xc1", *(LONG[at : at + 153].encode() for at in range(0, len(LONG), 153))),
        LONG,
        stated=True,
    ),
    Case(
        "torn character",
        _in_parts(b"\x05\x00\x03\xd8", TORN[:134], TORN[134:]),
        TORN.decode("utf-16-be"),
        UCS2,
        True,
    ),
    Case("header in the text", _in_parts(b"\x05\x00\x03\x93", b"Hel", b"lo"), "Hello"),
    Case(
        "header in the text, UCS-2",
        _in_parts(b"\x05\x00\x03\x94", _coded("Ко"), _coded("д")),
        "Код",
        UCS2,
    ),
)
