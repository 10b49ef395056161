"""What adapters share when they read what a carrier says: JSON, numbers, times and counts in our form."""

import base64
import binascii
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson

from numbers.carriers.base import Media
from numbers.carriers.errors import Unparsable
from numbers.carriers.signing import MAX_FIELDS

logger = logging.getLogger(__name__)
Item = TypeVar("Item")
Event = TypeVar("Event")

LONGEST_REF = 128
_ESCAPED = "surrogateescape"
LONGEST_NAME = 64


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; raises `Unparsable`."""
    found = json_value(body)
    if not isinstance(found, dict):
        raise Unparsable("the body is no JSON object")
    return found


def json_value(body: bytes) -> Any:
    """The body as JSON; raises `Unparsable`, also for text that is no Unicode."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unparsable("the body is no JSON") from None


def each(items: Iterable[Item], read: Callable[[Item], Event | None]) -> list[Event]:
    """What each item of a batch says; raises `Unparsable`, which holds what could be read beside the rest."""
    found: list[Event] = []
    troubles: list[str] = []
    for item in items:
        try:
            event = read(item)
        except Unparsable as error:
            troubles.append(str(error))
        else:
            found += [] if event is None else [event]
    if troubles:
        raise Unparsable(f"{len(troubles)} of the batch: {troubles[0]}", found)
    return found


def listed(items: Iterable[Item], read: Callable[[Item], Event]) -> Iterator[Event]:
    """What each item of a carrier's log says; one that cannot be read is told in our log and left out."""
    for item in items:
        try:
            yield read(item)
        except Unparsable as error:
            logger.warning("a listed message cannot be read: %s", error)


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
    """The same as text, bytes that are no UTF-8 as surrogates: encoded with `surrogateescape` it is what was signed."""
    pairs = every_pair(form)
    return [(name.decode(errors=_ESCAPED), value.decode(errors=_ESCAPED)) for name, value in pairs]


def encode_signed(text: str) -> bytes:
    """The bytes of what `signed_pairs` gave, joined in some way."""
    try:
        return text.encode(errors=_ESCAPED)
    except UnicodeEncodeError:  # a surrogate that stands for no byte
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


def objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list; anything else in it, and anything but a list, is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def nested(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object under a name; an empty one where there is none."""
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def media(listed: object) -> tuple[Media, ...]:
    """Files listed as `{"url", "content_type"}`."""
    return tuple(
        Media(item["url"], text(item, "content_type"))
        for item in objects(listed)
        if isinstance(item.get("url"), str)
    )


def base64_as_hex(text: str) -> str:
    """Binary content in hex; what is no base64 stays as it is."""
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return text


def needed(said: Mapping[str, Any], *names: str, longest: int = LONGEST_NAME) -> str:
    """The first of these fields that holds text or a whole number; raises `Unparsable` without one."""
    for name in names:
        value = said.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value:
            if len(value) > longest:
                raise Unparsable(f"{name} is longer than {longest} characters")
            return value
    raise Unparsable(f"no {names[0]}")


def text(said: Mapping[str, Any], *names: str, longest: int = 0) -> str:
    """The first of these fields that holds text, or an empty string; cut to `longest` characters if that is given."""
    value = next((said[name] for name in names if isinstance(said.get(name), str) and said[name]), "")
    return value[:longest] if longest else value


def word(value: object) -> str:
    """A code as text, whether the carrier wrote it as a number or as text; empty for anything else."""
    return str(value)[:LONGEST_NAME] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def phone(number: str) -> str:
    """E.164 with the plus, where the carrier leaves it out; short codes and letters stay as they are."""
    return "+" + number if number.isascii() and number.isdigit() and len(number) > 6 else number


def digits(number: str) -> str:
    """Without the plus, for carriers that write numbers so."""
    return number.removeprefix("+")


def time(value: object) -> datetime | None:
    """An ISO 8601 time; without a zone it is UTC, and anything else is no time."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unix_time(value: object, per_second: int = 1) -> datetime | None:
    """A time in seconds (or parts of them) since 1970 UTC; anything else is no time."""
    try:
        return (
            datetime.fromtimestamp(float(value) / per_second, UTC) if isinstance(value, int | str) else None
        )
    except (ValueError, OverflowError, OSError):
        return None


def count(value: object) -> int:
    """A number of segments; 0 for what is none, or is not from 0 to 999."""
    written = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(written) if len(written) < 4 and written.isascii() and written.isdigit() else 0


def money(value: object) -> Decimal | None:
    """An amount of money of zero or more; None for what is none."""
    try:
        found = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and found >= 0 else None
