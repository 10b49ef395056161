"""What the API takes and gives about forwards and their deliveries."""

from typing import Annotated, Literal

from pydantic import Field

from inbox.api.schemas import Input, Moment, OurNumber, Output

Kind = Literal["webhook", "email", "chat"]
Codes = Literal["any", "with", "without"]
Outcome = Literal["waiting", "delivered", "failed", "dropped"]
Sender = Annotated[str, Field(max_length=64, examples=["ACME"], description="Only messages from this sender")]
Text = Annotated[
    str, Field(max_length=200, description="Only messages with this text; codes are not searched")
]


class ForwardIn(Input):
    """A forward to be made; with neither `number` nor `rental` it is for all numbers that the key may read."""

    kind: Kind
    address: str = Field(
        max_length=2000,
        examples=["https://example.org/sms"],
        description="An https address, an e-mail address, or an Apprise address; never shown again",
    )
    number: OurNumber | None = Field(
        None,
        description="Only messages of this number, as its public page shows them; of one that you rent, the rental's",
    )
    rental: int | None = Field(
        None, description="Only messages of this rental of yours, unredacted, while it lasts"
    )
    sender: Sender = Field("", alias="from")
    text: Text = ""
    codes: Codes = "any"
    code_in_subject: bool = Field(False, description="Put the code into the subject of e-mails")


class ForwardChange(Input):
    """What to change; what is left out stays."""

    sender: Sender | None = Field(None, alias="from")
    text: Text | None = None
    codes: Codes | None = None
    code_in_subject: bool | None = None
    enabled: bool | None = Field(None, description="true also enables a target that was disabled")


class TargetOut(Output):
    """Where messages go, and how well that works."""

    kind: Kind
    address: str = Field(description="The address without its secrets")
    enabled: bool
    problem: str = Field(description="Why it is disabled")
    disabled_at: Moment | None
    succeeded_at: Moment | None
    failures: int = Field(description="Consecutive failures")


class ForwardOut(Output):
    """A forward, and its target."""

    id: int
    number: str | None
    rental: int | None
    sender: str = Field(serialization_alias="from")
    text: str
    codes: Codes
    code_in_subject: bool
    enabled: bool
    created_at: Moment
    target: TargetOut


class NewForward(ForwardOut):
    """A new forward; with the secret of its target, if that is a new webhook."""

    secret: str | None = Field(
        description="Shown only this once; requests are signed with it as in Standard Webhooks"
    )


class ForwardList(Output):
    """Forwards, newest first."""

    forwards: list[ForwardOut]
    older: int | None = Field(description="Pass it as `before` to list older ones")


class SecretOut(Output):
    """A new secret."""

    secret: str = Field(description="Shown only this once; the previous one keeps signing for 24 hours")


class AttemptOut(Output):
    """An attempt; one without `at` left no record, as its worker was ended."""

    attempt: int
    at: str
    status: int = Field(description="Status of the answer, 0 if there was none")
    ms: int
    note: str


class DeliveryOut(Output):
    """A message on its way to a target."""

    id: str = Field(
        examples=["dlv_6d5c0b2f1a4e4f0e9d8c7b6a59483726"], description="The `webhook-id` of every try"
    )
    forward: int
    message: int | None = Field(description="null if this is a test")
    sequence: int
    outcome: Outcome
    status: int
    note: str
    tries: int
    created_at: Moment
    settled_at: Moment | None
    next_try_at: Moment | None
    attempts: list[AttemptOut]


class DeliveryList(Output):
    """Deliveries, newest first."""

    deliveries: list[DeliveryOut]
    older: int | None = Field(description="Pass it as `before` to list older ones")


class ReplayIn(Input):
    """The period whose messages are delivered again: from `since` until before `until`."""

    since: Moment
    until: Moment


class ReplayOut(Output):
    """How many deliveries are made again, or for the first time."""

    count: int
