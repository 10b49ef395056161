"""Twilio's send endpoint with our inboxes behind it: `/capture/twilio/2010-04-01/Accounts/{Sid}/Messages.json`.

A program that uses Twilio's SDK, pointed here, sends to a number of our pool; the message lands in that inbox
through the same ingest as a webhook's. Logins are those of our Twilio accounts: `auth_token`, and `account_sid`
where it is set. Shapes follow https://www.twilio.com/docs/messaging/api/message-resource and error codes
https://www.twilio.com/docs/api/errors.
"""

import base64
import hmac
import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from inbox import segments
from inbox.ingest import accounts, intake
from inbox.ingest.batcher import Overloaded, Poisoned
from inbox.ingest.rows import Outcome
from inbox.ingest.storable import Unstorable, storable
from inbox.messages.flags import Flag
from numbers import carriers
from numbers.carriers.contract import secret_values
from numbers.carriers.messages import Inbound, Media
from tempsms.lib.asgi import (
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    TooSlow,
    headers_of,
    read_body,
    respond,
)
from tempsms.lib.postgres import Unavailable
from tempsms.lib.vault import Unsealable

LONGEST = 1600
_PATH = re.compile(r"/capture/twilio/2010-04-01/Accounts/(?P<sid>[^/]{1,64})/Messages(\.json)?")
_NUMBER = re.compile(r"\+[1-9]\d{2,14}")


class TwilioError(Exception):
    """An error in Twilio's own shape: HTTP status, Twilio's code, a text for a person."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.answer = {
            "code": code,
            "message": text,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        self.status = status


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the endpoint as an ASGI application."""
    try:
        status, answer = 201, await _handle_request(scope, receive)
    except TwilioError as error:
        status, answer = error.status, error.answer
    except (Overloaded, Unavailable):
        status, answer = 503, TwilioError(503, 20503, "Service unavailable, try again").answer
    except Disconnected:
        return
    extra = [("retry-after", "5")] if status == 503 else []
    extra += [("www-authenticate", 'Basic realm="Twilio API"')] if status == 401 else []
    await respond(send, status, orjson.dumps(answer), "application/json", extra)


async def _handle_request(scope: Scope, receive: Receive) -> dict[str, Any]:
    path = _PATH.fullmatch(scope["path"])
    if path is None:
        raise TwilioError(404, 20404, f"The requested resource {scope['path']} was not found")
    if scope["method"] != "POST":
        raise TwilioError(405, 20004, "Method not allowed")
    headers = headers_of(scope)
    account = await _authenticate(headers.get("authorization", ""), path["sid"])
    try:
        body = await read_body(receive, headers, carriers.get("twilio").body_limit)
        form = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200)
    except TooLarge:
        raise TwilioError(413, 20413, "The request is too large") from None
    except TooSlow:
        raise TwilioError(408, 20408, "The request is too slow") from None
    except ValueError:
        raise TwilioError(400, 20001, "The form is not UTF-8") from None
    return await _store_message(account, path["sid"], form)


async def _authenticate(authorization: str, sid: str) -> accounts.WebhookAccount:
    """Return the account with this login; the address must name the same one."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not base64, not UTF-8
        user = password = ""
    if scheme.lower() == "basic" and user == sid and password:
        for account in await accounts.of_carrier("twilio"):
            if _is_login_of(account, user, password):
                return account
    raise TwilioError(401, 20003, "Authenticate")


def _is_login_of(account: accounts.WebhookAccount, user: str, password: str) -> bool:
    try:
        tokens = secret_values(account.secrets, "auth_token")
    except Unsealable:  # its key is lost: nobody can log in to it
        return False
    right = any(hmac.compare_digest(token.encode(), password.encode()) for token in tokens)
    return right and user in (secret_values(account.secrets, "account_sid") or [user])


async def _store_message(
    account: accounts.WebhookAccount, sid: str, form: dict[str, list[str]]
) -> dict[str, Any]:
    message = _read_message(form)
    try:
        if storable(message) is not message:
            raise Unstorable(
                "a NUL character, a lone surrogate, a sender that is too long, or too many files"
            )
        # Any account's public numbers, and no others: the login is a
        # carrier's token, which must not reach private rentals
        result = await intake.accept(account.id, message, any_account=True)
    except (Unstorable, Poisoned) as error:
        raise TwilioError(400, 21619, f"The message body cannot be stored: {error}") from None
    if result.outcome is Outcome.UNKNOWN_NUMBER:
        raise TwilioError(400, 21211, f"The 'To' number {message.recipient} is not a number of this pool.")
    return _describe_message(sid, message, form.get("MessagingServiceSid", [None])[0])


def _read_message(form: dict[str, list[str]]) -> Inbound:
    """Read the message of a form; what is missing or wrong raises Twilio's own code for it."""
    first = {name: values[0] for name, values in form.items()}
    body, media = first.get("Body", ""), tuple(Media(url) for url in form.get("MediaUrl", []))
    sender = first.get("From") or first.get("MessagingServiceSid", "")
    if not first.get("To"):
        raise TwilioError(400, 21604, "A 'To' phone number is required.")
    if not _NUMBER.fullmatch(first["To"]):
        raise TwilioError(400, 21211, f"The 'To' number {first['To'][:40]} is not a valid phone number.")
    if not sender:
        raise TwilioError(400, 21603, "A 'From' phone number is required.")
    if not body and not media:
        raise TwilioError(400, 21602, "Message body is required.")
    if len(body) > LONGEST:
        raise TwilioError(400, 21617, f"The concatenated message body exceeds the {LONGEST} character limit.")
    ref = ("MM" if media else "SM") + secrets.token_hex(16)
    return Inbound(ref, sender, first["To"], body, media=media, flags=(Flag.CAPTURED,))


def _describe_message(sid: str, message: Inbound, service: str | None) -> dict[str, Any]:
    """Describe the message as Twilio describes one that it has queued."""
    now = format_datetime(datetime.now(UTC))
    uri = f"/2010-04-01/Accounts/{sid}/Messages/{message.ref}"
    return {
        "account_sid": sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": None if service else message.sender,
        "messaging_service_sid": service,
        "num_media": str(len(message.media)),
        "num_segments": str(segments.count(message.body).segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.ref,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }
