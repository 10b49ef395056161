"""The tables of the sandbox."""

from inbox.sandbox.models.keys import AccessKey
from inbox.sandbox.models.messages import LONGEST_TAG, CapturedMessage, StateChange
from inbox.sandbox.models.projects import LONGEST_ORIGIN, Credential, Project

__all__ = [
    "LONGEST_ORIGIN",
    "LONGEST_TAG",
    "AccessKey",
    "CapturedMessage",
    "Credential",
    "Project",
    "StateChange",
]
