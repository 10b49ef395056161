"""Errors in Bandwidth's own shape: a type, a description, and what is wrong with which field."""

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_FAULTS = {
    Fault.NOT_FOUND: (404, "resource-not-found", "The resource is not found."),
    Fault.METHOD: (405, "method-not-allowed", "The method is not allowed."),
    Fault.TOO_LARGE: (413, "request-too-large", "The request is too large."),
    Fault.TOO_SLOW: (408, "request-timeout", "The request is too slow."),
    Fault.UNREADABLE: (400, "bad-request", "{}"),
    Fault.UNAUTHORIZED: (401, "unauthorized", "Authentication Failed"),
    Fault.UNSTORABLE: (400, "request-validation", "The text cannot be stored: {}"),
    Fault.TOO_MANY: (429, "too-many-requests", "Too many requests."),
    Fault.UNAVAILABLE: (503, "service-unavailable", "Service unavailable, try again."),
}


class BandwidthError(CarrierRefusal):
    """An error as Bandwidth answers it."""

    def __init__(self, status: int, kind: str, text: str, **more: object) -> None:
        headers = {"www-authenticate": 'Basic realm="Bandwidth"'} if status == 401 else {}
        super().__init__(Reply(status, {"type": kind, "description": text, **more}, headers=headers), text)


def refuse(field: str, text: str) -> BandwidthError:
    """An error of a request that says something wrong in a field."""
    words = "Your request could not be accepted."
    return BandwidthError(
        400, "request-validation", words, fieldErrors=[{"fieldName": field, "description": text}]
    )


def refuse_fault(fault: Fault, text: str) -> BandwidthError:
    """The error for what can be wrong with any request."""
    status, kind, words = _FAULTS[fault]
    return BandwidthError(status, kind, words.format(text))


def refuse_with(code: str, refusal: Refusal) -> BandwidthError:
    """The error of a message that is refused on purpose."""
    return BandwidthError(refusal.status, code, refusal.text)
