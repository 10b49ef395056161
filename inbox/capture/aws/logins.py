"""Whose access key a request has.

SigV4 signs the host and path that a program sees, which proxies change: the signature is accepted as given, and the id
of the access key is all that is looked at. Those that are drawn cannot be guessed.
"""

import re

from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.sandbox.models import Project

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,64})/[^,]{1,100},\s*SignedHeaders=.*Signature="
)


def find_project(request: CarrierRequest) -> Project:
    """The project whose access key signs it; raises `Unauthorized`."""
    found = _CREDENTIAL.match(request.headers.get("authorization", ""))
    if found is None:
        raise Unauthorized
    return request.find_project_of("aws", found[1])
