"""What readers see of a message. Strangers: private numbers and addresses redacted, hosts readable, nothing
invisible. Whoever rents the number: everything that can be seen.

Only the view is changed; what is stored stays as it came. One-time codes are never touched. Links stay text: a host
with letters beyond ASCII is shown as the network knows it (punycode, RFC 3492), so that a look-alike looks different.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import idna
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from inbox.messages.sealed_text import DOT
from inbox.text.invisible import IGNORABLE

Span = tuple[int, int]
Change = Callable[[str], str]

_BUSINESS = (
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.UAN,
)
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
# marks that reorder, join or hide: bidi (UAX 9), zero width, soft hyphen, invisible operators, tags
_HIDDEN = (
    r"\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_JOINERS = (
    r"(?<=[!-~])[\u200c\u200d]|[\u200c\u200d](?=[!-~])"  # emoji and Indic or Persian words need the others
)
_INVISIBLE = re.compile(rf"[{_CONTROLS}{_HIDDEN}]|{_JOINERS}")
_NEW_LINES = re.compile(r"\r\n?|[\u2028\u2029\x85]")

# China's numbers of services; with more digits than E.164 has, no plan can take it for a person's
_SERVICE = re.compile(r"106[0-9]{13,}")
_SUSPECT = re.compile(r"[^\x20-\x7e\n]|@|\d(?:[^\da-zA-Z]{0,3}\d){6}")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@(?=[\w-]{1,63}\.[\w-])")
# spaces, dots, dashes, slashes, brackets, in the forms of all scripts; no comma or colon: sums and times have them
_GAP = (
    r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000.\u00b7\u2024\u2027\u30fb\uff65\uff0e"
    r"\-\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d\u30fc\uff70~\u301c\uff5e_\uff3f|"
    rf"/\u2044\u2215\uff0f()\[\]\uff08\uff09\uff3b\uff3d{IGNORABLE}]{{0,3}}"
)
_PHONE = re.compile(
    r"(?P<date>(?<!\w)(?:\d{4}([-./])\d{1,2}\2\d{1,2}|\d{1,2}([-./])\d{1,2}\3\d{4})(?!\w))"
    rf"|(?<![\w{DOT}])(?P<number>(?:[+\uff0b\ufe62] ?)?[(\uff08]?\d(?:{_GAP}\d){{6,18}})(?![\w{DOT}])"
)
_DOTTED = re.compile(r"\w\.\w")
_LETTERS = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(
    rf"(?P<scheme>://(?:[^\s/@]{{1,64}}@)?)?(?P<host>(?:{_LETTERS}\.){{1,8}}(?P<top>{_LETTERS}))(?P<path>/)?"
)
_TOPS = {
    "com",
    "net",
    "org",
    "info",
    "biz",
    "io",
    "co",
    "me",
    "app",
    "dev",
    "xyz",
    "online",
    "site",
    "shop",
    "top",
}
_TOPS |= {"club", "live", "link", "click", "ru", "cn", "de", "uk", "eu", "рф"}


def shown_text(text: str, codes: Iterable[Span] = ()) -> str:
    """Redact phone numbers of 9 digits and more, and e-mail addresses; linear in the text."""
    return shown_in_view(text, codes, redact)[0]


def shown_in_view(text: str, spans: Iterable[Span], change: Change) -> tuple[str, dict[Span, Span]]:
    """Change the text except in `spans`; return it and where each of them is then. Linear in the text."""
    if not _SUSPECT.search(text):
        return text, {span: span for span in spans}
    parts: list[str] = []
    places: dict[Span, Span] = {}
    at = length = 0
    for start, end in spans:
        if _is_inside_number(text, start, end):
            continue
        parts += [change(text[at:start]), visible(text[start:end])]
        begun = length + len(parts[-2])
        length = begun + len(parts[-1])
        places[start, end] = begun, length
        at = end
    return "".join(parts) + change(text[at:]), places


def _is_inside_number(text: str, start: int, end: int) -> bool:
    """Whether a span is a piece of a longer number: older versions cut codes out of phone numbers, too."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (before.isdigit() and text[start].isdigit()) or (after.isdigit() and text[end - 1].isdigit())


@lru_cache(maxsize=4096)
def shown_sender(sender: str) -> str:
    """Return a sender as strangers see it: +44 7••• ••0123; names, short codes and businesses' free numbers whole."""
    digits = sender.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) > 6):
        return shown_text(visible(sender))
    if not sender.startswith("+"):
        return sender if _SERVICE.fullmatch(sender) else _redact_digits(sender, 1)
    try:
        number = phonenumbers.parse(sender)
    except phonenumbers.NumberParseException:
        return _redact_digits(sender, 3)
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    if _is_business(number):
        return written
    return _redact_digits(written, len(str(number.country_code)) + 1)


def _is_business(number: PhoneNumber) -> bool:
    """Whether a number is one of those that businesses have, which hardly any is: most are told by one pattern."""
    patterns = _business_numbers(number.country_code or 0)
    return (
        patterns.fullmatch(phonenumbers.national_significant_number(number)) is not None
        and phonenumbers.number_type(number) in _BUSINESS
    )


@cache  # by country codes
def _business_numbers(country_code: int) -> re.Pattern[str]:
    """Return what the national numbers of all businesses with a country code match, and perhaps others."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ())
    plans = (PhoneMetadata.metadata_for_region_or_calling_code(country_code, region) for region in regions)
    kinds = (
        kind
        for plan in plans
        if plan is not None
        for kind in (plan.toll_free, plan.shared_cost, plan.premium_rate, plan.uan)
    )
    patterns = {kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern}
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)) or r"(?!)")


def visible(text: str) -> str:
    """Return a text without characters that reorder, hide or control; line ends become line feeds."""
    if text.isprintable() and text.isascii():
        return text
    return _INVISIBLE.sub("", _NEW_LINES.sub("\n", text))


def redact(text: str) -> str:
    """Return a text without codes as strangers see it."""
    text = visible(text)
    if not text.isascii() and _DOTTED.search(text):
        text = _HOST.sub(_encode_host, text)
    if "@" in text:
        text = _EMAIL.sub(lambda found: f"{found[0][0]}{DOT * 3}@", text)
    return _PHONE.sub(_redact_phone, text)


def _redact_phone(found: re.Match[str]) -> str:
    written = found["number"]
    if written is None:
        return found[0]
    digits = "".join(str(unicodedata.decimal(char)) for char in written if char.isdecimal())
    if written[0] in "+\uff0b\ufe62" or digits.startswith("00"):
        significant = digits.removeprefix("00")
        lead = len(digits) - len(significant) + _country_code(significant) + 1
        return _redact_digits(written, lead) if len(significant) > 7 else written
    return _redact_digits(written, 1) if len(digits) > 8 else written


def _country_code(digits: str) -> int:
    """Return how many digits the country code has."""
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((n for n in (1, 2, 3) if int(digits[:n]) in known), 2)


def _redact_digits(written: str, lead: int) -> str:
    """Replace all digits but the first `lead` and the last four (two of a short number) by dots."""
    total = sum(map(str.isdecimal, written))
    tail = 4 if total - lead > 7 else 2
    shown: list[str] = []
    seen = 0
    for character in written:
        seen += character.isdecimal()
        hidden = character.isdecimal() and lead < seen <= total - tail
        shown.append(DOT if hidden else character)
    return "".join(shown)


def _encode_host(found: re.Match[str]) -> str:
    """Return a host in punycode, if it is one: after a scheme, before a path, or under a usual top-level domain."""
    host = found["host"]
    is_host = found["scheme"] or found["path"] or found["top"].lower() in _TOPS
    if host.isascii() or not is_host:
        return found[0]
    return f"{found['scheme'] or ''}{'.'.join(map(_encode_label, host.split('.')))}{found['path'] or ''}"


def _encode_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return idna.encode(label, uts46=True).decode()
    except idna.IDNAError:  # no browser opens it, but its look must not deceive either
        return f"xn--{label.encode('punycode').decode()}"
