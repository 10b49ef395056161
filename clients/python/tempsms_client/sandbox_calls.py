"""The requests of the API that are about a sandbox."""

from collections.abc import Mapping
from typing import Any

from tempsms_client import shapes
from tempsms_client.calls import Call
from tempsms_client.shapes import Captured, WaitResult

MESSAGES = "/sandbox/messages"


def list_messages(filters: Mapping[str, Any]) -> Call[list[Captured]]:
    """What was captured, newest first."""
    return Call(
        "GET", MESSAGES, lambda given: [shapes.read_captured(one) for one in given["messages"]], filters
    )


def read_message(message_id: int) -> Call[Captured]:
    """One message."""
    return Call("GET", f"{MESSAGES}/{message_id}", shapes.read_captured)


def delete_messages(filters: Mapping[str, Any]) -> Call[int]:
    """Delete what was captured; how many messages that were."""
    return Call("DELETE", MESSAGES, lambda given: int(given["deleted"]), filters)


def wait(wanted: Mapping[str, Any], seconds: float) -> Call[WaitResult[Captured]]:
    """Wait for a message."""
    params = {**wanted, "timeout": round(seconds, 3)}
    return Call("GET", f"{MESSAGES}/wait", shapes.read_captured_wait_result, params, lasts=seconds)


def send_inbound(wanted: Mapping[str, Any]) -> Call[Captured]:
    """Send a message to a program, as a carrier would."""
    body = {name: value for name, value in wanted.items() if value}
    return Call("POST", "/sandbox/inbound", shapes.read_captured, body=body)


def read_project(name: str) -> Call[Mapping[str, Any]]:
    """A project with its credentials."""
    return Call("GET", f"/sandbox/projects/{name}", dict)
