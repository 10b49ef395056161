"""Why Infobip sends nothing, and why what it sent did not arrive.

https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
"""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "E400": Refusal(400, "[messages[0].destinations[0].to : must be a valid phone number] {to}"),
    "E401": Refusal(401, "The request lacks valid authentication credentials."),
    "E403": Refusal(403, "The account is not allowed to send to {to}."),
    "E500": Refusal(500, "Something went wrong."),
}
FAILURES = {
    "27": "EC_ABSENT_SUBSCRIBER",
    "1": "EC_UNKNOWN_SUBSCRIBER",
    "5": "EC_UNIDENTIFIED_SUBSCRIBER",
    "9": "EC_ILLEGAL_SUBSCRIBER",
    "13": "EC_CALL_BARRED",
    "31": "EC_SUBSCRIBER_BUSY_FOR_MT_SMS",
    "32": "EC_SM_DELIVERY_FAILURE",
}
