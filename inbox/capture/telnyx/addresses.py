"""Who may send to whom, with Telnyx's codes for why not: https://developers.telnyx.com/api/errors/40305 and 40310."""

from collections.abc import Collection

from inbox.capture.checks import is_name, is_short_code, parse_e164, takes_names
from inbox.capture.telnyx.errors import TelnyxError, refuse

_TO, _FROM = "Invalid 'to' address", "Invalid 'from' address"


def check_recipient(number: str) -> None:
    """Raise `TelnyxError` unless a message can be sent to a number."""
    if not is_short_code(number) and parse_e164(number) is None:
        raise refuse("40310", _TO, "The 'to' address should be a single valid number.", "/to")


def check_sender(sender: str, recipient: str, owned: Collection[str], profile: str) -> None:
    """Raise `TelnyxError` unless a number, short code or name can send; `owned`: the only numbers that may, or any."""
    is_number = is_short_code(sender) or parse_e164(sender) is not None
    if not is_number and not is_name(sender):
        raise _refuse_sender("The 'from' address should be a string containing a valid number or sender id.")
    if is_number and owned and sender not in owned:
        text = "The 'from' address should be string containing a valid number associated"
        raise _refuse_sender(f"{text} with the sending messaging profile.")
    if sender == recipient:
        text = f"Source and destination cannot be the same number: {sender}"
        raise refuse("40310", _TO, text, "/to")
    # Telnyx lets names send for a messaging profile only
    if not is_number and not profile:
        raise _refuse_sender("An alphanumeric 'from' address needs a messaging_profile_id.")
    if not is_number and (is_short_code(recipient) or not takes_names(recipient)):
        raise _refuse_sender("An alphanumeric 'from' address cannot send to the 'to' address.")


def _refuse_sender(detail: str) -> TelnyxError:
    return refuse("40305", _FROM, detail, "/from")
