"""What adapters share when they check signatures: forms as they were signed, and several secrets at once."""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from numbers.carriers.contract import Request
from numbers.carriers.toolkit import addresses

MAX_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Form:
    """A decoded `application/x-www-form-urlencoded` body.

    `values` holds the last value of each name. `signed` holds every reading of the form that a signer may have
    seen, as names and values in sorted order: one as a rule, two when `clean` is false, that is when the form is
    not UTF-8 (with U+FFFD in place of what is wrong, as web frameworks read it, and the bytes as they came).
    """

    values: Mapping[str, str]
    signed: tuple[bytes, ...]
    clean: bool = True


@lru_cache(maxsize=8)  # verify and parse read the same body, one right after the other
def form(body: bytes) -> Form:
    """Decode a form once, however many fields it has: what was signed is for `verify` to judge."""
    fields = body.replace(b"+", b" ").decode(errors="surrogateescape").split("&")
    pairs = [
        (name, _unquote_text(value) if "%" in value else value)
        for name, _, value in [field.partition("=") for field in fields]
    ]
    values = dict(pairs)
    if "%" in "".join(values):  # names are rarely quoted
        pairs = [(_unquote_text(name), value) for name, value in pairs]
        values = dict(pairs)
    try:
        return Form(values, (_join_values(values, pairs).encode(),))
    except UnicodeEncodeError:
        return Form(values, tuple(_readings_of_no_utf8(pairs)), clean=False)


def matches(given: str, expected: Iterable[bytes]) -> bool:
    """Whether the signature in a header is one of those expected, each compared in constant time."""
    raw = given.encode(errors="replace")
    return any(hmac.compare_digest(raw, one) for one in expected)


def spellings(request: Request) -> Iterator[str]:
    """Spellings of the URL that Twilio may have signed: with and without port, the query as it is or again.

    The validators of twilio-python and twilio-node try the ports; Node's also has ' as %27, as browsers write it, and
    tries the query as Node's older `querystring` writes it. A fragment is never sent, so never signed.
    """
    head, mark, query = request.url.partition("#")[0].partition("?")
    bases = _list_bases(head.replace("'", "%27"), request.header("host")[:255])
    usual = query.replace("'", "%27")
    for base in bases:
        yield base + mark + usual
    if query:
        encoded = urlencode(
            parse_qsl(query, keep_blank_values=True), errors="replace", quote_via=quote, safe="!'()*"
        )
        yield from (f"{base}?{encoded}" for base in bases if encoded != usual)


@lru_cache(maxsize=256)
def _list_bases(head: str, called_host: str) -> tuple[str, ...]:
    """The URL before its query, and without its port whichever that is, in all their spellings."""
    bare = re.sub(r"^(https?://[^/]*?):\d+(?=/|$)", r"\1", head)
    found = [*addresses.spellings_of(head, called_host), *addresses.spellings_of(bare, called_host)]
    return tuple(dict.fromkeys(found))


def _unquote_text(text: str) -> str:
    if text.startswith("%2B") and text[3:].isalnum():  # a phone number, as most quoted values are
        return "+" + text[3:]
    return unquote_to_bytes(text.encode(errors="surrogateescape")).decode(errors="surrogateescape")


def _join_values(values: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> str:
    """Names and values in a row, sorted by code point; a pair that comes twice counts once."""
    if len(values) == len(pairs):  # no name comes twice, as usual: half the work
        return "".join([name + values[name] for name in sorted(values)])
    return "".join([name + value for name, value in sorted(set(pairs))])


def _readings_of_no_utf8(pairs: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    replaced = [(_replace_surrogates(name), _replace_surrogates(value)) for name, value in pairs]
    yield _join_values(dict(replaced), replaced).encode()
    yield _join_values(dict(pairs), pairs).encode(errors="surrogateescape")


def _replace_surrogates(text: str) -> str:
    return text.encode(errors="surrogateescape").decode(errors="replace")
