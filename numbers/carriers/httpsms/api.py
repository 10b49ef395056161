"""Calls to httpSMS: `api/docs/swagger.json` in NdoleStudio/httpsms, https://docs.httpsms.com."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from numbers.carriers.errors import CallFailed
from numbers.carriers.httpsms.webhooks import HttpSms, inbound
from numbers.carriers.leasing import Owned
from numbers.carriers.messages import Inbound, Outgoing, Sent
from numbers.carriers.toolkit import paging, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_API = "https://api.httpsms.com/v1"
_EVENTS = [
    "message.phone.received",
    "message.phone.sent",
    "message.phone.delivered",
    "message.send.failed",
    "message.send.expired",
]
_PAGE = 20  # the most that it gives


class HttpSmsApi(JsonApi):
    """One account; errors are {"status", "message", "data"}."""

    carrier = HttpSms
    title = "httpSMS"
    clock_error = timedelta(hours=24)

    def headers(self) -> Mapping[str, str]:
        """The key."""
        return {"x-api-Key": self.setting("api_key")}

    def configure(self, ref: str, webhook_url: str) -> None:
        """Add this phone to the webhook with our address, or make that webhook."""
        phones = {phone["id"]: str(phone["phone_number"]) for phone in self._list_phones()}
        if ref not in phones:
            raise CallFailed("httpSMS does not know this phone")
        # A webhook serves many phones: the others' numbers stay in it
        ours = next(
            (hook for hook in self._iterate_pages("webhooks", {}) if hook.get("url") == webhook_url), {}
        )
        listed = ours.get("phone_numbers")
        known = [str(number) for number in listed] if isinstance(listed, list) else []
        body = {
            "url": webhook_url,
            "events": _EVENTS,
            "phone_numbers": sorted({*known, phones[ref]}),
            "signing_key": self.setting("signing_key"),
        }
        if ours:
            self.call("PUT", f"{_API}/webhooks/{quote(self.needed(ours, 'id'), safe='')}", json=body)
        else:
            self.call("POST", f"{_API}/webhooks", json=body)

    def owned(self) -> list[Owned]:
        """Phones, each with the address that gets its messages."""
        hooks = list(self._iterate_pages("webhooks", {}))
        found = []
        for phone in self._list_phones():
            e164 = str(phone["phone_number"])
            heard = (
                payloads.text(hook, "url") for hook in hooks if e164 in (hook.get("phone_numbers") or [])
            )
            found.append(Owned(str(phone["id"]), e164, next(heard, "")))
        return found

    def _list_phones(self) -> Iterator[dict[str, str]]:
        for item in self._iterate_pages("phones", {}):
            yield {"id": self.needed(item, "id"), "phone_number": self.needed(item, "phone_number")}

    def messages(self, since: datetime) -> Iterator[Inbound]:
        """The log, conversation by conversation."""
        return payloads.listed(self._list_received(since), lambda item: inbound(item, "id", "received_at"))

    def _list_received(self, since: datetime) -> Iterator[dict[str, Any]]:
        """Messages to every phone since a time: conversations and messages come newest first."""
        for phone in list(self._list_phones()):
            owner = {"owner": phone["phone_number"]}
            for thread in self._iterate_newer("message-threads", owner, "order_timestamp", since):
                conversation = {**owner, "contact": self.needed(thread, "contact")}
                for item in self._iterate_newer("messages", conversation, "order_timestamp", since):
                    if item.get("type") == "mobile-originated":
                        yield item

    def _iterate_newer(
        self, name: str, query: Mapping[str, str], at: str, since: datetime
    ) -> Iterator[dict[str, Any]]:
        for item in self._iterate_pages(name, query):
            time = payloads.time(item.get(at))
            # Newest first, so everything after this one is older
            if time is not None and time < since:
                return
            yield item

    def log_in(self) -> None:
        """Ask for a phone."""
        self.call("GET", f"{_API}/phones", params={"skip": "0", "limit": "1"})

    def send(self, message: Outgoing) -> Sent:
        """Queue a message."""
        body: dict[str, Any] = {"from": message.sender, "to": message.recipient, "content": message.body}
        body |= {"attachments": list(message.media)} if message.media else {}
        data = payloads.nested(self.call("POST", f"{_API}/messages/send", json=body), "data")
        return Sent(self.message_ref(data))

    def _iterate_pages(self, name: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        def fetch(number: int) -> list[dict[str, Any]]:
            params = {**query, "skip": str(number * _PAGE), "limit": str(_PAGE)}
            return self.items(self.call("GET", f"{_API}/{name}", params=params), "data")

        return paging.until_short(f"httpSMS's list of {name}", _PAGE, fetch)
