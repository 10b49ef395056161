"""`/capture/infobip/sms/...`: the official SDKs work with it, but for the address."""

from typing import Any

from inbox import segments
from inbox.capture.infobip import logs
from inbox.capture.infobip.errors import refuse_fault, refuse_with
from inbox.capture.infobip.sending import Bulk, read_bulk
from inbox.capture.infobip.statuses import REJECTED_DESTINATION, describe_status
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Sending
from inbox.sandbox.models import CapturedMessage, Project

_ROOT = "/capture/infobip/sms"


def _find_project(request: CarrierRequest) -> Project:
    """The project whose API key it has: what is before the key's first hyphen is its name."""
    key = request.token("App")
    return request.find_project("infobip", key.partition("-")[0], "api_key", key)


def _send_messages(request: CarrierRequest) -> Sending:
    project = _find_project(request)
    bulk = read_bulk(request, project)
    drafts = [draft for *_, draft in bulk.destinations if draft]

    def answer(kept: list[CapturedMessage]) -> Reply:
        return Reply(200, _describe_bulk(bulk))

    return Sending(project, drafts, answer)


def _describe_bulk(bulk: Bulk) -> dict[str, Any]:
    messages = []
    for ref, address, draft in bulk.destinations:
        # A number that is none keeps no other message from being sent: its own is answered as rejected
        status = describe_status(draft.state) if draft else dict(REJECTED_DESTINATION)
        described: dict[str, Any] = {"messageId": ref, "status": status, "destination": address}
        if draft and bulk.counted:
            described["details"] = {"messageCount": segments.count(draft.body).segments}
        messages.append(described)
    return {"bulkId": bulk.id, "messages": messages}


def _list_reports(request: CarrierRequest) -> Reply:
    return Reply(200, logs.list_reports(request, _find_project(request)))


def _list_logs(request: CarrierRequest) -> Reply:
    return Reply(200, logs.list_logs(request, _find_project(request)))


def _list_inbox(request: CarrierRequest) -> Reply:
    return Reply(200, logs.list_inbox(request, _find_project(request)))


ENDPOINT = Endpoint(
    {
        f"{_ROOT}/3/messages": {"POST": _send_messages},
        f"{_ROOT}/3/reports": {"GET": _list_reports},
        f"{_ROOT}/3/logs": {"GET": _list_logs},
        f"{_ROOT}/1/inbox/reports": {"GET": _list_inbox},
    },
    refuse_fault,
    refuse_with=refuse_with,
    # a thousand destinations fit into one request
    body_limit=512 * 1024,
)
