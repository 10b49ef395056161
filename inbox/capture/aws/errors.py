"""Errors in AWS's two shapes: JSON with the name of the exception, and XML with its code."""

import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

JSON = "application/x-amz-json-1.0"
XML = "text/xml"
SNS_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
_SERIALIZATION = "SerializationException"
_FAULTS = {
    Fault.NOT_FOUND: (404, "UnknownOperationException", "no such operation"),
    Fault.METHOD: (405, "UnknownOperationException", "requests are posted"),
    Fault.TOO_LARGE: (413, "RequestEntityTooLarge", "the request is too large"),
    Fault.TOO_SLOW: (408, "RequestTimeout", "the request is too slow"),
    Fault.UNREADABLE: (400, _SERIALIZATION, "{}"),
    Fault.UNAUTHORIZED: (403, "", "The security token included in the request is invalid."),
    Fault.UNSTORABLE: (400, "", "the message cannot be stored: {}"),
    Fault.TOO_MANY: (429, "", "Rate exceeded"),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable", "service unavailable, try again"),
}
_JSON_NAMES = {
    Fault.UNAUTHORIZED: "UnrecognizedClientException",
    Fault.UNSTORABLE: "ValidationException",
    Fault.TOO_MANY: "ThrottlingException",
}
_XML_NAMES = {
    Fault.UNAUTHORIZED: "InvalidClientTokenId",
    Fault.UNSTORABLE: "InvalidParameter",
    Fault.TOO_MANY: "Throttling",
}
_XML_CODES = {
    "AccessDeniedException": "AuthorizationError",
    "ConflictException": "OptedOut",
    "InternalServerException": "InternalError",
    "ServiceQuotaExceededException": "Throttling",
    "ValidationException": "InvalidParameter",
}
"""SNS's codes for the exceptions of End User Messaging."""


class JsonError(CarrierRefusal):
    """An error of End User Messaging."""

    def __init__(self, status: int, name: str, text: str, **fields: Any) -> None:
        # Both spellings of the text: SDKs differ in which one they read
        answer = {"__type": name, "Message": text, "message": text, **fields}
        super().__init__(Reply(status, answer, JSON, _request_id()), text)


class XmlError(CarrierRefusal):
    """An error of SNS."""

    def __init__(self, status: int, code: str, text: str) -> None:
        headers = _request_id()
        body = (
            f'<ErrorResponse xmlns="{SNS_NAMESPACE}"><Error><Type>{"Sender" if status < 500 else "Receiver"}</Type>'
            f"<Code>{code}</Code><Message>{escape(text)}</Message></Error>"
            f"<RequestId>{headers['x-amzn-requestid']}</RequestId></ErrorResponse>"
        )
        super().__init__(Reply(status, body.encode(), XML, headers), text)


def refuse_json_fault(fault: Fault, text: str) -> JsonError:
    """End User Messaging's error for what can be wrong with any request."""
    status, name, words = _FAULTS[fault]
    return JsonError(status, name or _JSON_NAMES[fault], words.format(text))


def refuse_xml_fault(fault: Fault, text: str) -> XmlError:
    """SNS's error for what can be wrong with any request."""
    status, name, words = _FAULTS[fault]
    return XmlError(status, name or _XML_NAMES[fault], words.format(text))


def refuse_with_json(code: str, refusal: Refusal) -> JsonError:
    """End User Messaging's error of a message that is refused on purpose."""
    return JsonError(refusal.status, code, refusal.text)


def refuse_with_xml(code: str, refusal: Refusal) -> XmlError:
    """SNS's error of a message that is refused on purpose."""
    return XmlError(refusal.status, _XML_CODES.get(code, code), refusal.text)


def invalid(field: str, text: str, reason: str = "FIELD_VALIDATION_FAILED") -> JsonError:
    """End User Messaging's error for a field that says something wrong."""
    return JsonError(
        400, "ValidationException", text, Reason=reason, Fields=[{"Name": field, "Message": text}]
    )


def _request_id() -> Mapping[str, str]:
    return {"x-amzn-requestid": str(uuid.uuid4())}
