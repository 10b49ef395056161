"""The tables of the sandbox."""

from inbox.sandbox.models.messages import CapturedMessage, StateChange
from inbox.sandbox.models.projects import LONGEST_ORIGIN, Credential, Project

__all__ = ["LONGEST_ORIGIN", "CapturedMessage", "Credential", "Project", "StateChange"]
