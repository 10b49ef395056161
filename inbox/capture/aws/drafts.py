"""A message as both of AWS's ways to send keep it."""

import uuid
from typing import Any

from inbox.capture.requests import CarrierRequest
from inbox.sandbox.messages import Draft, NextState, State

LONGEST = 1600
LONGEST_NAME = 64


def make_draft(
    request: CarrierRequest, sender: str, recipient: str, body: str, details: dict[str, Any]
) -> Draft:
    """A message on its way; AWS calls nobody back, its events go to topics and logs."""
    return Draft(
        carrier="aws",
        ref=str(uuid.uuid4()),
        sender=sender[:LONGEST_NAME],
        recipient=recipient,
        body=body,
        details=details,
        request=request.describe(),
        after=(NextState(State.SENT), NextState(State.DELIVERED)),
    )
