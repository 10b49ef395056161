"""Why Vonage sends nothing, and why what it sent did not arrive, by the codes of the SMS API.

https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms and /delivery-receipts
"""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "1": Refusal(200, "Throughput Rate Exceeded - please wait [ 1000 ] and retry"),
    "4": Refusal(200, "Bad Credentials"),
    "5": Refusal(200, "Internal Error"),
    "6": Refusal(200, "Unroutable message - rejected"),
    "7": Refusal(200, "Number barred"),
    "8": Refusal(200, "Partner account barred"),
    "9": Refusal(200, "Partner quota exceeded"),
    "15": Refusal(200, "Illegal Sender Address - rejected"),
}
FAILURES = {
    "1": "Unknown",
    "2": "Absent Subscriber - Temporary",
    "3": "Absent Subscriber - Permanent",
    "4": "Call Barred by User",
    "5": "Portability Error",
    "6": "Anti-Spam Rejection",
    "7": "Handset Busy",
    "8": "Network Error",
    "9": "Illegal Number",
    "10": "Illegal Message",
    "11": "Unroutable",
    "12": "Destination Unreachable",
    "13": "Subscriber Age Restriction",
    "14": "Number Blocked by Carrier",
    "15": "Prepaid Insufficient Funds",
    "99": "General Error",
}
