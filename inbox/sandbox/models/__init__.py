"""The tables of the sandbox."""

from inbox.sandbox.models.carrier_numbers import ProjectNumber
from inbox.sandbox.models.keys import AccessKey
from inbox.sandbox.models.messages import LONGEST_TAG, CapturedMessage, StateChange
from inbox.sandbox.models.mischief import MischiefRule
from inbox.sandbox.models.projects import LONGEST_ORIGIN, Credential, Project
from inbox.sandbox.models.services import MessagingService, ServiceSender
from inbox.sandbox.models.verifications import Verification, VerifyService

__all__ = [
    "LONGEST_ORIGIN",
    "LONGEST_TAG",
    "AccessKey",
    "CapturedMessage",
    "Credential",
    "MessagingService",
    "MischiefRule",
    "Project",
    "ProjectNumber",
    "ServiceSender",
    "StateChange",
    "Verification",
    "VerifyService",
]
