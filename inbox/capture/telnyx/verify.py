"""Verify's codes, and their checks: https://developers.telnyx.com/docs/identity/verify."""

import re
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction

from inbox.capture.checks import parse_e164
from inbox.capture.replies import Fault, Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Sending
from inbox.capture.telnyx.errors import TelnyxError, refuse_fault, refuse_missing, refuse_value
from inbox.capture.telnyx.fields import Fields
from inbox.capture.telnyx.sending import POOL_SENDER
from inbox.capture.telnyx.verify_profiles import LONGEST, SHORTEST, find_profile
from inbox.sandbox import carrier_numbers, verifications
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, Project, Verification, VerifyService
from inbox.sandbox.played.telnyx import write_time

_CODE = re.compile(r"[0-9]{4,10}")
_STATUSES = {
    Verification.State.PENDING: "pending",
    Verification.State.APPROVED: "accepted",
    Verification.State.CANCELED: "invalid",
    Verification.State.EXPIRED: "expired",
}


def start(request: CarrierRequest, project: Project) -> Sending:
    """Send a code, which takes the place of one that waits; raises `TelnyxError`."""
    fields = Fields(request.json)
    for name in ("phone_number", "verify_profile_id"):
        if not fields.text(name):
            raise refuse_missing(name)
    recipient, own = fields.text("phone_number"), fields.text("custom_code")
    if parse_e164(recipient) is None:
        text = "The phone number must be in +E.164 format."
        raise TelnyxError(422, "10016", "Phone number must be in +E.164 format", text, "/phone_number")
    profile = find_profile(project, fields.text("verify_profile_id"), request.path)
    if own and not _CODE.fullmatch(own):
        raise refuse_value("/custom_code", "The 'custom_code' must have from 4 to 10 digits.")
    usual = profile.settings["sms"]["default_verification_timeout_secs"]
    seconds = fields.number("timeout_secs", usual, SHORTEST, LONGEST)
    ref, code = str(uuid.uuid4()), own or verifications.draw_code(profile.code_length)
    draft = _draft_message(request, profile, ref, recipient, code)
    settings = {"custom_code": own or None, "seconds": seconds}

    # Not before: a send that mischief refuses must not end the code that waits
    def begin(_: list[CapturedMessage]) -> Reply:
        """Wait for the code, once its message is kept; raises `TelnyxError`."""
        return Reply(200, {"data": describe(_replace_pending(profile, ref, recipient, code, settings))})

    return Sending(project, [draft], begin)


def fetch(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A verification; raises `TelnyxError` where there is none."""
    return describe(_find_verification(request, project))


def check(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Check a code; raises `TelnyxError` where there is no verification."""
    found, code = _find_verification(request, project), _read_code(Fields(request.json))
    return _check_code(found, code)


def check_by_number(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """The same for the verification of a number that waits for a code; raises `TelnyxError`."""
    fields = Fields(request.json)
    code, recipient = _read_code(fields), request.parts["number"]
    profile = find_profile(project, fields.text("verify_profile_id"), request.path)
    found = verifications.find_pending(profile, recipient=recipient)
    if found is None:
        raise refuse_fault(Fault.NOT_FOUND, request.path)
    return _check_code(found, code)


def describe(found: Verification) -> dict[str, Any]:
    """A verification as Telnyx describes it."""
    return {
        "created_at": write_time(found.created_at),
        "custom_code": found.settings.get("custom_code"),
        "id": found.ref,
        "phone_number": found.recipient,
        "record_type": "verification",
        "status": _STATUSES[verifications.state_of(found)],
        "timeout_secs": found.settings.get("seconds"),
        "type": "sms",
        "updated_at": write_time(found.updated_at),
        "verify_profile_id": found.service.ref,
    }


@transaction.atomic
def _replace_pending(
    profile: VerifyService, ref: str, recipient: str, code: str, settings: dict[str, Any]
) -> Verification:
    verifications.end(profile, Verification.State.CANCELED, recipient=recipient)
    try:
        found = verifications.start(profile, ref, recipient, code, timedelta(seconds=settings["seconds"]))
    except verifications.AtOnce:
        raise refuse_fault(Fault.TOO_MANY, "") from None
    found.settings = settings
    found.save(update_fields=["settings"])
    return found


def _draft_message(
    request: CarrierRequest, profile: VerifyService, ref: str, recipient: str, code: str
) -> Draft:
    sms, project = profile.settings["sms"], profile.project
    whose = f"{sms['app_name']} " if sms["app_name"] else ""
    return Draft(
        carrier="telnyx",
        ref=str(uuid.uuid4()),
        sender=sms["alpha_sender"]
        or next(iter(carrier_numbers.list_senders(project, "telnyx")), POOL_SENDER),
        recipient=recipient,
        body=f"Your {whose}verification code is: {code}.",
        details={"verification": ref},
        request=request.describe(),
        after=(NextState(State.SENT, call=None), NextState(State.DELIVERED, call=None)),
    )


@transaction.atomic
def _check_code(found: Verification, code: str) -> dict[str, Any]:
    checked = verifications.check(found.service, code, ref=found.ref)
    is_right = checked is not None and checked.state == Verification.State.APPROVED
    # Telnyx has no error for too many tries: the verification becomes invalid
    if checked and not is_right and checked.checks >= verifications.MOST_CHECKS:
        verifications.end(found.service, Verification.State.CANCELED, ref=found.ref)
    return {"phone_number": found.recipient, "response_code": "accepted" if is_right else "rejected"}


def _read_code(fields: Fields) -> str:
    code = fields.text("code")
    if not code:
        raise refuse_missing("code")
    return code


def _find_verification(request: CarrierRequest, project: Project) -> Verification:
    found = (
        Verification.objects.select_related("service")
        .filter(service__project=project, service__carrier="telnyx", ref=request.parts["ref"])
        .first()
    )
    if found is None:
        raise refuse_fault(Fault.NOT_FOUND, request.path)
    return found
