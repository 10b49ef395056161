"""`/capture/sinch/xms/v1/{service_plan_id}/...`: the official SDKs work with it, but for the address."""

from inbox import segments
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Sending
from inbox.capture.sinch import batches
from inbox.capture.sinch.errors import refuse_fault, refuse_with
from inbox.capture.sinch.sending import read_drafts
from inbox.sandbox.models import Project

_PLAN = r"/capture/sinch/xms/v1/(?P<plan>[A-Za-z0-9-]{1,64})"
_BATCH = rf"{_PLAN}/batches/(?P<ref>[0-9A-Za-z]{{1,40}})"


def _find_project(request: CarrierRequest) -> Project:
    """The project whose service plan and token it has; raises `Unauthorized`."""
    return request.find_project("sinch", request.parts["plan"], "api_token", request.token("Bearer"))


def _send_batch(request: CarrierRequest) -> Sending:
    project = _find_project(request)
    drafts = read_drafts(request, project)
    return Sending(project, drafts, lambda kept: Reply(201, batches.describe(kept[0])))


def _dry_run(request: CarrierRequest) -> Reply:
    """What a batch would cost, without sending it."""
    drafts = read_drafts(request, _find_project(request))
    counts = {draft.recipient: segments.count(draft.body) for draft in drafts}
    told = {
        "number_of_recipients": len(drafts),
        "number_of_messages": sum(c.segments for c in counts.values()),
    }
    if request.query.get("per_recipient", [""])[0].lower() != "true":
        return Reply(200, told)
    per_recipient = [
        {
            "recipient": draft.recipient.removeprefix("+"),
            "body": draft.body,
            "number_of_parts": counts[draft.recipient].segments,
            "encoding": "unicode" if counts[draft.recipient].encoding == "UCS-2" else "text",
        }
        for draft in drafts
    ]
    return Reply(200, {**told, "per_recipient": per_recipient})


def _list_batches(request: CarrierRequest) -> Reply:
    return Reply(200, batches.list_batches(request, _find_project(request)))


def _fetch_batch(request: CarrierRequest) -> Reply:
    return Reply(200, batches.describe(batches.fetch(_find_project(request), request.parts["ref"])))


def _cancel_batch(request: CarrierRequest) -> Reply:
    return Reply(200, batches.describe(batches.cancel(_find_project(request), request.parts["ref"])))


def _fetch_report(request: CarrierRequest) -> Reply:
    return Reply(200, batches.describe_report(request, _find_project(request), request.parts["ref"]))


def _fetch_recipient_report(request: CarrierRequest) -> Reply:
    project, parts = _find_project(request), request.parts
    return Reply(200, batches.describe_recipient_report(project, parts["ref"], parts["recipient"]))


def _list_reports(request: CarrierRequest) -> Reply:
    return Reply(200, batches.list_reports(request, _find_project(request)))


def _list_inbounds(request: CarrierRequest) -> Reply:
    return Reply(200, batches.list_inbounds(request, _find_project(request)))


def _fetch_inbound(request: CarrierRequest) -> Reply:
    return Reply(200, batches.fetch_inbound(_find_project(request), request.parts["ref"]))


ENDPOINT = Endpoint(
    {
        rf"{_PLAN}/batches": {"GET": _list_batches, "POST": _send_batch},
        rf"{_PLAN}/batches/dry_run": {"POST": _dry_run},
        _BATCH: {"GET": _fetch_batch, "DELETE": _cancel_batch},
        rf"{_BATCH}/delivery_report": {"GET": _fetch_report},
        rf"{_BATCH}/delivery_report/(?P<recipient>\+?[0-9]{{1,15}})": {"GET": _fetch_recipient_report},
        rf"{_PLAN}/delivery_reports": {"GET": _list_reports},
        rf"{_PLAN}/inbounds": {"GET": _list_inbounds},
        rf"{_PLAN}/inbounds/(?P<ref>[0-9A-Za-z]{{1,40}})": {"GET": _fetch_inbound},
    },
    refuse_fault,
    refuse_with=refuse_with,
)
