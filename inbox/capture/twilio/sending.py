"""What `POST .../Messages.json` asks, checked as Twilio checks it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inbox.capture.checks import is_address
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.addresses import check_recipient, check_sender
from inbox.capture.twilio.errors import refuse
from inbox.capture.twilio.pools import choose_sender, find_service
from inbox.sandbox import carrier_numbers
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project
from inbox.sandbox.played.twilio_receipts import FORM, ReceiptWriter

LONGEST = 1600
MOST_FILES = 10
SOONEST, LATEST = timedelta(minutes=5), timedelta(days=35)
"""How far ahead a message may be scheduled."""
NOT_CAPTURED = ("ContentSid", "ContentVariables")
_DURATION = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of a message by Twilio's names; what is not given is empty."""

    values: Mapping[str, list[str]]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, [""])[0]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be repeated."""
        return tuple(self.values.get(name, []))


def read_draft(request: CarrierRequest, project: Project) -> Draft:
    """The message that a request sends; what is missing or wrong raises Twilio's own code for it."""
    form = Form(request.form)
    _refuse_unknown(form)
    media = form.all("MediaUrl")
    sid, sender, service = request.parts["sid"], form["From"], form["MessagingServiceSid"]
    check_recipient(form["To"])
    if not sender and not service:
        raise refuse(21603, "A 'From' phone number is required.")
    pool = find_service(project, service) if service else None
    if sender:
        check_sender(sender, form["To"], carrier_numbers.list_senders(project, "twilio"))
    _check_content(form["Body"], media)
    due = _read_schedule(form) if service else None
    if pool:
        sender = choose_sender(pool, sender, form["To"])
    # one that nobody made sends from one of the project's numbers, whichever that is
    sender = sender or next(iter(project.numbers), service)
    ref = ("MM" if media else "SM") + secrets.token_hex(16)
    writer = ReceiptWriter(sid, ref, sender, form["To"], service)
    # A service's message is accepted first, and queued once a sender has been chosen for it
    ahead = (State.QUEUED, State.SENT, State.DELIVERED) if service else (State.SENT, State.DELIVERED)
    return Draft(
        carrier="twilio",
        ref=ref,
        sender=sender,
        recipient=form["To"],
        body=form["Body"],
        media=media,
        state=State.SCHEDULED if due else State.ACCEPTED if service else State.QUEUED,
        details={"account_sid": sid, "messaging_service_sid": service or None},
        request=request.describe(),
        # of the first state nobody is told: /docs/messaging/guides/outbound-message-status-in-status-callbacks
        after=tuple(NextState(state, writer.write(state)) for state in ahead),
        callback=_read_callback(form["StatusCallback"]) or (pool.status_url if pool else ""),
        content_type=FORM,
        due=due,
        write_receipt=writer.write,
    )


def _refuse_unknown(form: Form) -> None:
    for name in NOT_CAPTURED:
        if form[name]:
            raise refuse(20001, f"{name} is not supported by this sandbox: send a Body")
    if any("\0" in text for name in ("Body", "MediaUrl", "StatusCallback") for text in form.all(name)):
        raise refuse(
            21619, "A text message body or media urls must be specified: it contains a NUL character."
        )
    validity = form["ValidityPeriod"]
    if validity and not (_DURATION.fullmatch(validity) and 1 <= int(validity) <= 36_000):
        raise refuse(21615, f"Invalid validity period: {validity[:40]}")


def _check_content(body: str, media: tuple[str, ...]) -> None:
    if not body and not media:
        raise refuse(21602, "Message body is required.")
    if len(body) > LONGEST:
        raise refuse(21617, f"The concatenated message body exceeds the {LONGEST} character limit.")
    if len(media) > MOST_FILES:
        raise refuse(21623, "Number of media files exceeds allowed limit")
    if not all(map(is_address, media)):
        raise refuse(21620, "Invalid media URL(s)")


def _read_callback(address: str) -> str:
    if address and not is_address(address):
        raise refuse(21609, "The 'StatusCallback' URL is not a valid URL.")
    return address


def _read_schedule(form: Form) -> datetime | None:
    """When a message of a service is to be sent, or None for now; without a service Twilio overlooks the schedule."""
    kind, text = form["ScheduleType"], form["SendAt"]
    if not kind and not text:
        return None
    if kind != "fixed":
        raise refuse(35111, "ScheduleType must be 'fixed' if SendAt is given.")
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise refuse(35113, "SendAt is not a time in ISO 8601.") from None
    if not SOONEST <= at - datetime.now(UTC) <= LATEST:
        raise refuse(35114, "SendAt must be between 300 seconds and 35 days from now.")
    return at
