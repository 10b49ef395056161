"""Who may send to whom, with Twilio's codes for why not; the magic numbers of its test credentials mean the same here.

https://www.twilio.com/docs/iam/test-credentials#test-sms-messages
"""

import re
from collections.abc import Collection

import phonenumbers

from inbox.capture.twilio.errors import refuse

MAGIC_SENDERS = {
    "+15005550001": (
        21212,
        "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric sender ID.",
    ),
    "+15005550007": (
        21606,
        "The 'From' phone number provided ({}) is not a valid message-capable phone number.",
    ),
    "+15005550008": (21611, "This 'From' number {} has exceeded the maximum number of queued messages."),
}
MAGIC_RECIPIENTS = {
    "+15005550001": (21211, "The 'To' number {} is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number {} is not currently reachable via SMS."),
    "+15005550003": (
        21408,
        "Permission to send an SMS has not been enabled for the region of the 'To' number: {}.",
    ),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient {}"),
    "+15005550009": (21614, "'To' number {} is not a valid mobile number."),
}
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# at most eleven characters, a letter among them: /docs/glossary/what-alphanumeric-sender-id
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_NO_NAMES = (1,)  # the calling code of the US and Canada, where names cannot send


def check_recipient(number: str) -> None:
    """Raise `TwilioError` unless a message can be sent to a number."""
    if not number:
        raise refuse(21604, "A 'To' phone number is required.")
    if number in MAGIC_RECIPIENTS:
        code, text = MAGIC_RECIPIENTS[number]
        raise refuse(code, text.format(number))
    if _parse_number(number) is None:
        raise refuse(21211, f"The 'To' number {number[:40]} is not a valid phone number.")


def check_sender(sender: str, recipient: str, owned: Collection[str]) -> None:
    """Raise `TwilioError` unless a number, short code or name can send; `owned`: the only numbers that may, or any."""
    if sender in MAGIC_SENDERS:
        code, text = MAGIC_SENDERS[sender]
        raise refuse(code, text.format(sender))
    is_number = bool(_SHORT_CODE.fullmatch(sender)) or _parse_number(sender) is not None
    if not is_number and not _NAME.fullmatch(sender):
        text = "is not a valid phone number, shortcode, or alphanumeric sender ID."
        raise refuse(21212, f"The 'From' number {sender[:40]} {text}")
    if is_number and owned and sender not in owned:
        text = f"The 'From' phone number provided ({sender}) is not a valid message-capable phone number."
        raise refuse(21606, text)
    if sender == recipient:
        raise refuse(21266, "'To' and 'From' number cannot be the same.")
    if not is_number and (to := _parse_number(recipient)) and to.country_code in _NO_NAMES:
        text = f"The 'To' phone number {recipient} is not currently reachable from the name {sender}."
        raise refuse(21612, text)


def check_service(sid: str) -> None:
    """Raise `TwilioError` for what is not the id of a Messaging Service. Every service exists."""
    if not _SERVICE.fullmatch(sid):
        raise refuse(21701, "The Messaging Service does not exist.")


def _parse_number(text: str) -> phonenumbers.PhoneNumber | None:
    """A number in E.164 that is possible in its country."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return parsed if written == text and phonenumbers.is_possible_number(parsed) else None
