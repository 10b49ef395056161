"""Errors in Twilio's own shape: https://www.twilio.com/docs/api/errors."""


class TwilioError(Exception):
    """An error as Twilio answers it: HTTP status, Twilio's code, a text for a person."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.answer = {
            "code": code,
            "message": text,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        self.status = status


def refuse(code: int, text: str) -> TwilioError:
    """An error of a request that says something wrong."""
    return TwilioError(400, code, text)


def not_found(path: str) -> TwilioError:
    """The error for what does not exist."""
    return TwilioError(404, 20404, f"The requested resource {path} was not found")


def unavailable() -> TwilioError:
    """The error for trouble of our own."""
    return TwilioError(503, 20503, "Service unavailable, try again")
