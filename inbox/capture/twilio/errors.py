"""Errors in Twilio's own shape: https://www.twilio.com/docs/api/errors."""

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_FAULTS = {
    Fault.NOT_FOUND: (404, 20404, "The requested resource {} was not found"),
    Fault.METHOD: (405, 20004, "Method not allowed"),
    Fault.TOO_LARGE: (413, 20413, "The request is too large"),
    Fault.TOO_SLOW: (408, 20408, "The request is too slow"),
    Fault.UNREADABLE: (400, 20001, "The form is not UTF-8"),
    Fault.UNAUTHORIZED: (401, 20003, "Authenticate"),
    Fault.UNSTORABLE: (400, 21619, "The message body cannot be stored: {}"),
    Fault.TOO_MANY: (429, 20429, "Too Many Requests"),
    Fault.UNAVAILABLE: (503, 20503, "Service unavailable, try again"),
}


class TwilioError(CarrierRefusal):
    """An error as Twilio answers it: HTTP status, Twilio's code, a text for a person."""

    def __init__(self, status: int, code: int, text: str) -> None:
        answer = {
            "code": code,
            "message": text,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        headers = {"www-authenticate": 'Basic realm="Twilio API"'} if status == 401 else {}
        super().__init__(Reply(status, answer, headers=headers), text)


def refuse(code: int, text: str) -> TwilioError:
    """An error of a request that says something wrong."""
    return TwilioError(400, code, text)


def not_found(path: str) -> TwilioError:
    """The error for what does not exist."""
    return refuse_fault(Fault.NOT_FOUND, path)


def refuse_fault(fault: Fault, text: str) -> TwilioError:
    """The error for what can be wrong with any request."""
    status, code, words = _FAULTS[fault]
    return TwilioError(status, code, words.format(text))


def refuse_with(code: str, refusal: Refusal) -> TwilioError:
    """The error of a message that is refused on purpose."""
    return TwilioError(refusal.status, int(code), refusal.text)
