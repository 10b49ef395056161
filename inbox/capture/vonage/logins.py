"""Whose login a request to Vonage has: key and secret, or the token of an application."""

import re
from typing import Any

import jwt

from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.sandbox.captured.vonage import login_of
from inbox.sandbox.models import Project

_APPLICATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(r"[0-9A-Za-z]{1,32}")


def find_project(request: CarrierRequest) -> Project:
    """The project whose login it has; raises `Unauthorized`."""
    token = request.token("Bearer")
    if not token:
        return find_by_secret(request, *request.basic_login)
    application = _read_application(token)
    return request.find_project("vonage", login_of(application), "application_id", application)


def find_by_secret(request: CarrierRequest, key: str, secret: str) -> Project:
    """The project that has this key and secret; raises `Unauthorized`."""
    if not _KEY.fullmatch(key):
        raise Unauthorized
    return request.find_project("vonage", key, "api_secret", secret)


def _read_application(token: str) -> str:
    """The application that a token names, which has not expired; raises `Unauthorized`.

    Its signature is not checked: the key is the program's own, and no project has its other half. That an
    application's id is known proves as much as a secret, as it is drawn like one.
    """
    claims: dict[str, Any] = {}
    try:
        if jwt.get_unverified_header(token).get("alg") == "RS256":
            claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": True})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthorized from None
    application = claims.get("application_id")
    if not isinstance(application, str) or not _APPLICATION.fullmatch(application):
        raise Unauthorized
    return application
