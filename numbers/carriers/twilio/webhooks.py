"""Twilio: programmable messaging and phone numbers.

Facts are from https://www.twilio.com/docs/usage/security (signatures), /docs/messaging/guides/webhook-request,
/docs/messaging/guides/track-outbound-message-status, /docs/usage/webhooks/webhooks-connection-overrides and the
validators of twilio-python 9.13 and twilio-node 6.2.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count, takewhile
from typing import ClassVar
from urllib.parse import parse_qs

from numbers.carriers.contract import (
    Answer,
    Carrier,
    Feature,
    Purpose,
    Request,
    Secrets,
    first_secret,
    secret_values,
)
from numbers.carriers.errors import BadSignature, Unparsable, Unsupported
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, optional, written
from numbers.carriers.toolkit import answers, media, payloads
from numbers.carriers.toolkit import signatures as signing

# api.dublin.ie1.twilio.com and the like are its regions
_MEDIA_HOST = r"api(\.[a-z0-9-]+){0,2}\.twilio\.com"

# Values of MessageStatus, /docs/messaging/api/message-resource#message-status-values
_STATUSES = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "partially_delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
_INBOUND = {"", "received", "receiving"}
# 30038 "OTP Message Body Filtered", 30039 "Filtered to Prevent Message Loops", 30007 "Message filtered"
FILTERED = {"30007", "30038", "30039"}

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


class Twilio(Carrier):
    """Set-up of a Twilio account

    1. In the Twilio console, copy "Account SID" and "Auth Token" into `account_sid` and `auth_token`.
       To limit the use of the token, create an API key there and set `api_key` and `api_secret` as well: calls then
       use them, and the token only checks signatures. Set two tokens while you rotate them.
       If your webhooks are signed with a SharedKey instead, set its secret as `shared_key`.
    2. Numbers that are bought here are pointed at the webhook address automatically. For a number you already own:
       Phone Numbers > Manage > Active numbers > the number > Messaging > "A message comes in": Webhook, the
       account's webhook address followed by `#rc=3&rp=all` (so that Twilio retries after a failure), HTTP POST.
       Leave "Messaging Service" empty, or set the same address in the service.
    3. Then adopt the number with `manage.py number adopt --account ID +15005550006`.

    Twilio does not sign a time: a replayed request is recognised by its id for a year.

    Twilio delivers each message once, joined from its parts, without the time of sending. Numbers that require a
    registered address are not offered.
    """

    name = "twilio"
    title = "Twilio"
    media = True
    lacks: ClassVar[Mapping[Feature, str]] = {Feature.ORDERS: "purchases are complete at once"}
    settings: ClassVar[tuple[Setting, ...]] = (
        optional(
            "account_sid",
            "account SID (AC...), for searching, buying and releasing numbers",
            written("AC[0-9a-zA-Z]{32}", "AC and 32 characters 0-9 and a-f"),
        ),
        Setting(
            "auth_token",
            "token that signs webhooks; two while you rotate it",
            usual=written("[0-9a-f]{32}", "32 characters 0-9 and a-f"),
        ),
        optional(
            "api_key",
            "API key (SK...), used for calls instead of the token",
            written("SK[0-9a-zA-Z]{32}", "SK and 32 characters 0-9 and a-f"),
        ),
        optional("api_secret", "secret of the API key"),
        optional("shared_key", "secret of the SharedKey, if one signs webhooks"),
    )

    proof_headers = frozenset({"authorization", "x-twilio-signature"})
    # Twilio signs names and values in a row, without separators: anyone who has a signed request can move the
    # border of the id into what follows, and would have another message. An id has 34 characters, not more.
    longest_ref: ClassVar[int] = 34

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check X-Twilio-Signature; Twilio signs no time, so there is no window."""
        given = request.header("x-twilio-signature")
        if not given:
            raise BadSignature("no signature")
        algorithm, keys = _choose_keys(request, secrets)
        if not keys:
            raise BadSignature("no secret set")
        signed = readings(request)
        if not signing.matches(given, signatures(request, signed, keys, algorithm)):
            raise BadSignature("signature")

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message or one receipt."""
        values = self.fields(request)
        ref = payloads.needed(values, "MessageSid", "SmsSid", longest=self.longest_ref)
        # A received message has an SmsStatus of its own ("received"), and a receipt has no Body
        word = values.get("MessageStatus") or ("" if "Body" in values else values.get("SmsStatus", ""))
        if word not in _INBOUND:
            status = _STATUSES.get(word, Status.UNKNOWN)
            return [Receipt(ref, status, word, values.get("ErrorCode", ""))]
        message = Inbound(
            ref,
            payloads.address(payloads.needed(values, "From")),
            payloads.address(payloads.needed(values, "To")),
            values.get("Body", ""),
            segments=payloads.count(values.get("NumSegments")),
            media=_list_media(values) if "MediaUrl0" in values else (),
            flags=("filtered",) if values.get("ErrorCode") in FILTERED else (),
        )
        return [payloads.understood(message, values, "Body")]

    def fields(self, request: Request) -> Mapping[str, str]:
        """Names and values that the request brings, from its form, or from the query of a GET."""
        if is_json(request):
            raise Unparsable("the body is JSON, not a form")
        query = _query_of(request.url).encode(errors="surrogatepass")
        fields = query if request.method == "GET" else request.body
        if fields.count(b"&") >= signing.MAX_FIELDS:
            raise Unparsable("too many fields")
        form = signing.form(fields)
        if not form.clean:
            raise Unparsable("the form is not UTF-8")
        return form.values

    def media_login(self, url: str, secrets: Secrets) -> tuple[str, str] | None:
        """The login of calls, in the account's own folder: /docs/messaging/api/media-resource wants it for all files.

        What is asked there redirects to an address that holds for some hours and needs no login.
        """
        sid, key = (first_secret(secrets, name) for name in ("account_sid", "api_key"))
        if not media.is_at(url, _MEDIA_HOST, f"/2010-04-01/Accounts/{sid}/" if sid else "/"):
            raise Unsupported(self.name, "files at such an address")
        if not sid:
            return None
        return (
            (key, first_secret(secrets, "api_secret")) if key else (sid, first_secret(secrets, "auth_token"))
        )

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """X-Twilio-Signature, of the address as it was given."""
        key = first_secret(secrets, "auth_token")
        return {"x-twilio-signature": next(signatures(request, readings(request), [key], "sha1")).decode()}

    def answer(self, purpose: Purpose) -> Answer:
        """To a message an empty TwiML document, which sends no reply; to a receipt nothing."""
        return answers.NO_REPLY if purpose == "inbound" else Answer()


def _choose_keys(request: Request, secrets: Secrets) -> tuple[str, list[str]]:
    """Name of the hash and the secrets to try. With a SharedKey a header names its algorithm (twilio-python 9.13)."""
    stated = request.header("x-twilio-webhooks-signature-settings")
    if not stated:
        return "sha1", secret_values(secrets, "auth_token")
    settings = dict(part.strip().partition("=")[::2] for part in stated.split(","))
    algorithm = _ALGORITHMS.get(settings.get("algorithm", "HMAC_SHA1").upper())
    if algorithm is None:
        raise BadSignature("unknown algorithm")
    return algorithm, secret_values(secrets, "shared_key") + secret_values(secrets, "auth_token")


def readings(request: Request) -> tuple[bytes, ...]:
    """What was signed after the URL: the form (a GET has an empty one), or nothing when the URL has the body's hash."""
    if not is_json(request):
        return signing.form(request.body).signed
    claimed = parse_qs(_query_of(request.url)).get("bodySHA256", [""])[0]
    if not signing.matches(claimed, [hashlib.sha256(request.body).hexdigest().encode()]):
        raise BadSignature("body hash")
    return (b"",)


def is_json(request: Request) -> bool:
    """Whether the body is JSON, judged by its type and the signed address."""
    kind = request.header("content-type").lower()
    return "json" in kind or ("bodySHA256=" in request.url and "form" not in kind and request.method != "GET")


def signatures(
    request: Request, bodies: tuple[bytes, ...], keys: list[str], algorithm: str
) -> Iterator[bytes]:
    """Every signature that would be right, the usual one first."""
    for address in signing.spellings(request):
        for body in bodies:
            signed = address.encode(errors="backslashreplace") + body
            for key in keys:
                yield base64.b64encode(hmac.digest(key.encode(), signed, algorithm))


def _query_of(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _list_media(values: Mapping[str, str]) -> tuple[Media, ...]:
    """MediaUrl0, MediaUrl1, ... as far as they go, whatever NumMedia says."""
    present = takewhile(lambda n: f"MediaUrl{n}" in values, count())
    return tuple(Media(values[f"MediaUrl{n}"], values.get(f"MediaContentType{n}", "")) for n in present)
