"""`/capture/plivo/v1/Account/{auth_id}/Message/...`: the official SDKs work with it, but for the address."""

from inbox.capture.plivo.errors import PlivoError, refuse_fault, refuse_with
from inbox.capture.plivo.lists import list_messages
from inbox.capture.plivo.resources import describe, describe_media, new_id
from inbox.capture.plivo.sending import read_drafts
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.capture.serving import Endpoint, Sending
from inbox.sandbox.captured.plivo import PLIVO, SHORT_LOGIN
from inbox.sandbox.models import CapturedMessage, Project

_ACCOUNT = r"/capture/plivo/v1/Account/(?P<account>[A-Z0-9]{1,40})"
_MESSAGE = rf"{_ACCOUNT}/Message/(?P<ref>[0-9a-fA-F-]{{1,64}})"


def _find_project(request: CarrierRequest) -> Project:
    """The project whose login it has; raises `Unauthorized`. The address must name the same account."""
    user, password = request.basic_login
    if user != request.parts["account"]:
        raise Unauthorized
    user = PLIVO.fixed.name if user == SHORT_LOGIN else user
    return request.find_project("plivo", user, "auth_token", password)


def _find_message(request: CarrierRequest) -> CapturedMessage:
    """The message that is asked for; raises `PlivoError` where there is none."""
    project, ref = _find_project(request), request.parts["ref"].lower()
    message = CapturedMessage.objects.filter(project=project, carrier="plivo", ref=ref).first()
    if message is None:
        raise PlivoError(404, "not found")
    return message


def _send_message(request: CarrierRequest) -> Sending:
    project = _find_project(request)
    drafts, wrong = read_drafts(request, project)

    def answer(kept: list[CapturedMessage]) -> Reply:
        told = {"api_id": new_id(), "message": "message(s) queued", "message_uuid": [one.ref for one in kept]}
        # A wrong recipient among right ones is named, and keeps no other message from being sent
        return Reply(202, {**told, "invalid_number": wrong} if wrong else told)

    return Sending(project, drafts, answer)


def _list_messages(request: CarrierRequest) -> Reply:
    return Reply(200, list_messages(request, _find_project(request), request.parts["account"]))


def _fetch_message(request: CarrierRequest) -> Reply:
    described = describe(request.parts["account"], _find_message(request))
    return Reply(200, {"api_id": new_id(), **described})


def _list_media(request: CarrierRequest) -> Reply:
    return Reply(200, describe_media(_find_message(request)))


ENDPOINT = Endpoint(
    {
        rf"{_ACCOUNT}/Message/": {"GET": _list_messages, "POST": _send_message},
        rf"{_MESSAGE}/": {"GET": _fetch_message},
        rf"{_MESSAGE}/Media/": {"GET": _list_media},
    },
    refuse_fault,
    refuse_with=refuse_with,
)
