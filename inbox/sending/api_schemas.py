"""Messages that are sent, in the API's requests and answers."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from inbox.api.schemas import E164, Input, Moment, Output

LONGEST_BODY = 1600
MOST_FILES = 10
_EXAMPLE: JsonDict = {"to": "+14155550199", "body": "Your table is ready", "from": "+15005550006"}


def _refuse_control(text: str) -> str:
    if any(ord(char) < 32 and char not in "\n\r\t" for char in text):
        raise ValueError("must not have control characters")
    return text


Body = Annotated[str, AfterValidator(_refuse_control), Field(max_length=LONGEST_BODY)]
SenderText = Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{2,14}|[A-Za-z0-9 ]{1,11})$")]


class OutgoingIn(Input):
    """A message to send."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    to: E164
    body: Body = Field(default="", examples=["Your table is ready"])
    sender: SenderText | None = Field(
        default=None,
        alias="from",
        description="A number of yours, or a name that a route has; without it one is chosen, the same for a recipient",
        examples=["+15005550006"],
    )
    media: list[Annotated[str, Field(pattern=r"^https://[^\s/]+/\S*$", max_length=500)]] = Field(
        default=[], max_length=MOST_FILES, description="Addresses of files, which the carrier fetches"
    )
    send_at: Moment | None = Field(default=None, description="When to send it; at most 35 days ahead")
    valid_for: int = Field(
        default=14_400, ge=10, le=172_800, description="Seconds after which it is not sent any more"
    )


class PreviewIn(Input):
    """A message whose size and price are asked for."""

    to: E164
    body: Body = Field(examples=["Price: 5 €…"])
    sender: SenderText | None = Field(
        default=None,
        alias="from",
        description="A number of yours, or a name that a route has; without it one is chosen, the same for a recipient",
        examples=["+15005550006"],
    )


class ForcingOut(Output):
    """A character that makes a text UCS-2."""

    character: str = Field(examples=["…"])
    replacement: str | None = Field(description="In GSM-7; null: there is none", examples=["..."])


class PriceOut(Output):
    """What a message is expected to cost from a sender."""

    sender: str = Field(alias="from", examples=["+15005550006"])
    carrier: str = Field(examples=["twilio"])
    price: str = Field(examples=["0.0158"])
    currency: str = Field(examples=["USD"])


class PreviewOut(Output):
    """The size and the expected price of a message; nothing is sent."""

    encoding: str = Field(examples=["UCS-2"])
    segments: int
    units: int = Field(description="Septets, or UTF-16 code units")
    forcing: list[ForcingOut]
    country: str | None = Field(examples=["US"])
    prices: list[PriceOut] = Field(description="The cheapest first")


class FailureOut(Output):
    """Why a message was not sent or delivered."""

    code: str | None = Field(description="The carrier's, or ours", examples=["30003"])
    detail: str = Field(examples=["unreachable handset"])


class MediaOut(Output):
    """A file of a sent message."""

    content_type: str | None
    url: str = Field(examples=["https://example.org/map.png"])


State = Literal[
    "scheduled",
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "uncertain",
    "canceled",
    "expired",
]


class OutgoingOut(Output):
    """A message that you had sent. `body` is empty once it is forgotten, after 30 days."""

    id: int = Field(description="Ids rise in order of acceptance")
    number: str | None = Field(description="Our number that it comes from; null for a name")
    direction: Literal["out"]
    sender: str = Field(alias="from", examples=["+15005550006"])
    to: str = Field(examples=["+14155550199"])
    body: str = Field(examples=["Your table is ready"])
    received_at: Moment = Field(description="When it was accepted")
    segments: int
    encoding: str = Field(examples=["GSM-7"])
    code: None
    flags: list[str]
    media: list[MediaOut]
    state: State = Field(description="`uncertain`: it may have been sent, and is not sent again")
    error: FailureOut | None
    price: str = Field(examples=["0.0079"])
    currency: str = Field(examples=["USD"])
    price_is_final: bool = Field(description="Whether the carrier has reported it")
    send_at: Moment | None
    valid_until: Moment
    sent_at: Moment | None


class OutgoingList(Output):
    """A page of sent messages, the newest first."""

    messages: list[OutgoingOut]
    next_cursor: str | None


class ReceiptOut(Output):
    """A delivery report, as the carrier told it."""

    status: str = Field(examples=["delivered"])
    word: str | None = Field(description="The carrier's own word", examples=["delivered"])
    error_code: str | None = Field(examples=["30003"])
    at: Moment | None = Field(description="By the carrier's clock")
    received_at: Moment


class ReceiptList(Output):
    """A message's receipts, in the order in which they came."""

    receipts: list[ReceiptOut]


def describe_forcing(found: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """The characters that force UCS-2, with what may replace them."""
    return [{"character": char, "replacement": other} for char, other in found]
