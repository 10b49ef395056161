"""A client of a tempsms server: rent numbers, wait for the codes that are sent to them, and read the sandbox.

from tempsms_client import Client, Sandbox

with Client("https://sms.example.org", key="tempsms_...") as client:
    with client.rented(country="GB", purpose="sign-up test") as rental:
        sign_up(rental.number)
        print(client.wait_for_code(rental, timeout=60).value)

with Sandbox() as sandbox:  # `tempsms sandbox` on this machine
    sign_up("+447700900123")
    print(sandbox.wait_for_code(to="+447700900123").value)
"""

from tempsms_client.clients import AsyncClient, Client
from tempsms_client.errors import (
    ApiError,
    BadAddress,
    BadKey,
    CannotStart,
    NoAnswer,
    NoCode,
    NoMessage,
    TempsmsError,
)
from tempsms_client.processes import running_sandbox
from tempsms_client.sandboxes import AsyncSandbox, Sandbox
from tempsms_client.shapes import Captured, Claim, Code, Message, Number, Rental

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncSandbox",
    "BadAddress",
    "BadKey",
    "CannotStart",
    "Captured",
    "Claim",
    "Client",
    "Code",
    "Message",
    "NoAnswer",
    "NoCode",
    "NoMessage",
    "Number",
    "Rental",
    "Sandbox",
    "TempsmsError",
    "running_sandbox",
]
