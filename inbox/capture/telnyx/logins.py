"""Whose key a request to Telnyx's API has."""

import re

from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.sandbox.models import Project

_KEY = re.compile(r"KEY[0-9A-Za-z_-]{1,80}")


def find_project(request: CarrierRequest) -> Project:
    """The project whose API key it has; raises `Unauthorized`. What is before the key's underscore is no secret."""
    key = request.token("Bearer")
    if not _KEY.fullmatch(key):
        raise Unauthorized
    return request.find_project("telnyx", key.partition("_")[0], "api_key", key)
