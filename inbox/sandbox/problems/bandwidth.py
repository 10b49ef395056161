"""Why Bandwidth sends nothing, and why what it sent did not arrive: https://dev.bandwidth.com/docs/messaging/errors."""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "request-validation": Refusal(
        400, "'{to}' must be replaced with a valid E164 formatted telephone number"
    ),
    "unauthorized": Refusal(401, "Authentication Failed"),
    "forbidden": Refusal(403, "Access Denied"),
    "internal-error": Refusal(500, "Internal server error"),
}
FAILURES = {
    "4750": "destination-rejected-message",
    "4403": "messaging-forbidden-from",
    "4404": "messaging-forbidden-to",
    "4405": "unallocated-from-number",
    "4406": "unallocated-to-number",
    "4432": "forbidden-country",
    "4470": "rejected-spam-detected",
    "4700": "invalid-service-type",
    "4720": "invalid-destination-address",
    "4721": "destination-tn-deactivated",
    "4770": "destination-spam-detected",
    "4775": "destination-rejected-due-to-user-opt-out",
    "9902": "delivery-receipt-expired",
}
