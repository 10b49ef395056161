"""Captured messages for tests."""

from typing import Any

from inbox.sandbox import messages
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, Project

FORM = "application/x-www-form-urlencoded"
ON_ITS_WAY = (
    NextState(State.SENT, "MessageStatus=sent"),
    NextState(State.DELIVERED, "MessageStatus=delivered"),
)
_refs = iter(range(10**6))


def keep(project: Project, body: str = "Your code is 482913", **changes: Any) -> CapturedMessage:
    """A message that a program sent."""
    values = {"sender": "+15005550006", "recipient": "+14155550100", "content_type": FORM, **changes}
    return messages.keep(project, Draft("twilio", f"SM{next(_refs):032x}", body=body, **values))
