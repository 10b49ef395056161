"""Messages as Twilio describes them."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.played.twilio_receipts import VERSION


def describe(sid: str, message: CapturedMessage) -> dict[str, Any]:
    """A message of an account."""
    uri = f"/{VERSION}/Accounts/{sid}/Messages/{message.ref}"
    service = message.details.get("messaging_service_sid")
    # until a service's message is queued it has neither a sender nor a number of segments
    is_undecided = bool(service) and message.state in (State.ACCEPTED, State.SCHEDULED)
    return {
        "account_sid": sid,
        "api_version": VERSION,
        "body": message.body,
        "date_created": _write_time(message.created_at),
        "date_sent": _write_time(message.sent_at),
        "date_updated": _write_time(message.updated_at),
        "direction": _name_direction(message),
        "error_code": int(message.error) if message.error.isdigit() else None,
        "error_message": None,
        "from": None if is_undecided or message.sender == service else message.sender,
        "messaging_service_sid": service,
        "num_media": str(len(message.media)),
        "num_segments": "0" if is_undecided else str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.ref,
        "status": message.state,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def describe_page(
    sid: str, messages: Sequence[CapturedMessage], query: dict[str, str], page: int, size: int, more: bool
) -> dict[str, Any]:
    """A page of a list, with the addresses of the first and the next one."""
    uri = f"/{VERSION}/Accounts/{sid}/Messages.json"
    asked = {name: value for name, value in query.items() if name not in ("Page", "PageSize", "PageToken")}

    def address(number: int, **token: str) -> str:
        return f"{uri}?{urlencode({**asked, 'PageSize': size, 'Page': number, **token})}"

    start = page * size
    return {
        "messages": [describe(sid, message) for message in messages],
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(len(messages) - 1, 0),
        "uri": address(page),
        "first_page_uri": address(0),
        "previous_page_uri": None,
        "next_page_uri": address(page + 1, PageToken=f"PA{messages[-1].ref}") if more else None,
    }


def _name_direction(message: CapturedMessage) -> str:
    if message.direction == CapturedMessage.Direction.IN:
        return "inbound"
    return "outbound-reply" if "reply_to" in message.details else "outbound-api"


def _write_time(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None
