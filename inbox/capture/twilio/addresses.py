"""Who may send to whom, with Twilio's codes for why not; the magic numbers of its test credentials mean the same here.

https://www.twilio.com/docs/iam/test-credentials#test-sms-messages
"""

import re
from collections.abc import Collection

from inbox.capture.checks import is_name, is_short_code, parse_e164, takes_names
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
_SERVICE = re.compile(r"MG[0-9a-f]{32}")


def check_recipient(number: str) -> None:
    """Raise `TwilioError` unless a message can be sent to a number."""
    if not number:
        raise refuse(21604, "A 'To' phone number is required.")
    if number in MAGIC_RECIPIENTS:
        code, text = MAGIC_RECIPIENTS[number]
        raise refuse(code, text.format(number))
    if parse_e164(number) is None:
        raise refuse(21211, f"The 'To' number {number[:40]} is not a valid phone number.")


def check_sender(sender: str, recipient: str, owned: Collection[str]) -> None:
    """Raise `TwilioError` unless a number, short code or name can send; `owned`: the only numbers that may, or any."""
    if sender in MAGIC_SENDERS:
        code, text = MAGIC_SENDERS[sender]
        raise refuse(code, text.format(sender))
    is_number = is_short_code(sender) or parse_e164(sender) is not None
    if not is_number and not is_name(sender):
        text = "is not a valid phone number, shortcode, or alphanumeric sender ID."
        raise refuse(21212, f"The 'From' number {sender[:40]} {text}")
    if is_number and owned and sender not in owned:
        text = f"The 'From' phone number provided ({sender}) is not a valid message-capable phone number."
        raise refuse(21606, text)
    if sender == recipient:
        raise refuse(21266, "'To' and 'From' number cannot be the same.")
    if not is_number and not takes_names(recipient):
        text = f"The 'To' phone number {recipient} is not currently reachable from the name {sender}."
        raise refuse(21612, text)


def check_service(sid: str) -> None:
    """Raise `TwilioError` for what is not the id of a Messaging Service. Every service exists."""
    if not _SERVICE.fullmatch(sid):
        raise refuse(21701, "The Messaging Service does not exist.")
