"""Calls to SMS Gateway's server: https://docs.sms-gate.app/integration/api/ (its "3rdparty" API)."""

from collections.abc import Mapping
from typing import Any

from numbers.carriers.contract import secret_values
from numbers.carriers.errors import Rejected
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.smsgate.webhooks import SmsGate
from numbers.carriers.toolkit import payloads
from numbers.carriers.toolkit.json_api import JsonApi

_CLOUD = "https://api.sms-gate.app/3rdparty/v1"
EVENTS = ("sms:received", "sms:data-received", "mms:downloaded", "sms:sent", "sms:delivered", "sms:failed")


class SmsGateApi(JsonApi):
    """One login; errors are {"message", "code", "data"}."""

    carrier = SmsGate
    title = "SMS Gateway"

    def auth(self) -> tuple[str, str]:
        """Name and password."""
        return self.setting("username"), self.setting("password")

    def configure(self, ref: str, webhook_url: str) -> None:
        """Register a webhook for each event, under our own ids, so that registering again replaces them."""
        for event in EVENTS:
            body: dict[str, Any] = {"id": _webhook_id(event, ref), "url": webhook_url, "event": event}
            # The documentation writes device_id, the server's schema deviceId
            body |= {"deviceId": ref} if ref else {}
            self.call("POST", f"{self._base_url}/webhooks", json=body)

    def log_in(self) -> None:
        """Ask for the webhooks."""
        self.answer("GET", f"{self._base_url}/webhooks")

    def send(self, message: Outgoing) -> Sent:
        """Queue a message; the sender is whichever SIM the phone takes."""
        self.check_textual(message)
        body = {
            "textMessage": {"text": message.body},
            "phoneNumbers": [message.recipient],
            "withDeliveryReport": bool(message.status_url),
        }
        return Sent(self.message_ref(self.call("POST", f"{self._base_url}/messages", json=body)))

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Code and message."""
        return payloads.word(answer.get("code")), payloads.text(answer, "message")

    @property
    def _base_url(self) -> str:
        given = (secret_values(self.secrets, "base_url") or [_CLOUD])[0].rstrip("/")
        if not given.startswith(("https://", "http://")):
            raise Rejected("the setting base_url is not an address", fault="account")
        return given


def _webhook_id(event: str, ref: str) -> str:
    """Of at most 36 characters."""
    return f"tempsms-{event.replace(':', '-')}-{ref[-8:]}".rstrip("-")[:36]
