"""Fetching, redacting, cancelling and deleting one message."""

from typing import Any

from django.db import transaction

from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import TwilioError, not_found, refuse
from inbox.capture.twilio.resources import describe
from inbox.sandbox import messages
from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage, Project
from inbox.sandbox.played.twilio_receipts import ReceiptWriter


def fetch(request: CarrierRequest, project: Project, ref: str) -> dict[str, Any]:
    """The message; raises `TwilioError` where there is none."""
    return describe(request.parts["sid"], _find_message(request, project, ref))


@transaction.atomic
def update(request: CarrierRequest, project: Project, ref: str) -> dict[str, Any]:
    """Cancel a scheduled message, or redact one that is finished; raises `TwilioError` for all else."""
    message = _find_message(request, project, ref, locked=True)
    body, status = request.form.get("Body"), request.form.get("Status")
    if status is not None:
        if status[0] != "canceled":
            raise refuse(20001, "Status can only be set to 'canceled'")
        _cancel_message(request, message)
    if body is not None:
        if body[0]:
            raise refuse(20001, "Body can only be set to an empty text")
        _require_finished(message, "update")
        messages.redact(message)
    return describe(request.parts["sid"], message)


@transaction.atomic
def delete(request: CarrierRequest, project: Project, ref: str) -> None:
    """Delete a finished message; raises `TwilioError`."""
    message = _find_message(request, project, ref, locked=True)
    _require_finished(message, "delete")
    message.delete()


def _find_message(
    request: CarrierRequest, project: Project, ref: str, *, locked: bool = False
) -> CapturedMessage:
    found = CapturedMessage.objects.filter(project=project, carrier="twilio", ref=ref)
    message = (found.select_for_update(no_key=True) if locked else found).first()
    if message is None:
        raise not_found(request.path)
    return message


def _cancel_message(request: CarrierRequest, message: CapturedMessage) -> None:
    if message.state != State.SCHEDULED:
        raise TwilioError(409, 30409, "This message cannot be canceled")
    # Looked up before it is deleted: it has the address that the program is called at
    waiting = message.changes.filter(settled_at=None).first()
    message.changes.filter(settled_at=None).delete()
    message.state = State.CANCELED
    message.save(update_fields=["state"])
    messages.touch(message)
    # Twilio tells of the cancelling where it would have told of the sending
    if waiting and waiting.url:
        writer = ReceiptWriter(
            account=request.parts["sid"],
            ref=message.ref,
            sender=message.sender,
            recipient=message.recipient,
            service=message.details.get("messaging_service_sid") or "",
        )
        told = messages.NextState(State.CANCELED, writer.write(State.CANCELED))
        messages.add_changes(message, [told], waiting.url, waiting.content_type)


def _require_finished(message: CapturedMessage, what: str) -> None:
    if message.state in CapturedMessage.UNFINISHED:
        raise TwilioError(409, 20009, f"Cannot {what} this resource before it is complete")
