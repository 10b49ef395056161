"""SignalWire: its Compatibility API, which speaks as Twilio's does.

Facts are from https://developer.signalwire.com/compatibility-api (requests, callbacks, URL fragments), its OpenAPI
document, and the validator of signalwire-sdk 3.7 (`signalwire/core/security/webhook_validator.py`). Not in any of
them, so both readings are taken: a form's signature may come as X-Twilio-Signature as well, and receipts may come as
JSON, as the OpenAPI document types them.
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from numbers.carriers.contract import Request, Secrets, first_secret, secret_values
from numbers.carriers.errors import BadSignature, Unsupported
from numbers.carriers.settings import Setting, optional, price, written
from numbers.carriers.toolkit import media, payloads
from numbers.carriers.toolkit import signatures as signing
from numbers.carriers.twilio.webhooks import Twilio, is_json, readings, signatures


class SignalWire(Twilio):
    """Set-up of a SignalWire account

    1. In your space, open API Credentials: the space's name (`space`: example, of example.signalwire.com), "Project
       ID" and a token with the scopes Numbers and Messaging are `space`, `project_id` and `api_token`; "Signing Key"
       (PSK...) is `signing_key`. Give two keys while you rotate them.
    2. SignalWire's API does not report prices. To lease numbers here, set their monthly cost in USD as `price_local`
       and `price_toll_free`; a kind without a price is not offered.
    3. Numbers that are bought here are pointed at the webhook address automatically. For a number you already own:
       Phone Numbers > the number > Messaging settings > "Handle messages using": LaML Webhooks, the account's webhook
       address followed by `#rc=3&rp=all`, POST.
    4. Then adopt the number with `manage.py number adopt --account ID +15005550006`.

    No time is signed: a replayed request is recognised by its id for a year.

    For an MMS that we send, SignalWire reports no more than "sent".
    """

    name = "signalwire"
    title = "SignalWire"
    settings = (
        Setting(
            "signing_key",
            "key that signs webhooks (PSK...); two while you rotate it",
            usual=written("PSK.+", "PSK_..."),
        ),
        optional(
            "space",
            "name of the space: example of example.signalwire.com",
            written("[a-zA-Z0-9-]+", "example, without .signalwire.com"),
        ),
        optional("project_id", "project id, for searching, buying and sending"),
        optional("api_token", "the project's API token"),
        optional("price_local", "monthly cost of a local number, in USD", price),
        optional("price_toll_free", "monthly cost of a toll-free number, in USD", price),
    )

    proof_headers = frozenset(
        {"authorization", "x-signalwire-signature", "x-signalwire-sha256-signature", "x-twilio-signature"}
    )
    longest_ref = 36  # a UUID

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check X-SignalWire-Signature; no time is signed, so there is no window."""
        keys = secret_values(secrets, "signing_key")
        stronger = request.header("x-signalwire-sha256-signature")
        # SignalWire may sign a form under Twilio's header name as well (no source says when)
        given = request.header("x-signalwire-signature") or request.header("x-twilio-signature")
        if not given and not stronger:
            raise BadSignature("no signature")
        if not keys:
            raise BadSignature("no secret set")
        json_body = is_json(request)
        if json_body and stronger:
            right = signing.matches(stronger, _signatures_of_bytes(request, keys, "sha256"))
        # Two schemes for JSON: hex over address and raw body, or Twilio's with the body's hash in the address
        elif json_body and "bodySHA256=" not in request.url:
            right = signing.matches(given, _signatures_of_bytes(request, keys, "sha1"))
        else:
            right = signing.matches(given, signatures(request, readings(request), keys, "sha1"))
        if not right:
            raise BadSignature("signature")

    def media_login(self, url: str, secrets: Secrets) -> tuple[str, str] | None:
        """Project and token in the project's own folder; files elsewhere at SignalWire need no login."""
        names = ("space", "project_id", "api_token")
        space, project, token = (first_secret(secrets, name) for name in names)
        own = f"{re.escape(space.lower())}\\.signalwire\\.com"
        if space and project and media.is_at(url, own, f"/api/laml/2010-04-01/Accounts/{project}/"):
            return project, token
        if not media.is_at(url, r"([a-z0-9-]+\.)+signalwire\.com"):
            raise Unsupported(self.name, "files at such an address")
        return None

    def fields(self, request: Request) -> Mapping[str, str]:
        """A form as Twilio's, or a flat JSON object of the same names."""
        if not is_json(request):
            return super().fields(request)
        return payloads.flat(payloads.json_object(request.body))


def _signatures_of_bytes(request: Request, keys: list[str], algorithm: str) -> Iterator[bytes]:
    """JSON requests: the HMAC, in hex, of address and raw body."""
    for address in signing.spellings(request):
        for key in keys:
            signed = address.encode(errors="backslashreplace") + request.body
            yield hmac.digest(key.encode(), signed, algorithm).hex().encode()
