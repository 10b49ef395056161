"""Errors in MessageBird's own shape: https://developers.messagebird.com/api/#api-errors."""

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_FAULTS = {
    Fault.NOT_FOUND: (404, 98, "Not found"),
    Fault.METHOD: (405, 101, "Method not allowed"),
    Fault.TOO_LARGE: (413, 21, "The request is too large"),
    Fault.TOO_SLOW: (408, 21, "The request is too slow"),
    Fault.UNREADABLE: (422, 21, "Bad request: {}"),
    Fault.UNSTORABLE: (422, 21, "The body cannot be stored: {}"),
    Fault.TOO_MANY: (429, 100, "Too many requests"),
    Fault.UNAVAILABLE: (503, 99, "Service unavailable, try again"),
}


class MessageBirdError(CarrierRefusal):
    """An error as MessageBird answers it."""

    def __init__(self, status: int, code: int, text: str, parameter: str | None = None) -> None:
        error = {"code": code, "description": text, "parameter": parameter}
        super().__init__(Reply(status, {"errors": [error]}), text)


def refuse(parameter: str, text: str, code: int = 21) -> MessageBirdError:
    """An error of a request that says something wrong in a parameter."""
    return MessageBirdError(422, code, text, parameter)


def not_found() -> MessageBirdError:
    """The error for a message that does not exist."""
    return MessageBirdError(404, 20, "message not found")


def refuse_fault(fault: Fault, text: str) -> MessageBirdError:
    """The error for what can be wrong with any request."""
    if fault is Fault.UNAUTHORIZED:
        return MessageBirdError(401, 2, "Request not allowed (incorrect access_key)", "access_key")
    status, code, words = _FAULTS[fault]
    return MessageBirdError(status, code, words.format(text))


def refuse_with(code: str, refusal: Refusal) -> MessageBirdError:
    """The error of a message that is refused on purpose."""
    return MessageBirdError(refusal.status, int(code), refusal.text)
