"""Captured messages and projects in the API's requests and answers."""

from typing import Annotated, Any, Literal

from pydantic import Field

from inbox.api.pagination import PageFilter
from inbox.api.schemas import E164, Filter, Input, Output
from inbox.messages.matching import LONGEST_SENDER
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import LONGEST_URL
from inbox.sandbox.mischief import Effects
from inbox.text.patterns import LONGEST as LONGEST_PATTERN

Carrier = Literal[*CARRIERS]  # type: ignore[valid-type]
Name = Annotated[str, Field(max_length=40, description="The project; without it, the key's or `default`")]
Address = Annotated[str, Field(min_length=1, max_length=LONGEST_SENDER, examples=["+61491570157"])]
Url = Annotated[
    str, Field(max_length=LONGEST_URL, pattern=r"^https?://", examples=["http://127.0.0.1:5000/sms"])
]


class MessageFilter(Filter):
    """Which messages are meant; what is left out does not matter."""

    project: Name = ""
    sender: str = Field("", alias="from", max_length=LONGEST_SENDER)
    to: str = Field("", max_length=LONGEST_SENDER)
    carrier: str = Field("", max_length=16, examples=["twilio"])
    require: Literal["code"] | None = Field(None, description="`code`: only messages with a one-time code")


class MessagePageFilter(MessageFilter, PageFilter):
    """The same, by page."""


class WaitFilter(Filter):
    """What is waited for."""

    project: Name = ""
    sender: str = Field("", alias="from", max_length=LONGEST_SENDER)
    to: str = Field("", max_length=LONGEST_SENDER)
    match: str = Field(
        "", max_length=LONGEST_PATTERN, description="An RE2 pattern that is searched in the text"
    )
    require: Literal["code"] | None = Field(None, description="`code`: only messages with a one-time code")
    after: int | None = Field(None, ge=0, lt=2**63, description="Only messages after this id")
    timeout: float = Field(55, ge=0, le=55, description="Seconds to wait")


class FoundCode(Output):
    """The one-time code that was found in a message."""

    value: str = Field(examples=["482913"])
    confidence: float
    reason: str
    expires_at: str = Field(description="When its message is forgotten")


class CallbackOut(Output):
    """A callback to the program, and its answer."""

    state: str = Field(description="What the program is told", examples=["delivered"])
    method: str = Field(examples=["POST"])
    url: str
    headers: dict[str, str]
    body: str
    at: str | None = Field(description="When it was made; null: not yet")
    status: int = Field(description="Of the answer; 0 without one")
    answer: str = Field(description="The beginning of the answer")
    note: str = Field(description="Why there was no answer, or what is wrong with it")
    ms: int


class CapturedOut(Output):
    """A captured message."""

    id: int = Field(description="Ids rise in order of arrival")
    project: str
    carrier: str
    carrier_id: str = Field(description="The id that the program got from its carrier")
    number: str = Field(description="Of the phone: the recipient of what a program sent")
    direction: Literal["in", "out"] = Field(description="As the program sees it: `out` was sent by it")
    sender: str = Field(alias="from", examples=["ACME"])
    to: str
    body: str
    received_at: str = Field(examples=["2026-11-22T10:00:00.000Z"])
    state: str = Field(examples=["delivered"])
    error: str = Field(description="The carrier's code for why it failed")
    segments: int
    encoding: str = Field(examples=["GSM-7"])
    not_gsm: list[str] = Field(description="The characters that make it UCS-2")
    code: FoundCode | None
    media: list[str]
    reply_to: int | None = Field(description="The id of the message that the program answered with this one")
    callbacks: list[CallbackOut]
    request: dict[str, Any] = Field(description="What the program asked, without its login")
    expires_at: str


class CapturedList(Output):
    """Captured messages, newest first."""

    messages: list[CapturedOut]
    next_cursor: str | None


class CapturedWait(Output):
    """The message, or null and what came meanwhile and did not match."""

    message: CapturedOut | None
    seen: list[CapturedOut]


class DeletedOut(Output):
    """How many messages were deleted."""

    deleted: int


class MediaIn(Input):
    """A file of a message to the program."""

    url: Url = Field(examples=["http://127.0.0.1:5000/cat.png"])
    content_type: str = Field("image/png", pattern=r"^[a-z]+/[a-z0-9.+-]+$", max_length=80)


class InboundIn(Input):
    """A message that a phone sends to the program, as its carrier would pass it on."""

    project: Name = ""
    carrier: Carrier = "twilio"
    sender: Address = Field(alias="from")
    to: Address = Field(description="The program's number")
    body: str = Field("", max_length=1600, examples=["STOP"])
    media: list[MediaIn] = Field([], max_length=10, description="An MMS's files")
    url: Url | None = Field(
        None, description="Where the program takes messages; without it, where the number or its service says"
    )


class CredentialOut(Output):
    """A login at a captured carrier."""

    login: str = Field(description="The account SID, key or whatever the carrier calls it")
    secrets: dict[str, Any]
    callback_url: str = Field(
        description="Where the carrier calls your program, if neither message nor API says so"
    )


class RuleIn(Input):
    """To which sends what happens, and how often."""

    carrier: str = Field("", max_length=16, description="Empty: any", examples=["twilio"])
    recipient: str = Field("", max_length=64, description="`*` is any text; empty: any", examples=["+1415*"])
    chance: float = Field(1.0, ge=0, le=1, description="How likely it happens to each send that it fits")
    times: int | None = Field(
        None, ge=1, lt=2**31, description="How often at most; null: always", examples=[2]
    )
    seed: int = Field(0, ge=0, lt=2**63, description="The same seed and the same sends: the same luck")
    effects: Effects


class NamedRuleIn(RuleIn):
    """A rule with its name."""

    name: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", examples=["busy"])]


class RuleOut(Output):
    """A rule."""

    name: str = Field(examples=["busy"])
    carrier: str
    recipient: str
    chance: float
    times: int | None
    seed: int
    effects: Effects
    seen: int = Field(description="The sends that it fitted")
    done: int = Field(description="The sends that it happened to")


class ProjectOut(Output):
    """A project of the sandbox."""

    name: str
    local: bool = Field(description="Its credentials work from the server's own machine only")
    retention_hours: float
    numbers: list[str] = Field(description="Numbers that it may send from; empty: any")
    origins: list[str] = Field(description="Where its callbacks may go")
    credentials: dict[str, CredentialOut] = Field(description="By carrier")
    mischief: list[RuleOut] = Field(description="Its rules, in the order in which they are tried")


class ProjectChange(Input):
    """What to change; what is left out stays."""

    retention_hours: float | None = Field(None, ge=1, le=720, examples=[48])
    numbers: list[E164] | None = Field(None, max_length=100)
    origins: list[Annotated[str, Field(max_length=200, examples=["https://app.example.org"])]] | None = Field(
        None, max_length=20
    )
    mischief: list[NamedRuleIn] | None = Field(None, max_length=50, description="All rules; they count anew")
    callbacks: dict[Carrier, Url | Literal[""]] | None = Field(
        None, description="`callback_url` by carrier; an empty one for none"
    )


class ProjectFilter(Filter):
    """Which project is meant."""

    project: Name = ""


class RuleList(Output):
    """Rules, in the order in which they are tried."""

    rules: list[RuleOut]
