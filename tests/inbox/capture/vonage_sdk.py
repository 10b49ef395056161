"""The official Vonage SDK, pointed at our capture endpoint inside this process."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from vonage import Auth, HttpClientOptions, Vonage
from vonage_messages.models import Sms
from vonage_sms import SmsMessage

from inbox.sandbox.captured import CARRIERS
from tests.inbox.capture.bridging import RequestsBridge

FIXED = CARRIERS["vonage"].fixed
SECRETS = {"api_secret": "sandbox", **FIXED.secrets}
BASE = "http://127.0.0.1:8000/capture/vonage"
TO, FROM = "61491570157", "14155550100"
HOSTS = HttpClientOptions(api_host="sandbox", rest_host="sandbox", max_retries=0)
_Result = TypeVar("_Result")


@cache
def private_key() -> str:
    """A program's own key, which signs its tokens."""
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


async def ask(site: httpx.AsyncClient, work: Callable[[Vonage], _Result], **login: str) -> _Result:
    """What is done with a client of the SDK, in a thread of its own; with the first project's key unless given."""
    client = Vonage(Auth(**(login or {"api_key": "sandbox", "api_secret": "sandbox"})), HOSTS)
    bridge = RequestsBridge(site, asyncio.get_running_loop(), BASE)
    client.http_client._session.mount("https://sandbox", bridge)
    return await asyncio.to_thread(work, client)


async def send_sms(site: httpx.AsyncClient, login: dict[str, str] | None = None, **fields: Any) -> Any:
    """`client.sms.send(...)` of the SDK, from and to some number unless given."""
    message = SmsMessage(**{"to": TO, "from_": FROM, "text": "Your code is 482913", **fields})
    return await ask(site, lambda client: client.sms.send(message), **(login or {}))


async def send_message(site: httpx.AsyncClient, login: dict[str, str] | None = None, **fields: Any) -> str:
    """The id of what `client.messages.send(...)` of the SDK sent, from and to some number unless given."""
    message = Sms(**{"to": TO, "from_": FROM, "text": "Your code is 482913", **fields})
    sent = await ask(site, lambda client: client.messages.send(message), **(login or {}))
    return str(sent.message_uuid)
