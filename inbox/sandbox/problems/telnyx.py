"""Why Telnyx sends nothing, and why what it sent did not arrive.

https://developers.telnyx.com/api/errors and /docs/messaging/messages/error-codes
"""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "40310": Refusal(400, "The 'to' address should be a single valid number."),
    "40305": Refusal(
        400,
        "The 'from' address should be string containing a valid number associated with the sending messaging profile.",
    ),
    "40300": Refusal(400, "The recipient has opted out of messages from this sender."),
    "40320": Refusal(409, "The sending number {from} is in a temporarily unusable or pending state."),
    "10009": Refusal(401, "No such API key exists here."),
    "10010": Refusal(403, "You do not have permission to perform the requested action."),
    "10007": Refusal(500, "An unexpected error occurred."),
}
TITLES = {
    "40310": "Invalid 'to' address",
    "40305": "Invalid 'from' address",
    "40300": "Blocked due to STOP message",
    "40320": "Temporarily unusable 'from' address",
    "10009": "Authentication failed",
    "10010": "Authorization failed",
    "10007": "Unexpected error",
}
"""The titles of the same."""
FAILURES = {
    "40008": "Undeliverable",
    "40001": "Not routable",
    "40002": "Blocked as spam - temporary",
    "40003": "Blocked as spam - permanent",
    "40004": "Rejected by destination",
    "40005": "Message expired during transmission",
    "40006": "Recipient server unavailable",
    "40011": "Too many requests",
    "40012": "Invalid messaging destination number",
}
