"""Fetching one message, and cancelling one that is scheduled."""

from typing import Any

from django.db import transaction

from inbox.capture.replies import Fault
from inbox.capture.requests import CarrierRequest
from inbox.capture.telnyx.errors import refuse_fault, refuse_value
from inbox.capture.telnyx.payloads import describe
from inbox.sandbox import messages
from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage, Project


def fetch(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """The message; raises `TelnyxError` where there is none."""
    return describe(_find_message(request, project))


@transaction.atomic
def cancel(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Cancel a scheduled message; raises `TelnyxError` for all others."""
    message = _find_message(request, project, locked=True)
    if message.state != State.SCHEDULED:
        raise refuse_value("/id", "Only a scheduled message can be cancelled.")
    # Together with the state: no worker finds anything left to send
    message.changes.filter(settled_at=None).delete()
    message.state = State.CANCELED
    message.save(update_fields=["state"])
    messages.touch(message)
    return describe(message)


def _find_message(request: CarrierRequest, project: Project, *, locked: bool = False) -> CapturedMessage:
    found = CapturedMessage.objects.filter(project=project, carrier="telnyx", ref=request.parts["ref"])
    message = (found.select_for_update(no_key=True) if locked else found).first()
    if message is None:
        raise refuse_fault(Fault.NOT_FOUND, request.path)
    return message
