"""Forms and queries as they came: as what was signed, byte by byte, or as text."""

from urllib.parse import parse_qsl

from numbers.carriers.errors import Unparsable
from numbers.carriers.toolkit.signatures import MAX_FIELDS

_ESCAPED = "surrogateescape"


def query(url: str) -> bytes:
    """The query of an address, as the bytes that came."""
    text = url.partition("#")[0].partition("?")[2]
    try:
        return text.encode("latin-1")  # a server reads the bytes of a request line so
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def every_pair(form: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values of a form or query, in order, undecoded, however many: to see what was signed."""
    pairs = parse_qsl(form.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def signed_pairs(form: bytes) -> list[tuple[str, str]]:
    """The same as text, invalid UTF-8 as surrogates: encoded with `surrogateescape` it is what was signed."""
    pairs = every_pair(form)
    return [(name.decode(errors=_ESCAPED), value.decode(errors=_ESCAPED)) for name, value in pairs]


def encode_signed(text: str) -> bytes:
    """The bytes of what `signed_pairs` gave, joined in some way."""
    try:
        return text.encode(errors=_ESCAPED)
    except UnicodeEncodeError:  # a surrogate that does not represent a byte
        return text.encode(errors="replace")


def raw_pairs(form: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values, undecoded; raises `Unparsable` for too many."""
    if form.count(b"&") >= MAX_FIELDS:
        raise Unparsable("too many fields")
    return every_pair(form)


def pairs(form: bytes) -> list[tuple[str, str]]:
    """The same as text; raises `Unparsable` for what is not UTF-8."""
    try:
        return [(name.decode(), value.decode()) for name, value in raw_pairs(form)]
    except UnicodeDecodeError:
        raise Unparsable("the form is not UTF-8") from None
