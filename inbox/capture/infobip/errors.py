"""Errors in Infobip's own shape: https://www.infobip.com/docs/api (version 3 of the SMS API)."""

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_FAULTS = {
    Fault.NOT_FOUND: (404, "E404", "The requested resource is not found."),
    Fault.METHOD: (405, "E405", "The method is not allowed."),
    Fault.TOO_LARGE: (413, "E413", "The request is too large."),
    Fault.TOO_SLOW: (408, "E408", "The request is too slow."),
    Fault.UNREADABLE: (400, "E400", "Request cannot be processed: {}."),
    Fault.UNAUTHORIZED: (401, "E401", "The request lacks valid authentication credentials."),
    Fault.UNSTORABLE: (400, "E400", "The text cannot be stored: {}"),
    Fault.TOO_MANY: (429, "E429", "Too many requests."),
    Fault.UNAVAILABLE: (503, "E503", "Service unavailable, try again."),
}


class InfobipError(CarrierRefusal):
    """An error as Infobip answers it; `violations` are pairs of a property and what is wrong with it."""

    def __init__(
        self, status: int, code: str, text: str, violations: tuple[tuple[str, str], ...] = ()
    ) -> None:
        listed = [{"property": name, "violation": why} for name, why in violations]
        answer = {
            "errorCode": code,
            "description": text,
            "action": "Check the request and try again.",
            "violations": listed,
            "resources": [],
        }
        super().__init__(Reply(status, answer), text)


def refuse(name: str, why: str) -> InfobipError:
    """An error of a request that says something wrong in a property."""
    return InfobipError(400, "E400", "Request cannot be processed.", ((name, why),))


def refuse_fault(fault: Fault, text: str) -> InfobipError:
    """The error for what can be wrong with any request."""
    status, code, words = _FAULTS[fault]
    return InfobipError(status, code, words.format(text))


def refuse_with(code: str, refusal: Refusal) -> InfobipError:
    """The error of a message that is refused on purpose."""
    return InfobipError(refusal.status, code, refusal.text)
