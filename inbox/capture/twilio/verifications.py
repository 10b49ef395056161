"""`.../Verifications` and `.../VerificationCheck`: /docs/verify/api/verification, /docs/verify/api/verification-check.

The code is sent in a message of the project's, in English whatever the locale. A check approves once; afterwards, and
after ten minutes, there is nothing to check any more (404), as at Twilio.
"""

import re
import secrets
from typing import Any

import phonenumbers

from inbox.capture.checks import parse_e164
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Handler, Sending
from inbox.capture.twilio.addresses import MAGIC_RECIPIENTS
from inbox.capture.twilio.errors import TwilioError, not_found, refuse
from inbox.capture.twilio.fields import Fields, new_ref, write_iso_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.verify_services import (
    INVALID,
    LONGEST_NAME,
    SERVICE_PATH,
    UNSUPPORTED,
    URL,
    find_service,
)
from inbox.sandbox import verifications
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Verification, VerifyService
from inbox.sandbox.played.twilio_receipts import FORM

SENDER = "Verify"
"""Twilio sends codes from numbers of its own choice; here from none."""
_REFUSED = (
    *("CustomMessage", "TemplateSid", "TemplateCustomSubstitutions", "RateLimits", "ChannelConfiguration"),
    *("Amount", "Payee", "SendDigits"),
)
_LANDLINE, _NO_TARGET, _AT_ONCE = 60205, 60221, 60212
_TOO_MANY_CHECKS = (60202, "Max check attempts reached")
_TOO_MANY_SENDS = (60203, "Max send attempts reached")
_CODE = re.compile(r"[0-9A-Za-z]{4,10}")
_APP_HASH = re.compile(r"[A-Za-z0-9+/]{11}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?")


def _start_verification(request: CarrierRequest) -> Sending:
    account, fields = find_account(request), Fields(request.form, INVALID)
    service = find_service(request, account)
    recipient = _read_recipient(fields, service)
    code = _read_settings(fields, service)
    try:
        found = verifications.start(service, new_ref("VE"), recipient, code)
    except verifications.TooManyChecks:
        raise TwilioError(429, *_TOO_MANY_CHECKS) from None
    except verifications.TooManySends:
        raise TwilioError(429, *_TOO_MANY_SENDS) from None
    except verifications.AtOnce:
        raise TwilioError(429, _AT_ONCE, "Too many concurrent requests for phone number") from None
    name = fields["CustomFriendlyName"] or service.name
    draft = _draft_message(request, account, found, write_text(service, name, found.code, fields["AppHash"]))
    return Sending(
        account.project, [draft], lambda _: Reply(201, _describe_verification(account, service, found))
    )


def write_text(service: VerifyService, name: str, code: str, app_hash: str = "") -> str:
    """The message with a code: /docs/verify/api/customization-options."""
    text = f"Your {name} verification code is: {code}"
    if service.settings["DoNotShareWarningEnabled"]:
        text += ". Don't share this code with anyone; our employees will never ask for the code."
    return f"<#> {text}\n{app_hash}" if app_hash else text


def _fetch_verification(request: CarrierRequest) -> Reply:
    account = find_account(request)
    service = find_service(request, account)
    found = verifications.find_pending(service, **_read_target(request.parts["ref"]))
    if found is None:
        raise not_found(_resource(request))
    return Reply(200, _describe_verification(account, service, found))


def _end_verification(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form, INVALID)
    service, wanted = find_service(request, account), fields["Status"]
    if wanted not in ("canceled", "approved"):
        raise fields.refuse("Status", "must be canceled or approved")
    state = Verification.State(wanted)
    found = verifications.end(service, state, **_read_target(request.parts["ref"]))
    if found is None:
        raise not_found(_resource(request))
    return Reply(200, _describe_verification(account, service, found))


def _check_code(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form, INVALID)
    service, code = find_service(request, account), fields["Code"]
    ref, recipient = fields["VerificationSid"], fields["To"]
    if not ref and not recipient:
        raise refuse(_NO_TARGET, "No target verification specified")
    if not _CODE.fullmatch(code):
        raise fields.refuse("Code", "must have 4 to 10 characters")
    try:
        found = verifications.check(service, code, ref=ref, recipient=recipient)
    except verifications.TooManyChecks:
        raise TwilioError(429, *_TOO_MANY_CHECKS) from None
    if found is None:
        raise not_found(_resource(request))
    return Reply(200, _describe_check(account, service, found))


def _read_recipient(fields: Fields, service: VerifyService) -> str:
    """The number that the code goes to; raises `TwilioError`."""
    to, channel = fields["To"], fields["Channel"].lower()
    if channel != "sms":
        raise fields.refuse("Channel", "must be sms: this sandbox sends codes in no other way")
    number = parse_e164(to)
    # Verify sends to people: a magic number is none
    if number is None or to in MAGIC_RECIPIENTS or not phonenumbers.is_possible_number(number):
        raise fields.refuse("To", f"{to[:40]} is not a phone number in E.164")
    kind = phonenumbers.number_type(number)
    if service.settings["SkipSmsToLandlines"] and kind == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise TwilioError(403, _LANDLINE, "SMS is not supported by landline phone number")
    return to


def _read_settings(fields: Fields, service: VerifyService) -> str:
    """The program's own code, if it gives one; raises `TwilioError` for what cannot be done."""
    for name in _REFUSED:
        if fields[name]:
            raise refuse(UNSUPPORTED, f"Service does not support this feature: {name} is not captured here")
    code, app_hash, locale = fields["CustomCode"], fields["AppHash"], fields["Locale"]
    if code and not service.settings["CustomCodeEnabled"]:
        raise refuse(UNSUPPORTED, "Service does not support this feature: CustomCodeEnabled is false")
    if code and not _CODE.fullmatch(code):
        raise fields.refuse("CustomCode", "must have 4 to 10 characters")
    if app_hash and not _APP_HASH.fullmatch(app_hash):
        raise fields.refuse("AppHash", "must have 11 characters")
    if locale and not _LOCALE.fullmatch(locale):
        raise fields.refuse("Locale", "is not a language tag")
    fields.read_name("CustomFriendlyName", LONGEST_NAME)
    return code


def _read_target(text: str) -> dict[str, str]:
    return {"recipient": text} if text.startswith("+") else {"ref": text}


def _resource(request: CarrierRequest) -> str:
    """The address as Twilio's errors name it."""
    return request.path.partition("/v2")[2]


def _draft_message(request: CarrierRequest, account: Account, found: Verification, text: str) -> Draft:
    return Draft(
        carrier="twilio",
        ref="SM" + secrets.token_hex(16),
        sender=SENDER,
        recipient=found.recipient,
        body=text,
        details={"account_sid": account.sid, "verification": found.ref},
        request=request.describe(),
        after=(NextState(State.SENT), NextState(State.DELIVERED)),
        content_type=FORM,
    )


def _describe_verification(account: Account, service: VerifyService, found: Verification) -> dict[str, Any]:
    attempts = [
        {"attempt_sid": f"VL{found.ref[2:-1]}{n:x}", "channel": "sms", "time": write_iso_time(at)}
        for n, at in enumerate(found.sent_at)
    ]
    return {
        **_describe_common(account, service, found),
        "lookup": {},
        "send_code_attempts": attempts,
        "sna": None,
        "url": f"{URL}/{service.ref}/Verifications/{found.ref}",
    }


def _describe_check(account: Account, service: VerifyService, found: Verification) -> dict[str, Any]:
    return {**_describe_common(account, service, found), "sna_attempts_error_codes": []}


def _describe_common(account: Account, service: VerifyService, found: Verification) -> dict[str, Any]:
    return {
        "sid": found.ref,
        "service_sid": service.ref,
        "account_sid": account.sid,
        "to": found.recipient,
        "channel": "sms",
        "status": found.state,
        "valid": found.state == Verification.State.APPROVED,
        "amount": None,
        "payee": None,
        "date_created": write_iso_time(found.created_at),
        "date_updated": write_iso_time(found.updated_at),
    }


ROUTES: dict[str, dict[str, Handler]] = {
    rf"{SERVICE_PATH}/Verifications": {"POST": _start_verification},
    rf"{SERVICE_PATH}/Verifications/(?P<ref>VE[0-9a-f]{{32}}|\+[0-9]{{5,15}})": {
        "GET": _fetch_verification,
        "POST": _end_verification,
    },
    rf"{SERVICE_PATH}/VerificationCheck": {"POST": _check_code},
}
