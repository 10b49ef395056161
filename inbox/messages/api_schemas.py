"""Messages in the API's requests and answers."""

from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from inbox.api.schemas import Output
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import LONGEST_SENDER
from inbox.messages.resource import as_resource

Fields = Annotated[
    Literal["code"] | None, Query(description="`code`: only id, number, time and code, without the text")
]
Sender = Annotated[
    str,
    Query(
        alias="from",
        max_length=LONGEST_SENDER,
        description="A sender: a name in any case, or a number however it is written",
        examples=["ACME"],
    ),
]


class CodeOut(Output):
    """The one-time code that was found in a message."""

    value: str = Field(description="Without separators, digits as ASCII", examples=["482913"])
    confidence: float | None = Field(description="From 0 to 1")
    reason: str
    expires_at: str = Field(description="When it is forgotten", examples=["2026-11-22T10:10:00.000Z"])


class FileOut(Output):
    """An attachment."""

    content_type: str | None
    url: str | None = Field(
        description="With a key that may read the rental; null of public messages, and where a carrier keeps no files",
        examples=["https://sms.example.org/api/v1/rentals/3/messages/7/media/0"],
    )


class CodeMessage(Output):
    """A message without its text."""

    id: int = Field(description="Ids rise in order of arrival")
    number: str = Field(description="The number that it belongs to", examples=["+15005550006"])
    received_at: str = Field(examples=["2026-11-22T10:00:00.000Z"])
    code: CodeOut | None = Field(description="None where there is none, or it has expired")


class MessageOut(CodeMessage):
    """A message as its reader may see it: on public pages private numbers and addresses are redacted."""

    direction: Literal["in", "out"]
    sender: str = Field(alias="from", examples=["ACME"])
    to: str
    body: str
    segments: int
    encoding: str = Field(examples=["GSM-7"])
    flags: list[str]
    media: list[FileOut]


AnyMessage = MessageOut | CodeMessage


def describe(inbox: Inbox, message: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """Return a message (`MessageView.as_json`) as the API gives it."""
    return as_resource(message, inbox.rental_id, code_only=fields == "code")
