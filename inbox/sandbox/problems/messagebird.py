"""Why MessageBird sends nothing, and why what it sent did not arrive.

https://developers.messagebird.com/api/#api-errors and /api/sms-messaging/#sms-statuses.
"""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "9": Refusal(422, "no (correct) recipients found: {to}"),
    "2": Refusal(401, "Request not allowed (incorrect access_key)"),
    "10": Refusal(422, "originator is invalid: {from}"),
    "25": Refusal(422, "Not enough balance"),
    "99": Refusal(500, "Internal error"),
}
FAILURES = {
    "27": "Absent subscriber",
    "1": "Unknown subscriber",
    "5": "Unidentified subscriber",
    "9": "Illegal subscriber",
    "13": "Barred subscriber",
    "31": "Subscriber busy for SMS",
    "33": "Message waiting list full",
    "36": "Unknown error",
}
