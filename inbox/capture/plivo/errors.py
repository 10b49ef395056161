"""Errors in Plivo's own shape: an id of the request and a text, without codes."""

import uuid

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_FAULTS = {
    Fault.NOT_FOUND: (404, "not found"),
    Fault.METHOD: (405, "method not allowed"),
    Fault.TOO_LARGE: (413, "the request is too large"),
    Fault.TOO_SLOW: (408, "the request is too slow"),
    Fault.UNREADABLE: (400, "the request cannot be read: {}"),
    Fault.UNAUTHORIZED: (401, "authentication failed"),
    Fault.UNSTORABLE: (400, "the text cannot be stored: {}"),
    Fault.TOO_MANY: (429, "too many requests"),
    Fault.UNAVAILABLE: (503, "service unavailable, try again"),
}


class PlivoError(CarrierRefusal):
    """An error as Plivo answers it."""

    def __init__(self, status: int, text: str) -> None:
        headers = {"www-authenticate": 'Basic realm="Plivo"'} if status == 401 else {}
        super().__init__(Reply(status, {"api_id": str(uuid.uuid4()), "error": text}, headers=headers), text)


def refuse(text: str) -> PlivoError:
    """An error of a request that says something wrong."""
    return PlivoError(400, text)


def refuse_fault(fault: Fault, text: str) -> PlivoError:
    """The error for what can be wrong with any request."""
    status, words = _FAULTS[fault]
    return PlivoError(status, words.format(text))


def refuse_with(code: str, refusal: Refusal) -> PlivoError:
    """The error of a message that is refused on purpose."""
    return PlivoError(refusal.status, refusal.text)
