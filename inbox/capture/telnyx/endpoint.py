"""`/capture/telnyx/v2/...`: the official SDKs work with it, but for the address."""

from collections.abc import Callable
from typing import Any

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Handler, Sending
from inbox.capture.telnyx import changes, numbers, profiles, verify, verify_profiles
from inbox.capture.telnyx.errors import refuse_fault, refuse_with
from inbox.capture.telnyx.logins import find_project
from inbox.capture.telnyx.payloads import describe
from inbox.capture.telnyx.sending import read_draft
from inbox.sandbox.models import Project

_V2 = "/capture/telnyx/v2"
_REF = "(?P<ref>[0-9A-Za-z-]{1,64})"
_PROFILE = "messaging_profile_id"


def _send(*needed: str) -> Handler:
    """What handles an address of sending, which needs some parameters."""

    def send_message(request: CarrierRequest) -> Sending:
        project = find_project(request)
        draft = read_draft(request, project, *needed)
        return Sending(project, [draft], lambda kept: Reply(200, {"data": describe(kept[0])}))

    return send_message


def _answer(work: Callable[[CarrierRequest, Project], dict[str, Any]]) -> Handler:
    """What handles an address whose answer is one resource."""

    def answer(request: CarrierRequest) -> Reply:
        return Reply(200, {"data": work(request, find_project(request))})

    return answer


def _answer_plainly(work: Callable[[CarrierRequest, Project], dict[str, Any]]) -> Handler:
    """What handles an address whose answer is not within `data`, such as a page of a list."""

    def answer(request: CarrierRequest) -> Reply:
        return Reply(200, work(request, find_project(request)))

    return answer


def _start_verification(request: CarrierRequest) -> Sending:
    return verify.start(request, find_project(request))


ENDPOINT = Endpoint(
    {
        f"{_V2}/messages": {"POST": _send()},
        f"{_V2}/messages/long_code": {"POST": _send("from")},
        f"{_V2}/messages/short_code": {"POST": _send("from")},
        f"{_V2}/messages/number_pool": {"POST": _send(_PROFILE)},
        f"{_V2}/messages/alphanumeric_sender_id": {"POST": _send("from", _PROFILE)},
        f"{_V2}/messages/schedule": {"POST": _send("send_at")},
        rf"{_V2}/messages/{_REF}": {"GET": _answer(changes.fetch), "DELETE": _answer_plainly(changes.cancel)},
        f"{_V2}/messaging_profiles": {
            "GET": _answer_plainly(profiles.list_profiles),
            "POST": _answer(profiles.create),
        },
        rf"{_V2}/messaging_profiles/{_REF}": {
            "GET": _answer(profiles.fetch),
            "PATCH": _answer(profiles.update),
            "DELETE": _answer(profiles.delete),
        },
        f"{_V2}/available_phone_numbers": {"GET": _answer_plainly(numbers.search)},
        f"{_V2}/number_orders": {"GET": _answer_plainly(numbers.list_orders), "POST": _answer(numbers.order)},
        rf"{_V2}/number_orders/{_REF}": {"GET": _answer(numbers.fetch_order)},
        f"{_V2}/phone_numbers": {"GET": _answer_plainly(numbers.list_owned)},
        rf"{_V2}/phone_numbers/{_REF}": {"GET": _answer(numbers.fetch), "DELETE": _answer(numbers.delete)},
        rf"{_V2}/phone_numbers/{_REF}/messaging": {"PATCH": _answer(numbers.configure)},
        f"{_V2}/balance": {"GET": _answer(numbers.read_balance)},
        f"{_V2}/verify_profiles": {
            "GET": _answer_plainly(verify_profiles.list_profiles),
            "POST": _answer(verify_profiles.create),
        },
        rf"{_V2}/verify_profiles/{_REF}": {
            "GET": _answer(verify_profiles.fetch),
            "PATCH": _answer(verify_profiles.update),
            "DELETE": _answer(verify_profiles.delete),
        },
        f"{_V2}/verifications/sms": {"POST": _start_verification},
        rf"{_V2}/verifications/{_REF}": {"GET": _answer(verify.fetch)},
        rf"{_V2}/verifications/{_REF}/actions/verify": {"POST": _answer(verify.check)},
        rf"{_V2}/verifications/by_phone_number/(?P<number>\+[0-9]{{1,15}})/actions/verify": {
            "POST": _answer(verify.check_by_number)
        },
    },
    refuse_fault,
    refuse_with=refuse_with,
)
