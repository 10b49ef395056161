"""What adapters share when they read payloads: JSON, numbers, times and counts in our form."""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import orjson
import phonenumbers

from numbers.carriers.errors import Unparsable
from numbers.carriers.messages import Inbound, Media
from tempsms.lib import metrics

logger = logging.getLogger(__name__)
Item = TypeVar("Item")
Event = TypeVar("Event")

LONGEST_REF = 128
LONGEST_NAME = 64
_TEXTS = frozenset(
    {"body", "caption", "content", "data", "message", "messagebody", "messages", "subject", "text", "value"}
)
_MOST_DIGITS, _FEWEST_DIGITS = 15, 7  # ITU-T E.164 6.2.1; the fewest are of small islands


def json_object(body: bytes, *, strict: bool = False) -> dict[str, Any]:
    """The body as a JSON object; raises `Unparsable`. `strict` is for what a signature is checked on."""
    found = json_value(body, strict=strict)
    if not isinstance(found, dict):
        raise Unparsable("the body is not a JSON object")
    return found


def json_value(body: bytes, *, strict: bool = False) -> Any:
    """The body as JSON; raises `Unparsable`. A character that JSON or Unicode forbids is left in the text it is in."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if strict:
            raise Unparsable("the body is not JSON") from None
    try:
        # orjson refuses a control character or a lone surrogate
        # that JSON forbids; Python's reader keeps the rest
        text = body.decode("utf-8", "surrogateescape")
        return json.loads(text, strict=False, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unparsable("the body is not JSON") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # Python reads NaN and Infinity, which JSON does not have


def each(items: Iterable[Item], read: Callable[[Item], Event | None]) -> list[Event]:
    """The event of each item of a batch; raises `Unparsable`, which holds those that could be read."""
    found: list[Event] = []
    errors: list[Unparsable] = []
    for item in items:
        try:
            event = read(item)
        except Unparsable as error:
            errors.append(error)
            found += error.readable
        else:
            found += [] if event is None else [event]
    if errors:
        raise Unparsable(f"{len(errors)} of the batch: {errors[0]}", found)
    return found


def listed(items: Iterable[Item], read: Callable[[Item], Event]) -> Iterator[Event]:
    """The readable items of a carrier's log; our own log reports the others."""
    for item in items:
        try:
            yield read(item)
        except Unparsable as error:
            logger.warning("a listed message cannot be read: %s", error)
            yield from error.readable


def objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list; anything else in it, and anything but a list, is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def nested(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object under a name; an empty one where there is none."""
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def media(listed: object) -> tuple[Media, ...]:
    """Files listed as `{"url", "content_type"}`."""
    return tuple(
        Media(item["url"], text(item, "content_type"))
        for item in objects(listed)
        if isinstance(item.get("url"), str)
    )


def understood(message: Inbound, payload: Mapping[str, Any], *names: str) -> Inbound:
    """The message, if it has a file or one of these fields of the text is there, be it empty.

    Raises `Unparsable` otherwise, with the message as readable: its text may be in a field that we do not know.
    """
    if message.media or any(isinstance(payload.get(name), str) for name in names):
        return message
    raise Unparsable(f"no {names[0]}", [message])


def with_subject(subject: str, body: str) -> str:
    """The subject of an MMS, then its text; once if they are the same."""
    return "\n".join(dict.fromkeys(line for line in (subject, body) if line))


def unknown_kind(carrier: str, kind: str, payload: object) -> None:
    """Count an event of a kind that the adapter does not know, and log its name once.

    Raises `Unparsable`, so that the request is kept, if the event carries a text.
    """
    metrics.UNKNOWN_EVENTS.labels(carrier).inc()
    name = kind[:LONGEST_NAME]
    _log_once(carrier, name)
    if carries_text(payload):
        raise Unparsable(f"unknown kind of event: {name!r}")


@lru_cache(maxsize=1000)
def _log_once(carrier: str, kind: str) -> None:
    logger.warning("%s sends events of an unknown kind: %r", carrier, kind)


def carries_text(value: object) -> bool:
    """Whether JSON may hold what a person wrote: a field of such a name, or anything with a space in it."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        name, item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.items()
        elif isinstance(item, list):
            waiting += [(name, one) for one in item]
        elif isinstance(item, str) and item and (name.lower() in _TEXTS or " " in item.strip()):
            return True
    return False


def base64_as_hex(text: str) -> str:
    """Binary content in hex; invalid base64 is returned unchanged."""
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return text


def needed(payload: Mapping[str, Any], *names: str, longest: int = LONGEST_NAME) -> str:
    """The first of these fields that holds text or a whole number; raises `Unparsable` without one."""
    for name in names:
        value = payload.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value:
            if len(value) > longest:
                raise Unparsable(f"{name} is longer than {longest} characters")
            return value
    raise Unparsable(f"no {names[0]}")


def text(payload: Mapping[str, Any], *names: str, longest: int = 0) -> str:
    """The first of these fields that holds text, or an empty string; cut to `longest` characters if that is given."""
    value = next(
        (payload[name] for name in names if isinstance(payload.get(name), str) and payload[name]), ""
    )
    return value[:longest] if longest else value


def flat(payload: Mapping[str, Any]) -> dict[str, str]:
    """An object's texts and whole numbers by name, as a form has them."""
    return {
        name: str(value)
        for name, value in payload.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }


def names(listed: object) -> frozenset[str]:
    """The names in a list, such as those of capabilities, in lower case; an empty set for anything but a list."""
    return frozenset(str(name).lower() for name in listed) if isinstance(listed, list) else frozenset()


def word(value: object) -> str:
    """A code as text, whether the carrier wrote it as a number or as text; empty for anything else."""
    return str(value)[:LONGEST_NAME] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def address(number: str) -> str:
    """A number or name as the carrier wrote it; MMS has a type behind it (WAP-209 8.2: `+447700900456/TYPE=PLMN`)."""
    return number.partition("/")[0] if "/TYPE=" in number.upper() else number


@lru_cache(maxsize=4096)
def phone(number: str) -> str:
    """E.164 with the plus, where the carrier leaves it out.

    What cannot be one stays as it came: short codes and letters, national forms and 00 in front (zeros), and
    the long numbers that services send from.
    """
    number = address(number)
    digits_alone = number.isascii() and number.isdigit() and not number.startswith("0")
    if not (digits_alone and _FEWEST_DIGITS <= len(number) <= _MOST_DIGITS):
        return number
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return number
    # China's service numbers begin with 106: as long as a number in country 1, where no area code begins with 0
    service = number.startswith("10")
    return f"+{number}" if phonenumbers.is_possible_number(parsed) and not service else number


def digits(number: str) -> str:
    """Without the plus, for carriers that write numbers so."""
    return number.removeprefix("+")


def time(value: object) -> datetime | None:
    """An ISO 8601 time; without a zone it is UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is None:
            return None
        # Vonage, Plivo, Sinch and Kannel write times without a zone, all in UTC
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unix_time(value: object, per_second: int = 1) -> datetime | None:
    """A time in seconds (or parts of them) since 1970 UTC; None for anything else."""
    try:
        return (
            datetime.fromtimestamp(float(value) / per_second, UTC) if isinstance(value, int | str) else None
        )
    except (ValueError, OverflowError, OSError):
        return None


def count(value: object) -> int:
    """A number of segments; 0 for anything that is not a number from 0 to 999."""
    written = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(written) if len(written) < 4 and written.isascii() and written.isdigit() else 0
