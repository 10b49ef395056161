"""`/capture/telnyx/v2/...`: the official SDKs work with it, but for the address."""

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Handler, Sending
from inbox.capture.telnyx import changes
from inbox.capture.telnyx.errors import refuse_fault, refuse_with
from inbox.capture.telnyx.logins import find_project
from inbox.capture.telnyx.payloads import describe
from inbox.capture.telnyx.sending import read_draft

_V2 = "/capture/telnyx/v2"
_PROFILE = "messaging_profile_id"


def _send(*needed: str) -> Handler:
    """What handles an address of sending, which needs some parameters."""

    def send_message(request: CarrierRequest) -> Sending:
        project = find_project(request)
        draft = read_draft(request, project, *needed)
        return Sending(project, [draft], lambda kept: Reply(200, {"data": describe(kept[0])}))

    return send_message


def _fetch_message(request: CarrierRequest) -> Reply:
    return Reply(200, {"data": changes.fetch(request, find_project(request))})


def _cancel_message(request: CarrierRequest) -> Reply:
    return Reply(200, changes.cancel(request, find_project(request)))


ENDPOINT = Endpoint(
    {
        f"{_V2}/messages": {"POST": _send()},
        f"{_V2}/messages/long_code": {"POST": _send("from")},
        f"{_V2}/messages/short_code": {"POST": _send("from")},
        f"{_V2}/messages/number_pool": {"POST": _send(_PROFILE)},
        f"{_V2}/messages/alphanumeric_sender_id": {"POST": _send("from", _PROFILE)},
        f"{_V2}/messages/schedule": {"POST": _send("send_at")},
        rf"{_V2}/messages/(?P<ref>[0-9A-Za-z-]{{1,64}})": {"GET": _fetch_message, "DELETE": _cancel_message},
    },
    refuse_fault,
    refuse_with=refuse_with,
)
