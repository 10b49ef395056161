"""Carriers' official SDKs for the sandbox's drill: how each sends, and how its program reads a callback."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qsl

from requests.adapters import HTTPAdapter

from tests.forward_targets import Request

TO, FROM = "+61491570157", "+14155550100"


class Sdk(Protocol):
    """A carrier's client, and the validator that its program uses."""

    told: list[str]
    """What a program is told of a message, in this order."""

    def send(self, text: str, callback: str) -> str:
        """Send a message; the id that it got."""

    def read(self, request: Request, url: str) -> str:
        """What a callback to an address says; fails unless its signature is right."""


class Twilio:
    """Twilio's."""

    told = ["sent", "delivered"]

    def __init__(self, sandbox: str) -> None:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.request_validator import RequestValidator
        from twilio.rest import Client

        class Http(TwilioHttpClient):  # type: ignore[misc]
            def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
                here = url.replace("https://api.twilio.com", f"{sandbox}/capture/twilio")
                return super().request(method, here, *rest, **named)

        http: Callable[[], Any] = partial(Http, pool_connections=False)
        make: Callable[..., Any] = Client
        validator: Callable[[str], Any] = RequestValidator
        # a client notes its last request, so each message has one of its own
        self._make: Callable[[], Any] = lambda: make("AC" + 32 * "0", "sandbox", http_client=http())
        self._validator = validator("sandbox")

    def send(self, text: str, callback: str) -> str:
        """Send a message; the id that it got."""
        made = self._make().messages.create(to=TO, from_=FROM, body=text, status_callback=callback)
        return str(made.sid)

    def read(self, request: Request, url: str) -> str:
        """What a callback says."""
        fields = _read_form(request)
        assert self._validator.validate(url, fields, request.headers["x-twilio-signature"]), url
        return fields["MessageStatus"]


class Telnyx:
    """Telnyx's."""

    told = ["sent", "delivered"]

    def __init__(self, sandbox: str) -> None:
        from telnyx import Telnyx as Client

        from inbox.sandbox.captured.telnyx import TELNYX

        secrets = TELNYX.fixed.secrets
        self._client = Client(
            api_key=secrets["api_key"],
            public_key=secrets["public_key"],
            base_url=f"{sandbox}/capture/telnyx/v2",
            max_retries=0,
        )

    def send(self, text: str, callback: str) -> str:
        """Send a message; the id that it got."""
        sent = self._client.messages.send(to=TO, from_=FROM, text=text, webhook_url=callback)
        assert sent.data
        return str(sent.data.id)

    def read(self, request: Request, url: str) -> str:
        """What a callback says."""
        event: Any = self._client.webhooks.unwrap(request.body.decode(), headers=request.headers)
        return str(event.data.payload.to[0].status)


class Vonage:
    """Vonage's, by its SMS API, which tells of the end alone."""

    told = ["delivered"]

    def __init__(self, sandbox: str) -> None:
        from vonage import Auth, HttpClientOptions
        from vonage import Vonage as Client

        from inbox.sandbox.captured.vonage import VONAGE

        class Here(HTTPAdapter):
            def send(self, request: Any, *rest: Any, **named: Any) -> Any:
                request.url = request.url.replace("https://sandbox", f"{sandbox}/capture/vonage")
                return super().send(request, *rest, **named)

        hosts = HttpClientOptions(api_host="sandbox", rest_host="sandbox", max_retries=0)
        self._client = Client(Auth(api_key="sandbox", api_secret="sandbox"), hosts)
        self._client.http_client._session.mount("https://sandbox", Here(pool_maxsize=100))
        self._auth = Auth(api_key="sandbox", signature_secret=VONAGE.fixed.secrets["signature_secret"])

    def send(self, text: str, callback: str) -> str:
        """Send a message; the id that it got."""
        from vonage_sms import SmsMessage

        ends = {"to": TO.removeprefix("+"), "from_": FROM.removeprefix("+")}
        sent = self._client.sms.send(SmsMessage(**ends, text=text, callback=callback))
        return str(sent.messages[0].message_id)

    def read(self, request: Request, url: str) -> str:
        """What a callback says."""
        fields = _read_form(request)
        assert self._auth.check_signature(dict(fields)), url
        return fields["status"]


class Plivo:
    """Plivo's."""

    told = ["queued", "sent", "delivered"]

    def __init__(self, sandbox: str) -> None:
        from plivo.rest import client

        client.PLIVO_API_BASE_URI = f"{sandbox}/capture/plivo/v1/Account"

    def send(self, text: str, callback: str) -> str:
        """Send a message; the id that it got."""
        import plivo

        from inbox.sandbox.captured.plivo import PLIVO

        with plivo.RestClient(PLIVO.fixed.name, "sandbox", timeout=60) as client:
            sent = client.messages.create(
                src=FROM.removeprefix("+"), dst=TO.removeprefix("+"), text=text, url=callback
            )
        return str(sent.message_uuid[0])

    def read(self, request: Request, url: str) -> str:
        """What a callback says."""
        from plivo.utils import validate_v3_signature

        fields, given = _read_form(request), request.headers
        nonce, signature = given["x-plivo-signature-v3-nonce"], given["x-plivo-signature-v3"]
        assert validate_v3_signature("POST", url, nonce, "sandbox", signature, dict(fields)), url
        return fields["Status"]


CARRIERS: dict[str, Callable[[str], Sdk]] = {
    "twilio": Twilio,
    "telnyx": Telnyx,
    "vonage": Vonage,
    "plivo": Plivo,
}
"""By name: each is made with the sandbox's address."""


def _read_form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
