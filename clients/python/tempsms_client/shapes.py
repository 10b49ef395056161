"""What the server answers, as typed objects. Fields of newer servers are left out; `raw` has everything."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Code:
    """A one-time code, and when the server will have forgotten it."""

    value: str
    expires_at: datetime


@dataclass(frozen=True)
class Message:
    """A message to a number; `sender` and `body` are empty where only codes were asked for."""

    id: int
    number: str
    sender: str
    body: str
    code: Code | None
    received_at: datetime
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class Captured(Message):
    """A message in a sandbox: `number` is that of the phone. What a program sent has the direction `out`."""

    carrier: str
    direction: str
    recipient: str
    state: str
    error: str


@dataclass(frozen=True)
class Number:
    """A number of the pool."""

    number: str
    country: str
    kind: str
    state: str
    available: bool
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class Rental:
    """A number that is yours from `begins_at` to `ends_at`; `link` is the address of its page, if one was asked for."""

    id: int
    number: str
    state: str
    begins_at: datetime
    ends_at: datetime
    link: str | None
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class Claim:
    """A wish for one message of a number that others use too: nobody else gets that message."""

    id: str
    number: str
    expires_at: datetime
    raw: Json = field(repr=False)


Found = TypeVar("Found", bound=Message)


@dataclass(frozen=True)
class WaitResult(Generic[Found]):
    """What a wait ended with: a message, or those that came and did not match."""

    message: Found | None
    seen: list[Found]


def read_code(given: Json) -> Code:
    """A code."""
    return Code(given["value"], _read_time(given["expires_at"]))


def read_message(given: Json) -> Message:
    """A message, whole or only its code."""
    return Message(
        given["id"],
        given["number"],
        given.get("from", ""),
        given.get("body", ""),
        read_code(given["code"]) if given["code"] else None,
        _read_time(given["received_at"]),
        given,
    )


def parse_message(text: str) -> Message:
    """A message of a stream."""
    return read_message(json.loads(text))


def read_captured(given: Json) -> Captured:
    """A message in a sandbox."""
    return Captured(
        given["id"],
        given["number"],
        given["from"],
        given["body"],
        read_code(given["code"]) if given["code"] else None,
        _read_time(given["received_at"]),
        given,
        given["carrier"],
        given["direction"],
        given["to"],
        given["state"],
        given["error"],
    )


def parse_captured(text: str) -> Captured:
    """A message of a sandbox's stream."""
    return read_captured(json.loads(text))


def read_number(given: Json) -> Number:
    """A number."""
    return Number(given["number"], given["country"], given["kind"], given["state"], given["available"], given)


def read_rental(given: Json) -> Rental:
    """A rental."""
    link = given.get("link")
    times = _read_time(given["begins_at"]), _read_time(given["ends_at"])
    return Rental(given["id"], given["number"], given["state"], *times, link and link["url"], given)


def read_claim(given: Json) -> Claim:
    """A claim."""
    return Claim(given["id"], given["number"], _read_time(given["expires_at"]), given)


def read_wait_result(given: Json) -> WaitResult[Message]:
    """The outcome of a wait."""
    message = given["message"]
    return WaitResult(
        read_message(message) if message else None, [read_message(one) for one in given["seen"]]
    )


def read_captured_wait_result(given: Json) -> WaitResult[Captured]:
    """The outcome of a wait in a sandbox."""
    message = given["message"]
    return WaitResult(
        read_captured(message) if message else None, [read_captured(one) for one in given["seen"]]
    )


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
