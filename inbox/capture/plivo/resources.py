"""Messages as Plivo describes them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage
from numbers.carriers.toolkit.payloads import digits

STATES = {
    "queued": (State.SCHEDULED, State.ACCEPTED, State.QUEUED),
    "sent": (State.SENT,),
    "delivered": (State.DELIVERED,),
    "undelivered": (State.UNDELIVERED,),
    "failed": (State.FAILED, State.CANCELED),
    "received": (State.RECEIVED,),
}
"""Our states by Plivo's words."""
_WORDS = {state: word for word, states in STATES.items() for state in states}


def describe(account: str, message: CapturedMessage) -> dict[str, Any]:
    """A message of an account."""
    is_out = message.direction == CapturedMessage.Direction.OUT
    word = _WORDS[State(message.state)]
    return {
        "error_code": message.error or ("000" if word == "delivered" else None),
        "error_message": "",
        "from_number": digits(message.sender),
        "message_direction": "outbound" if is_out else "inbound",
        "message_sent_time": _write_time(message.sent_at),
        "message_state": word,
        "message_time": _write_time(message.created_at),
        "message_type": "mms" if message.media else "sms",
        "message_updated_time": _write_time(message.updated_at),
        "message_uuid": message.ref,
        "powerpack_id": message.details.get("powerpack_uuid"),
        "resource_uri": f"/v1/Account/{account}/Message/{message.ref}/",
        "to_number": digits(message.recipient),
        "total_amount": "0.00000",
        "total_rate": "0.00000",
        "units": message.segments,
    }


def describe_page(
    account: str,
    messages: Sequence[CapturedMessage],
    query: dict[str, str],
    limit: int,
    offset: int,
    total: int,
) -> dict[str, Any]:
    """A page of a list, with the addresses of those before and after it."""
    asked = {name: value for name, value in query.items() if name not in ("limit", "offset")}

    def address(at: int) -> str:
        return f"/v1/Account/{account}/Message/?{urlencode({**asked, 'limit': limit, 'offset': at})}"

    return {
        "api_id": new_id(),
        "meta": {
            "limit": limit,
            "next": address(offset + limit) if offset + limit < total else None,
            "offset": offset,
            "previous": address(max(offset - limit, 0)) if offset else None,
            "total_count": total,
        },
        "objects": [describe(account, message) for message in messages],
    }


def describe_media(message: CapturedMessage) -> dict[str, Any]:
    """The files of a message, at the addresses that the program gave."""
    files = [
        {
            "content_type": "",
            # of the address, so that it stays the same
            "media_id": str(uuid.uuid5(uuid.NAMESPACE_URL, url)),
            "media_url": url,
            "message_uuid": message.ref,
            "size": 0,
        }
        for url in message.media
    ]
    return {"api_id": new_id(), "message_uuid": message.ref, "objects": files}


def new_id() -> str:
    """The id of a request."""
    return str(uuid.uuid4())


def _write_time(at: datetime | None) -> str | None:
    # With an offset, as Plivo's records have it; its callbacks have none
    return at.strftime("%Y-%m-%d %H:%M:%S.%f+00:00") if at else None
