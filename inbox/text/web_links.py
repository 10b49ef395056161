"""Finds web addresses in texts of strangers, as far as their looks do not deceive.

Only http and https, with a name that has a top-level domain: no login in it, no bare address of a machine, nothing that
browsers read in another way than we do (https://url.spec.whatwg.org). The host is given as the network knows it, in
punycode (RFC 3492), whatever the text looks like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import idna

_ADDRESS = re.compile(r"(?<![\w@])https?://[^\s<>\"“”«»]{4,2000}", re.IGNORECASE)
_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^/?#\\@:\[\]%]{4,253})(?P<port>:\d{1,5})?(?P<rest>(?:[/?#].*)?)", re.I
)
_TOP = re.compile(r"(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})\Z")
_AFTER = ".,;:!?…'’\"*_~|)]}>、。，！？）】」"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_KEPT = "/?#[]@!$&'(*+,;=:%-._~)"  # of RFC 3986; everything else is percent-encoded
_REDACTED = "•"


@dataclass(frozen=True, slots=True)
class WebLink:
    """A place in a text, where it leads, and to which host."""

    start: int
    end: int
    href: str
    host: str


def find(text: str) -> Iterator[WebLink]:
    """Find the addresses in a text, from left to right."""
    for found in _ADDRESS.finditer(text):
        written = _strip_punctuation(found[0])
        parts = _PARTS.fullmatch(written)
        host = _ascii_host(parts["host"]) if parts and _REDACTED not in written else ""
        if parts and host:
            rest = quote(parts["rest"], safe=_KEPT)
            href = f"{parts['scheme'].lower()}://{host}{parts['port'] or ''}{rest}"
            yield WebLink(found.start(), found.start() + len(written), href, host)


def _strip_punctuation(written: str) -> str:
    """An address without what belongs to the sentence around it; brackets that it opened itself stay."""
    while written and written[-1] in _AFTER:
        opening = _PAIRS.get(written[-1])
        if opening and written.count(opening) >= written.count(written[-1]):
            break
        written = written[:-1]
    return written


def _ascii_host(host: str) -> str:
    """Return the host in lower-case ASCII; empty if no name server could know it."""
    try:
        name = idna.encode(host.rstrip("."), uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""
    _, dot, top = name.rpartition(".")
    return name if dot and _TOP.match(top) else ""
