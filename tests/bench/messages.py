"""What the ingest publishes for a message, made by hand for the fan-out benchmark."""

import orjson


def event(message_id: int, number: str) -> bytes:
    """A "messages" event with one message, as inbox.live.publish makes it."""
    message = {
        "id": message_id,
        "number": number,
        "direction": "in",
        "from": "+14155550100",
        "to": number,
        "body": "Your code is 482913",
        "segments": 1,
        "encoding": "GSM-7",
        "flags": [],
        "media": [],
        "received_at": "2026-01-01T00:00:00.000Z",
        "code": {
            "value": "482913",
            "confidence": 0.9,
            "reason": "",
            "expires_at": "2036-01-01T00:10:00.000Z",
        },
    }
    return orjson.dumps({"type": "messages", "messages": [message]})
