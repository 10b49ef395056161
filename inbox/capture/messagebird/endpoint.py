"""`/capture/messagebird/messages`: the official SDKs work with it, but for the address."""

from inbox.capture.messagebird import lists
from inbox.capture.messagebird.errors import refuse_fault, refuse_with
from inbox.capture.messagebird.resources import describe
from inbox.capture.messagebird.sending import read_drafts
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Sending
from inbox.sandbox.captured.messagebird import NAME_LENGTH
from inbox.sandbox.models import Project

_MESSAGES = "/capture/messagebird/messages"


def _find_project(request: CarrierRequest) -> Project:
    """The project whose access key it has: the key's beginning is its name."""
    key = request.token("AccessKey")
    return request.find_project("messagebird", key[:NAME_LENGTH], "access_key", key)


def _send_message(request: CarrierRequest) -> Sending:
    project = _find_project(request)
    return Sending(project, read_drafts(request, project), lambda kept: Reply(201, describe(kept)))


def _list_messages(request: CarrierRequest) -> Reply:
    return Reply(200, lists.list_messages(request, _find_project(request)))


def _fetch_message(request: CarrierRequest) -> Reply:
    return Reply(200, lists.fetch(_find_project(request), request.parts["ref"]))


def _delete_message(request: CarrierRequest) -> Reply:
    lists.delete(_find_project(request), request.parts["ref"])
    return Reply(204)


ENDPOINT = Endpoint(
    {
        f"{_MESSAGES}/?": {"GET": _list_messages, "POST": _send_message},
        rf"{_MESSAGES}/(?P<ref>[0-9A-Za-z]{{1,64}})": {"GET": _fetch_message, "DELETE": _delete_message},
    },
    refuse_fault,
    refuse_with=refuse_with,
)
