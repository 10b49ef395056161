"""`/capture/bandwidth/users/{accountId}/messages`: the official SDKs work with it, but for the address."""

from inbox.capture.bandwidth.errors import refuse_fault, refuse_with
from inbox.capture.bandwidth.lists import list_messages
from inbox.capture.bandwidth.sending import read_drafts
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.capture.serving import Endpoint, Sending
from inbox.sandbox.models import CapturedMessage, Project

# With and without /api/v2, as programs end the address that they give the SDK in either way
_MESSAGES = r"/capture/bandwidth(/api/v2)?/users/(?P<account>[A-Za-z0-9]{1,64})/messages"


def _find_project(request: CarrierRequest) -> Project:
    """The project of the account whose API user asks; raises `Unauthorized`."""
    user, password = request.basic_login
    found = request.find_credential("bandwidth", request.parts["account"], "api_password", password)
    # The account in the address names the project: its API user is a part of the proof
    if user != found.sealed["api_username"]:
        raise Unauthorized
    return found.project


def _send_message(request: CarrierRequest) -> Sending:
    project = _find_project(request)

    def answer(kept: list[CapturedMessage]) -> Reply:
        # The description is kept as callbacks have it, without the text
        return Reply(202, {**kept[0].details["message"], "text": kept[0].body})

    return Sending(project, read_drafts(request, project), answer)


def _list_messages(request: CarrierRequest) -> Reply:
    return Reply(200, list_messages(request, _find_project(request), request.parts["account"]))


ENDPOINT = Endpoint(
    {_MESSAGES: {"GET": _list_messages, "POST": _send_message}}, refuse_fault, refuse_with=refuse_with
)
