"""SNS, `Publish` to a phone number: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""

import re
import uuid
from collections.abc import Mapping

from inbox.capture.aws.drafts import LONGEST, make_draft
from inbox.capture.aws.errors import SNS_NAMESPACE, XML, XmlError, refuse_with_xml, refuse_xml_fault
from inbox.capture.aws.logins import find_project
from inbox.capture.checks import is_name, read_phone, takes_names
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Sending
from inbox.sandbox.models import CapturedMessage, Project

SENDER = "NOTICE"
"""Who sends where the program does not say: https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html."""
_ENTRY = re.compile(r"MessageAttributes\.entry\.(\d{1,2})\.Name")
_SENDER_ID, _NUMBER = "AWS.SNS.SMS.SenderID", "AWS.MM.SMS.OriginationNumber"


def _handle(request: CarrierRequest) -> Reply | Sending:
    """Do the operation that the form names."""
    form = {name: values[0] for name, values in request.form.items()}
    project = find_project(request)
    if form.get("Action") != "Publish":
        raise XmlError(
            400, "InvalidAction", f"{form.get('Action', '')[:60]} is not supported by this sandbox"
        )
    if form.get("TopicArn") or form.get("TargetArn"):
        raise XmlError(
            400, "InvalidParameter", "Invalid parameter: this sandbox publishes to a PhoneNumber only"
        )
    recipient, body = read_phone(form.get("PhoneNumber", "")), form.get("Message", "")
    if not recipient:
        text = (
            "is not valid to publish to"
            if form.get("PhoneNumber")
            else "or TopicArn or TargetArn is required"
        )
        raise XmlError(400, "InvalidParameter", f"Invalid parameter: PhoneNumber {text}")
    if not body:
        raise XmlError(400, "InvalidParameter", "Invalid parameter: Empty message")
    if len(body) > LONGEST or "\0" in body:
        raise XmlError(
            400, "InvalidParameter", "Invalid parameter: Message too long, or with a NUL character"
        )
    sender = _read_sender(_read_attributes(form), recipient, project)
    draft = make_draft(request, sender, recipient, body, {"service": "sns"})
    return Sending(project, [draft], _describe_message)


def _read_attributes(form: Mapping[str, str]) -> dict[str, str]:
    """The message's attributes by name."""
    found = {}
    for name, value in form.items():
        if entry := _ENTRY.fullmatch(name):
            found[value] = form.get(f"MessageAttributes.entry.{entry[1]}.Value.StringValue", "")
    return found


def _read_sender(attributes: Mapping[str, str], recipient: str, project: Project) -> str:
    """The number or name that sends; names do not reach the US and Canada, where SNS uses a number instead."""
    if number := attributes.get(_NUMBER, ""):
        sender = read_phone(number)
        if not sender or (project.numbers and sender not in project.numbers):
            raise XmlError(400, "InvalidParameter", "Invalid parameter: no such origination number")
        return sender
    name = attributes.get(_SENDER_ID, "")
    if name and not is_name(name):
        raise XmlError(400, "InvalidParameter", "Invalid parameter: SenderID")
    # Not refused: SNS sends from a number where a name cannot
    return name if name and takes_names(recipient) else next(iter(project.numbers), SENDER)


def _describe_message(kept: list[CapturedMessage]) -> Reply:
    body = (
        f'<PublishResponse xmlns="{SNS_NAMESPACE}"><PublishResult><MessageId>{kept[0].ref}</MessageId></PublishResult>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></PublishResponse>"
    )
    return Reply(200, body.encode(), XML)


ENDPOINT = Endpoint({"/capture/aws/?": {"POST": _handle}}, refuse_xml_fault, refuse_with=refuse_with_xml)
