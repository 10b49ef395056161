"""End User Messaging SMS v2, `SendTextMessage`: facts are from botocore's model of pinpoint-sms-voice-v2."""

import re
from collections.abc import Mapping
from typing import Any

from inbox.capture.aws.drafts import LONGEST, make_draft
from inbox.capture.aws.errors import JSON, JsonError, invalid, refuse_json_fault, refuse_with_json
from inbox.capture.aws.logins import find_project
from inbox.capture.checks import is_name, is_short_code, read_phone, takes_names
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Sending
from inbox.sandbox.models import CapturedMessage, Project

TARGET = "PinpointSMSVoiceV2."
SHARED_SENDER = "AWS"
"""Who sends where the program does not say, and the project has no numbers: AWS chooses one of its own."""
_IDENTITY = re.compile(r"[A-Za-z0-9_:/+-]{1,256}")
_NAMES_A_RESOURCE = re.compile(r"(arn:.*|(phone|pool|sender)-.*)")
_PRICE = re.compile(r"[0-9]{0,2}\.[0-9]{1,5}")
_TYPES = ("TRANSACTIONAL", "PROMOTIONAL")
_MOST_CONTEXT = 5


def _handle(request: CarrierRequest) -> Reply | Sending:
    """Do the operation that the header names."""
    operation = request.headers.get("x-amz-target", "").removeprefix(TARGET)
    project = find_project(request)
    if operation != "SendTextMessage":
        raise JsonError(
            400, "UnknownOperationException", f"{operation[:60]} is not supported by this sandbox"
        )
    asked = request.json
    recipient = _read_recipient(asked)
    sender = _read_sender(asked, recipient, project)
    body = _read_body(asked)
    _check_options(asked)
    draft = make_draft(request, sender, recipient, body, {"context": asked.get("Context") or {}})
    # Everything was checked by now, which is all that a dry run is for
    if asked.get("DryRun") is True:
        return Reply(200, {"MessageId": draft.ref}, JSON)

    def answer(kept: list[CapturedMessage]) -> Reply:
        return Reply(200, {"MessageId": kept[0].ref}, JSON)

    return Sending(project, [draft], answer)


def _read_recipient(asked: Mapping[str, Any]) -> str:
    written = _read_text(asked, "DestinationPhoneNumber")
    if not written:
        raise invalid("DestinationPhoneNumber", "DestinationPhoneNumber is missing", "MISSING_PARAMETER")
    recipient = read_phone(written)
    if not recipient:
        raise invalid("DestinationPhoneNumber", "DestinationPhoneNumber is not a valid phone number")
    return recipient


def _read_sender(asked: Mapping[str, Any], recipient: str, project: Project) -> str:
    """The number or name that sends; of a pool or an ARN one of the project's numbers, whichever that is."""
    written = _read_text(asked, "OriginationIdentity")
    if written and not _IDENTITY.fullmatch(written):
        raise invalid("OriginationIdentity", "OriginationIdentity is not valid")
    if not written or _NAMES_A_RESOURCE.fullmatch(written):
        return next(iter(project.numbers), written or SHARED_SENDER)
    number = written if is_short_code(written) else read_phone(written)
    if not number and not is_name(written):
        raise invalid("OriginationIdentity", "OriginationIdentity is neither a phone number nor a sender ID")
    if number and project.numbers and number not in project.numbers:
        text = "The origination identity is not a number of this account"
        raise JsonError(
            400, "ResourceNotFoundException", text, ResourceType="phone-number", ResourceId=written
        )
    if not number and not takes_names(recipient):
        text = "Sender IDs cannot send to this country"
        raise invalid("OriginationIdentity", text, "SENDER_ID_NOT_SUPPORTED")
    return number or written


def _read_body(asked: Mapping[str, Any]) -> str:
    body = _read_text(asked, "MessageBody")
    if not body.strip():
        raise invalid("MessageBody", "MessageBody is missing", "MISSING_PARAMETER")
    if len(body) > LONGEST:
        text = f"MessageBody is longer than {LONGEST} characters"
        raise invalid("MessageBody", text, "MAXIMUM_SIZE_EXCEEDED")
    return body


def _check_options(asked: Mapping[str, Any]) -> None:
    if _read_text(asked, "MessageType") not in ("", *_TYPES):
        raise invalid("MessageType", f"MessageType must be one of {', '.join(_TYPES)}")
    if (price := _read_text(asked, "MaxPrice")) and not _PRICE.fullmatch(price):
        raise invalid("MaxPrice", "MaxPrice is not a price like 1.00")
    lasts = asked.get("TimeToLive", 5)
    if not isinstance(lasts, int) or not 5 <= lasts <= 259_200:
        raise invalid("TimeToLive", "TimeToLive must be between 5 and 259200")
    context = asked.get("Context") or {}
    if not isinstance(context, dict) or len(context) > _MOST_CONTEXT:
        raise invalid("Context", f"Context has more than {_MOST_CONTEXT} entries")


def _read_text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise JsonError(400, "SerializationException", f"{name} is not a string")
    return value or ""


ENDPOINT = Endpoint({"/capture/aws/?": {"POST": _handle}}, refuse_json_fault, refuse_with=refuse_with_json)
