"""Whose login a request to Twilio's API has."""

from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.sandbox.models import Project


def find_project(request: CarrierRequest) -> Project:
    """The project whose login it has; raises `Unauthorized`. The address must name the same account."""
    user, password = request.basic_login
    if user != request.parts["sid"]:
        raise Unauthorized
    return request.find_project("twilio", user, "auth_token", password)
