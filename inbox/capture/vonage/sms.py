"""`POST /sms/json`, checked as Vonage checks it: the answer is 200 whatever happened, and each part has a status.

https://developer.vonage.com/en/api/sms and /messaging/sms/guides/troubleshooting-sms
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from inbox import segments
from inbox.capture.checks import is_address
from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.capture.requests import CarrierRequest, Unreadable
from inbox.capture.serving import Sending
from inbox.capture.vonage.addresses import read_number, read_sender
from inbox.capture.vonage.logins import find_by_secret
from inbox.sandbox import carrier_numbers
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from inbox.sandbox.played.vonage import FORM, NETWORK, PRICE, write_receipt
from inbox.sandbox.problems.refusal import Refusal
from inbox.sandbox.problems.vonage import FAILURES

LONGEST = 3200
LONGEST_REF = 100
STATUSES = {
    State.QUEUED: "buffered",
    State.SENT: "accepted",
    State.DELIVERED: "delivered",
    State.UNDELIVERED: "failed",
    State.FAILED: "rejected",
}
BALANCE = "10.00000000"
_FAULTS = {
    Fault.NOT_FOUND: (404, "5", "There is no {} here"),
    Fault.METHOD: (405, "5", "Method not allowed"),
    Fault.TOO_LARGE: (200, "12", "Message too long"),
    Fault.TOO_SLOW: (408, "5", "The request is too slow"),
    Fault.UNREADABLE: (200, "3", "Invalid parameters: {}"),
    Fault.UNAUTHORIZED: (200, "4", "Bad Credentials"),
    Fault.UNSTORABLE: (200, "6", "Invalid message: {}"),
    Fault.TOO_MANY: (429, "1", "Throughput Rate Exceeded - please wait [ 1000 ] and retry"),
    Fault.UNAVAILABLE: (503, "5", "Internal Error"),
}


class SmsError(CarrierRefusal):
    """An error in the shape of the SMS API."""

    def __init__(self, code: str, text: str, status: int = 200) -> None:
        answer = {"message-count": "1", "messages": [{"status": code, "error-text": text}]}
        super().__init__(Reply(status, answer), text)


def refuse_fault(fault: Fault, text: str) -> SmsError:
    """The error for what can be wrong with any request."""
    status, code, words = _FAULTS[fault]
    return SmsError(code, words.format(text), status)


def refuse_with(code: str, refusal: Refusal) -> SmsError:
    """The error of a message that is refused on purpose."""
    return SmsError(code, refusal.text, refusal.status)


def send(request: CarrierRequest) -> Sending:
    """The message that a request sends; what is missing or wrong raises Vonage's own status for it."""
    fields = _read_fields(request)
    project, login = _find_project(request, fields)
    form = _read_form(fields, project)
    # Each part has an id of its own, and gets a receipt of its own
    refs = tuple(_draw_ref() for _ in range(segments.count(form.text).segments))
    draft = Draft(
        carrier="vonage",
        ref=refs[0],
        sender=form.sender,
        recipient=form.recipient,
        body=form.text,
        state=State.QUEUED,
        details={"api": "sms", "client_ref": form.client_ref, "parts": list(refs)},
        request=request.describe(),
        after=(NextState(State.SENT, call=None), *_write_receipts(form, refs, login)),
        callback=form.callback,
        content_type=FORM,
        write_receipt=partial(_write_receipt, form, refs[0], login),
    )
    return Sending(project, [draft], lambda kept: Reply(200, _describe_parts(kept[0], refs)))


@dataclass(frozen=True, slots=True)
class _Form:
    """A message as it was asked for."""

    sender: str
    recipient: str
    text: str
    client_ref: str
    callback: str
    wants_receipt: bool


def _read_fields(request: CarrierRequest) -> dict[str, str]:
    """The parameters, from wherever they come; raises `Unreadable`."""
    if "json" in request.headers.get("content-type", ""):
        fields = {name: value for name, value in request.json.items() if value is not None}
        if not all(isinstance(value, str | int) for value in fields.values()):
            raise Unreadable("a parameter is neither a text nor a number")
        return {name: str(value) for name, value in fields.items()}
    # What is in the body counts more than the same in the address
    found = {**request.query, **(request.form if request.method == "POST" else {})}
    fields = {name: values[-1] for name, values in found.items()}
    if any("\0" in value for value in fields.values()):
        raise Unreadable("a parameter contains a NUL character")
    return fields


def _find_project(request: CarrierRequest, fields: Mapping[str, str]) -> tuple[Project, str]:
    """The project, and its key; raises `Unauthorized` or `SmsError`."""
    key, secret = request.basic_login
    if not key:
        key, secret = fields.get("api_key", ""), fields.get("api_secret", "")
        if not key:
            raise SmsError("2", "Missing api_key")
        if not secret and "sig" in fields:
            raise SmsError("14", "Invalid Signature: this sandbox takes the api_secret")
    return find_by_secret(request, key, secret), key


def _read_form(fields: Mapping[str, str], project: Project) -> _Form:
    for name in ("to", "from", "text"):
        if not fields.get(name):
            raise SmsError("2", f"Missing {name} param")
    if fields.get("type", "text") not in ("text", "unicode"):
        raise SmsError("3", "Invalid type: this sandbox takes text and unicode")
    recipient = read_number(fields["to"])
    if not recipient:
        raise SmsError("3", "Invalid to param")
    sender = read_sender(fields["from"], carrier_numbers.list_senders(project, "vonage"))
    if not sender:
        raise SmsError("15", "Illegal Sender Address - rejected")
    if len(fields["text"]) > LONGEST:
        raise SmsError("12", "Message too long")
    callback, client_ref = fields.get("callback", ""), fields.get("client-ref", "")
    if callback and not is_address(callback):
        raise SmsError("3", "Invalid callback param")
    if len(client_ref) > LONGEST_REF:
        raise SmsError("3", "Invalid client-ref param")
    wants_receipt = fields.get("status-report-req", "").lower() not in ("0", "false")
    return _Form(sender, recipient, fields["text"], client_ref, callback, wants_receipt)


def _write_receipts(form: _Form, refs: tuple[str, ...], login: str) -> tuple[NextState, ...]:
    """A receipt for each part: /messaging/sms/guides/delivery-receipts."""
    if not form.wants_receipt:
        return (NextState(State.DELIVERED, call=None),)
    # The state is entered with the first; the others are only told
    calls = (StateChange.Call.USUAL, *(StateChange.Call.AGAIN for _ in refs[1:]))
    return tuple(
        NextState(State.DELIVERED, _write_receipt(form, ref, login, State.DELIVERED), call=call)
        for ref, call in zip(refs, calls, strict=True)
    )


def _write_receipt(form: _Form, ref: str, login: str, state: State, error: str = "") -> str:
    status = STATUSES[state]
    code = error or ("0" if state in (State.SENT, State.DELIVERED) else next(iter(FAILURES)))
    return urlencode(write_receipt(ref, form.sender, form.recipient, status, code, login, form.client_ref))


def _describe_parts(message: CapturedMessage, refs: tuple[str, ...]) -> dict[str, Any]:
    client_ref = message.details["client_ref"]
    shared = {
        "to": message.recipient.removeprefix("+"),
        "status": "0",
        "remaining-balance": BALANCE,
        "message-price": f"{PRICE}0000",
        "network": NETWORK,
        **({"client-ref": client_ref} if client_ref else {}),
    }
    return {
        "message-count": str(len(refs)),
        "messages": [{**shared, "message-id": ref} for ref in refs],
    }


def _draw_ref() -> str:
    return f"0A{secrets.token_hex(7)}".upper()
