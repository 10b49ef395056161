"""Deliveries to webhooks, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

from datetime import UTC, datetime

import httpx
from django.conf import settings
from standardwebhooks import Webhook

from inbox.forwarding.content import Content, make_excerpt
from inbox.forwarding.models import Delivery
from inbox.forwarding.retries import Reply, parse_retry_after
from tempsms.lib.aimed_requests import AddressRefused, Answer, Connections, Reach, RequestFailed, parse

ANSWERED_WITHIN = 10.0  # seconds
_GONE = 410


def reach() -> Reach:
    """What the operator allows."""
    return Reach(settings.FORWARD_HTTP, tuple(settings.FORWARD_NETWORKS))


def check_address(address: str) -> str:
    """An address without what may be secret in it; raises `ValueError` where nothing may be sent."""
    try:
        url = parse(address, reach())
    except AddressRefused as error:
        raise ValueError(str(error)) from error
    return show(url)


def show(url: httpx.URL) -> str:
    """Scheme and host, and that there is more."""
    more = "…" if url.raw_path not in (b"", b"/") else ""
    return f"{url.scheme}://{url.netloc.decode()}/{more}"


class WebhookSender:
    """Posts to one address."""

    def __init__(self, address: str, secrets: list[str]) -> None:
        self._connections = Connections(address, reach())
        self._secrets = secrets

    async def send(self, delivery: Delivery, content: Content) -> Reply:
        """Post a delivery; what became of it."""
        assert content.view
        now = datetime.now(UTC)
        body = content.payload(delivery, now)
        try:
            answer = await self._connections.post(
                body, self._make_headers(delivery, now, body), ANSWERED_WITHIN
            )
        except RequestFailed as error:
            return Reply(ok=False, note=str(error))
        return Reply(
            ok=200 <= answer.status < 300,
            status=answer.status,
            note=_write_note(answer, make_excerpt(answer.body, content.view, self._secrets)),
            gone=answer.status == _GONE,
            retry_after=parse_retry_after(answer.headers.get("retry-after", ""), now),
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._connections.close()

    def _make_headers(self, delivery: Delivery, now: datetime, body: bytes) -> dict[str, str]:
        text = body.decode()
        signatures = [Webhook(secret).sign(delivery.public_id, now, text) for secret in self._secrets]
        return {
            "content-type": "application/json",
            "webhook-id": delivery.public_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def _write_note(answer: Answer, excerpt: str) -> str:
    if 300 <= answer.status < 400:
        return "redirects are not followed"
    # what is compressed cannot be read as text
    return excerpt if answer.headers.get("content-encoding", "identity") == "identity" else ""
