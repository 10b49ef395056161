"""Verify v2: codes by SMS, and their checks: https://developer.vonage.com/en/api/verify.v2."""

import re
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from inbox.capture.replies import Fault, Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Sending
from inbox.capture.vonage.addresses import read_number, read_sender
from inbox.capture.vonage.logins import find_project
from inbox.capture.vonage.problems import ProblemError, refuse_fault, refuse_parameter
from inbox.sandbox import carrier_numbers, verifications
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, Project, Verification, VerifyService

ATTEMPTS = 3
SECONDS = 300
LONGEST_BRAND = 16
SENDER = "Vonage"
_CODE = re.compile(r"[A-Za-z0-9]{4,10}")


def start(request: CarrierRequest) -> Sending:
    """Send a code; raises `ProblemError`. Of the workflow the first step is taken, which must be an SMS."""
    project, fields = find_project(request), request.json
    brand = fields.get("brand")
    if not isinstance(brand, str) or not 1 <= len(brand) <= LONGEST_BRAND:
        raise refuse_parameter("brand", f"must be from 1 to {LONGEST_BRAND} characters")
    recipient, sender = _read_channel(fields, project)
    code, seconds = _read_code(fields), _read_count(fields, "channel_timeout", SECONDS, 15, 900)
    service, ref = _service_of(project), str(uuid.uuid4())
    _refuse_second(service, recipient)
    draft = Draft(
        carrier="vonage",
        ref=str(uuid.uuid4()),
        sender=sender,
        recipient=recipient,
        body=f"{brand} code: {code}. Valid for {-(-seconds // 60)} minutes.",
        details={"api": "verify", "verification": ref},
        request=request.describe(),
        after=(NextState(State.SENT, call=None), NextState(State.DELIVERED, call=None)),
    )

    def begin(_: list[CapturedMessage]) -> Reply:
        """Wait for the code, once its message is kept; raises `ProblemError`."""
        # Once more: another request may have begun while this one's message was stored
        _refuse_second(service, recipient)
        try:
            verifications.start(service, ref, recipient, code, timedelta(seconds=seconds))
        except verifications.AtOnce:  # another request was faster by a moment
            raise refuse_fault(Fault.TOO_MANY, "") from None
        return Reply(202, {"request_id": ref})

    return Sending(project, [draft], begin)


def check(request: CarrierRequest) -> Reply:
    """Check a code; raises `ProblemError`."""
    service, ref = _service_of(find_project(request)), request.parts["ref"]
    code = request.json.get("code")
    if not isinstance(code, str) or not code:
        raise refuse_parameter("code", "is required")
    checked = _check_code(service, ref, code)
    if checked is None:
        raise _refuse_unknown(ref)
    if checked.state == Verification.State.APPROVED:
        return Reply(200, {"request_id": ref, "status": "completed"})
    if checked.checks < ATTEMPTS:
        text = "The code you provided does not match the expected value."
        raise ProblemError(400, "#bad-request", "Invalid Code", text)
    text = "An incorrect code has been provided too many times. Workflow terminated."
    raise ProblemError(410, "#gone", "Invalid Code", text)


@transaction.atomic
def _check_code(service: VerifyService, ref: str, code: str) -> Verification | None:
    """The verification after a check, whose last attempt ends it; None where nothing waits for a code."""
    checked = verifications.check(service, code, ref=ref)
    is_last = checked is not None and checked.checks >= ATTEMPTS
    if is_last and checked and checked.state == Verification.State.PENDING:
        verifications.end(service, Verification.State.CANCELED, ref=ref)
    return checked


def cancel(request: CarrierRequest) -> Reply:
    """End a verification; raises `ProblemError`."""
    service, ref = _service_of(find_project(request)), request.parts["ref"]
    if verifications.end(service, Verification.State.CANCELED, ref=ref) is None:
        raise _refuse_unknown(ref)
    return Reply(204)


def trigger_next(request: CarrierRequest) -> Reply:
    """Refuse the next step of a workflow: here every workflow has one."""
    service, ref = _service_of(find_project(request)), request.parts["ref"]
    if verifications.find_pending(service, ref=ref) is None:
        raise _refuse_unknown(ref)
    raise ProblemError(409, "#conflict", "Conflict", "There are no more events left to trigger.")


def _service_of(project: Project) -> VerifyService:
    """What sends codes for a project: Vonage has no services, so each project has one."""
    found, _ = VerifyService.objects.get_or_create(
        carrier="vonage", ref=str(project.pk), defaults={"project": project, "name": "Verify"}
    )
    return found


def _refuse_second(service: VerifyService, recipient: str) -> None:
    """Raise `ProblemError` for a recipient who has a verification that waits."""
    if waiting := verifications.find_pending(service, recipient=recipient):
        text = "Concurrent verifications to the same number are not allowed"
        raise ProblemError(409, "#conflict", "Conflict", text, request_id=waiting.ref)


def _read_channel(fields: Mapping[str, Any], project: Project) -> tuple[str, str]:
    """Recipient and sender of the first step."""
    workflow = fields.get("workflow")
    if not isinstance(workflow, list) or not workflow or not isinstance(workflow[0], dict):
        raise refuse_parameter("workflow", "must be a list of channels")
    step = workflow[0]
    if step.get("channel") != "sms":
        raise refuse_parameter("workflow[0].channel", "this sandbox takes sms")
    to, given = step.get("to"), step.get("from") or SENDER
    recipient = read_number(to) if isinstance(to, str) else ""
    sender = (
        read_sender(given, carrier_numbers.list_senders(project, "vonage")) if isinstance(given, str) else ""
    )
    if not recipient:
        raise refuse_parameter("workflow[0].to", "must be a phone number in E.164 format without a plus")
    if not sender:
        raise refuse_parameter("workflow[0].from", "cannot send")
    return recipient, sender


def _read_code(fields: Mapping[str, Any]) -> str:
    """The program's own code, or a drawn one."""
    code = fields.get("code")
    if code is None:
        return verifications.draw_code(_read_count(fields, "code_length", 4, 4, 10))
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise refuse_parameter("code", "must have from 4 to 10 letters and digits")
    return code


def _read_count(fields: Mapping[str, Any], name: str, usual: int, least: int, most: int) -> int:
    value = fields.get(name)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise refuse_parameter(name, f"must be from {least} to {most}")
    return value


def _refuse_unknown(ref: str) -> ProblemError:
    text = f"Request '{ref}' was not found or it has been verified already."
    return ProblemError(404, "#not-found", "Not Found", text)
