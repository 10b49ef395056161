"""A public number of a running instance, with its carrier's side."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import redis

from tempsms.embedded import services
from tests.carrier_side import TOKEN, form, signed
from tests.rig import Instance


class Inbox:
    """A public number of a running instance, with its carrier's side."""

    def __init__(self, instance: Instance, account: dict[str, Any], e164: str) -> None:
        self.instance = instance
        self.account = account
        self.e164 = e164
        self.path = f"/numbers/{e164[1:]}/"
        self.url = instance.url + self.path
        self.webhook_url = str(account["webhook_url"])
        self._client = httpx.Client(transport=httpx.HTTPTransport(retries=3), timeout=20)

    def post(self, body: str = "Your code is 123456", sender: str = "+14155550100") -> None:
        """A signed message from the carrier, sent again until it is answered, as carriers do."""
        post = signed(self.webhook_url, form(body, To=self.e164, From=sender), TOKEN)
        for _ in range(20):
            try:
                answer = self._client.post(post.url, content=post.body, headers=post.headers)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                return
        raise AssertionError(f"the webhook was not answered: {answer.status_code} {answer.text}")

    def ids(self) -> list[int]:
        """Ids of the fifty newest public messages in the database, newest first."""
        rows = self.instance.sql(
            "SELECT m.id FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id"
            " WHERE n.e164 = %s AND m.public ORDER BY m.id DESC LIMIT 50",
            self.e164,
        )
        return [pk for (pk,) in rows]

    def tell(self, event: dict[str, Any], topic: str = "") -> None:
        """Publish what a task or the admin would, to the number's pages or under another topic."""
        with redis.Redis.from_url(services.redis_url(self.instance.var)) as client:
            client.publish(f"live:{topic or self.e164}", json.dumps(event))

    def close(self) -> None:
        """Close the carrier's connections."""
        self._client.close()


def inboxes_of(instance: Instance, count: int = 100) -> Iterator[Inbox]:
    """Public numbers of a new account, one after the other."""
    numbers = [f"+150055501{last:02}" for last in range(count)]
    account = instance.account("twilio", "browser", *numbers, auth_token=TOKEN)
    return (Inbox(instance, account, e164) for e164 in numbers)
