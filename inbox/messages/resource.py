"""A message as the API gives it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

_FIELDS = (
    "id",
    "number",
    "direction",
    "from",
    "to",
    "body",
    "received_at",
    "segments",
    "encoding",
    "code",
    "flags",
)
_CODE_ONLY = ("id", "number", "received_at", "code")


def as_resource(
    message: Mapping[str, Any], rental_id: int | None = None, *, code_only: bool = False
) -> dict[str, Any]:
    """Return a message (`MessageView.as_json`) of an inbox in the API's shape, or only its code and when it came.

    Files of a rental's messages have an address here: the carrier's needs its login.
    """
    if code_only:
        return {name: message[name] for name in _CODE_ONLY}
    return {name: message[name] for name in _FIELDS} | {"media": _list_files(message, rental_id)}


def _list_files(message: Mapping[str, Any], rental_id: int | None) -> list[dict[str, Any]]:
    root = f"{settings.PUBLIC_URL}/api/v1/rentals/{rental_id}/messages/{message['id']}/media/"
    return [
        {
            "content_type": file["content_type"] or None,
            "url": f"{root}{place}" if rental_id is not None and file.get("fetchable") else None,
        }
        for place, file in enumerate(message["media"])
    ]
