"""Why Sinch sends nothing, and why what it sent did not arrive: /docs/sms/api-reference/sms/tag/Delivery-reports."""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "syntax_constraint_violation": Refusal(400, "to has something that is not a phone number: {to}"),
    "unauthorized": Refusal(401, "the API token is not valid for this service plan"),
    "forbidden": Refusal(403, "the service plan is not allowed to send to {to}"),
    "internal_error": Refusal(500, "internal error"),
}
FAILURES = {
    "404": "Temporary delivery failure",
    "402": "Message unroutable",
    "403": "Internal error",
    "405": "Unmatched parameter",
    "406": "Internal expiry",
    "408": "Internal reject",
    "410": "Unmatched default originator",
    "411": "Exceeded parts limit",
    "412": "Unprovisioned region",
    "413": "Blocked",
}
