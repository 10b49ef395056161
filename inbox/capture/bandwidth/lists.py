"""`GET .../messages`: the messages of a project, newest first, by page and filter; their texts are not among it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from inbox.capture.bandwidth.errors import BandwidthError
from inbox.capture.bandwidth.sending import write_time
from inbox.capture.requests import CarrierRequest
from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage, Project

USUAL, MOST = 100, 1000
_STATES = {
    "RECEIVED": (State.RECEIVED,),
    "QUEUED": (State.QUEUED,),
    "SENDING": (State.SENT,),
    "SENT": (),
    "FAILED": (State.FAILED, State.CANCELED),
    "DELIVERED": (State.DELIVERED,),
    "ACCEPTED": (State.ACCEPTED, State.SCHEDULED),
    "UNDELIVERED": (State.UNDELIVERED,),
}
_WORDS = {state: word for word, states in _STATES.items() for state in states}
_DIRECTIONS = {"INBOUND": CapturedMessage.Direction.IN, "OUTBOUND": CapturedMessage.Direction.OUT}
_TYPES = {"sms": Q(media=[]), "mms": ~Q(media=[]), "rcs": Q(pk__in=[])}
Found = QuerySet[CapturedMessage]


def list_messages(request: CarrierRequest, project: Project, account: str) -> dict[str, Any]:
    """A page of messages; raises `BandwidthError` for a filter that is none."""
    query = {name: values[0] for name, values in request.query.items()}
    if any("\0" in value for value in query.values()):
        raise _refuse_query("a parameter contains a NUL character")
    limit = _read_count(query, "limit", USUAL, MOST)
    found = _filter(CapturedMessage.objects.filter(project=project, carrier="bandwidth"), query)
    total = found.count()
    if "pageToken" in query:
        found = found.filter(pk__lt=_read_count(query, "pageToken", 0, 2**63 - 1))
    # One more than asked for: it says whether there is another page
    rows = list(found.order_by("-pk")[: limit + 1])
    page: dict[str, str] = {}
    if len(rows) > limit:
        token = str(rows[limit - 1].pk)
        following = urlencode({**query, "pageToken": token})
        address = f"https://messaging.bandwidth.com/api/v2/users/{account}/messages?{following}"
        page = {"nextPage": address, "nextPageToken": token}
    listed = [_describe_message(account, message) for message in rows[:limit]]
    return {"totalCount": total, "pageInfo": page, "messages": listed}


def _describe_message(account: str, message: CapturedMessage) -> dict[str, Any]:
    is_out = message.direction == CapturedMessage.Direction.OUT
    return {
        # what follows the dot tells our rows of several recipients apart
        "messageId": message.ref.partition(".")[0],
        "accountId": account,
        "sourceTn": message.sender,
        "destinationTn": message.recipient,
        "messageStatus": _WORDS[State(message.state)],
        "messageDirection": "OUTBOUND" if is_out else "INBOUND",
        "messageType": "mms" if message.media else "sms",
        "segmentCount": message.segments,
        "errorCode": int(message.error) if message.error.isdigit() else 0,
        "receiveTime": write_time(message.created_at),
        "carrierName": None,
        "messageLength": len(message.body),
        "attachmentCount": len(message.media),
        "recipientCount": 1,
    }


def _filter(found: Found, query: dict[str, str]) -> Found:
    """Those messages that are asked for."""
    for name, column in (("sourceTn", "sender"), ("destinationTn", "recipient")):
        numbers = [one.strip() for one in query.get(name, "").split(",") if one.strip()]
        # One number may be the beginning of many; several are whole ones
        if len(numbers) == 1:
            found = found.filter(**{f"{column}__startswith": numbers[0]})
        elif numbers:
            found = found.filter(**{f"{column}__in": numbers})
    if ref := query.get("messageId"):
        found = found.filter(Q(ref=ref) | Q(ref__startswith=f"{ref}."))
    if word := query.get("messageStatus"):
        found = found.filter(state__in=_choose_value(_STATES, "messageStatus", word))
    if word := query.get("messageDirection"):
        found = found.filter(direction=_choose_value(_DIRECTIONS, "messageDirection", word))
    if word := query.get("messageType"):
        found = found.filter(_choose_value(_TYPES, "messageType", word))
    if code := query.get("errorCode"):
        found = found.filter(error="" if code == "0" else code)
    for name, lookup in (("fromDateTime", "created_at__gte"), ("toDateTime", "created_at__lte")):
        if text := query.get(name):
            found = found.filter(**{lookup: _read_time(name, text)})
    return found


def _choose_value(values: dict[str, Any], name: str, asked: str) -> Any:
    if asked not in values:
        raise _refuse_query(f"{name} must be one of {', '.join(values)}")
    return values[asked]


def _read_time(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _refuse_query(f"{name} is not a time in ISO 8601") from None


def _read_count(query: dict[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise _refuse_query(f"{name} is not valid")
    return int(text)


def _refuse_query(text: str) -> BandwidthError:
    return BandwidthError(400, "bad-request", text)
