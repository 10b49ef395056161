"""Why Plivo sends nothing, and why what it sent did not arrive: /messaging/troubleshooting/error-codes.

Its refusals have no codes: they are named by their HTTP status here.
"""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "400": Refusal(400, "dst {to} is not a valid phone number"),
    "401": Refusal(401, "authentication failed"),
    "402": Refusal(402, "insufficient credit"),
    "403": Refusal(403, "geo permission is not enabled for the destination country of {to}"),
    "500": Refusal(500, "internal server error"),
}
FAILURES = {
    "80": "Destination temporarily unavailable",
    "10": "Invalid message",
    "20": "Network error",
    "30": "Spam detected",
    "40": "Invalid source number",
    "50": "Invalid destination number",
    "60": "Loop detected",
    "70": "Destination permanently unavailable",
    "90": "No route available",
    "100": "Prohibited by carrier",
    "110": "Message too long",
    "200": "Source number blocked by STOP from destination number",
    "300": "Failed to dispatch message",
    "420": "Message expired",
    "900": "Insufficient credit",
    "910": "Account disabled",
    "1000": "Unknown error",
}
