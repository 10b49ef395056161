"""Why Twilio sends nothing, and why what it sent did not arrive: https://www.twilio.com/docs/api/errors."""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "21211": Refusal(400, "The 'To' number {to} is not a valid phone number."),
    "21408": Refusal(
        400, "Permission to send an SMS has not been enabled for the region of the 'To' number: {to}."
    ),
    "21606": Refusal(
        400, "The 'From' phone number provided ({from}) is not a valid message-capable phone number."
    ),
    "21610": Refusal(400, "Attempt to send to unsubscribed recipient {to}"),
    "21611": Refusal(400, "This 'From' number {from} has exceeded the maximum number of queued messages."),
    "21612": Refusal(400, "The 'To' phone number {to} is not currently reachable via SMS."),
    "21614": Refusal(400, "'To' number {to} is not a valid mobile number."),
    "20003": Refusal(401, "Authenticate"),
    "20005": Refusal(403, "Account not active"),
    "20500": Refusal(500, "An internal server error has occurred"),
}
FAILURES = {
    "30003": "Unreachable destination handset",
    "30001": "Queue overflow",
    "30002": "Account suspended",
    "30004": "Message blocked",
    "30005": "Unknown destination handset",
    "30006": "Landline or unreachable carrier",
    "30007": "Message filtered",
    "30008": "Unknown error",
}
