"""`/capture/twilio/...`: the official SDKs work with it, but for the address.

Twilio's hosts share it, as their paths differ: `api.` has `2010-04-01/...`, `messaging.` has `v1/Services/...`,
`verify.` has `v2/Services/...`, `lookups.` has `v2/PhoneNumbers/...`. The host's name may stand in front of that:
`/capture/twilio/verify/v2/Services/...`.
"""

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Endpoint, Sending
from inbox.capture.twilio import (
    accounts,
    available_numbers,
    changes,
    incoming_numbers,
    lists,
    lookups,
    media,
    service_senders,
    services,
    verifications,
    verify_services,
)
from inbox.capture.twilio.errors import refuse_fault, refuse_with
from inbox.capture.twilio.logins import find_project
from inbox.capture.twilio.resources import describe
from inbox.capture.twilio.sending import read_draft
from numbers import carriers

_ACCOUNT = r"/capture/twilio/2010-04-01/Accounts/(?P<sid>[^/]{1,64})"
_LIST = rf"{_ACCOUNT}/Messages(\.json)?"
_MESSAGE = rf"{_ACCOUNT}/Messages/(?P<ref>[A-Za-z0-9]{{1,64}}?)(\.json)?"


def _send_message(request: CarrierRequest) -> Sending:
    project = find_project(request)
    draft = read_draft(request, project)
    return Sending(project, [draft], lambda kept: Reply(201, describe(request.parts["sid"], kept[0])))


def _list_messages(request: CarrierRequest) -> Reply:
    return Reply(200, lists.list_messages(request, find_project(request)))


def _fetch_message(request: CarrierRequest) -> Reply:
    return Reply(200, changes.fetch(request, find_project(request), request.parts["ref"]))


def _update_message(request: CarrierRequest) -> Reply:
    return Reply(200, changes.update(request, find_project(request), request.parts["ref"]))


def _delete_message(request: CarrierRequest) -> Reply:
    changes.delete(request, find_project(request), request.parts["ref"])
    return Reply(204)


ENDPOINT = Endpoint(
    {
        _LIST: {"GET": _list_messages, "POST": _send_message},
        _MESSAGE: {"GET": _fetch_message, "POST": _update_message, "DELETE": _delete_message},
        **accounts.ROUTES,
        **available_numbers.ROUTES,
        **incoming_numbers.ROUTES,
        **services.ROUTES,
        **service_senders.ROUTES,
        **verify_services.ROUTES,
        **verifications.ROUTES,
        **lookups.ROUTES,
        **media.ROUTES,
    },
    refuse_fault,
    refuse_with=refuse_with,
    body_limit=carriers.get("twilio").body_limit,
)
