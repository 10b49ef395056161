"""Why End User Messaging sends nothing: the exceptions of SendTextMessage in botocore's model.

SNS has other names for the same. Neither calls back, so that there are no codes of failures.
"""

from inbox.sandbox.problems.refusal import Refusal

REFUSALS = {
    "ConflictException": Refusal(400, "The destination phone number {to} is opted out"),
    "AccessDeniedException": Refusal(400, "The account is not allowed to send"),
    "ServiceQuotaExceededException": Refusal(400, "The monthly spend limit is reached"),
    "ValidationException": Refusal(400, "The destination country of {to} is blocked"),
    "InternalServerException": Refusal(500, "The service has an internal error"),
}
