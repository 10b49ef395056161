"""Plivo: messages, numbers, applications.

Facts are from https://docs.plivo.com/messaging/concepts/signature-validation, /messaging/xml/request and
/messaging/api/message, and plivo-python 4.63 (`plivo/utils/signature_v3.py`). Users report that for SMS the header
that ends in Ma-V3 covers the body, and that the plain V3 is computed differently: any V3 header that is right will do.
V2, which covers neither query nor body, counts only where no V3 came.

By the reference (/messaging/api/message/handling-incoming) an MMS has its text in Body and its files in Media1 and so
on, by the support pages in Text and Media0 and so on: both are read.
"""

import base64
import hmac
import secrets as random_secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

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
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, optional, written
from numbers.carriers.toolkit import addresses, answers, authentication, forms, payloads, signatures

_STATUSES = {
    "queued": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
}
_V3, _V2 = ("v3", "ma-v3"), ("v2", "ma-v2")  # signatures by the account's token, and by the main account's
_LONGEST_NAME = 40  # of a parameter
_MOST_SIGNATURES = 20  # that a header may list
_LONGEST_REF = 36  # a UUID: see Twilio's, whose way of signing is the same
_MEDIA = 32  # Plivo takes 10 files


class Plivo(Carrier):
    """Set-up of a Plivo account

    1. In the console, copy "Auth ID" and "Auth Token" into `auth_id` and `auth_token`. If a subaccount owns the
       numbers, give both its token and the main account's: either may sign. Give two tokens while you rotate them.
    2. To lease numbers here, create a messaging application (Messaging > Applications > XML) whose "Message URL" is the
       account's webhook address, method POST, and set its id as `app_id`. Bought numbers are bound to it.
    3. Adopt numbers that you already own with `manage.py number adopt --account ID +14155550100`, then point them at
       the webhook address with "Repair the webhook address" under "Differences with carriers" in the admin.

    Plivo's V2 signature covers the address, not the text: anyone who has seen one request can send any other. The V3
    signature beside it covers the text. Set `signature_version` to v3 once your callbacks have it, so that V2 alone is
    refused. Neither covers a time: a repeated request is recognised by its id for a year.

    Numbers that require proof of identity or address are not offered.
    """

    name = "plivo"
    title = "Plivo"
    media = True
    lacks = {Feature.KEYS: "purchases carry no reference of ours"}
    settings = (
        Setting("auth_token", "token that signs webhooks; two while you rotate it, or main and subaccount"),
        optional(
            "auth_id",
            "auth id (MA...), for searching, buying, releasing and sending",
            usual=written("[MS]A[0-9A-Z]{18}", "MA or SA and 18 characters"),
        ),
        optional(
            "signature_version", "v3: refuse requests signed with V2 only", written("v3", "v3, or left out")
        ),
        optional(
            "app_id",
            "id of the application that bought numbers are bound to",
            written("[0-9]+", "a number, the application's id"),
        ),
    )
    proof_headers = frozenset({"authorization", *(f"x-plivo-signature-{name}" for name in _V3 + _V2)})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the V3 signatures, or without any the V2 ones; no time is signed, so there is no window."""
        v3, v2 = ([request.header(f"x-plivo-signature-{name}") for name in names] for names in (_V3, _V2))
        if not any(v3) and not any(v2):
            raise BadSignature("no signature")
        keys = authentication.keys(secrets, "auth_token")
        if not any(v3) and "v3" in secret_values(secrets, "signature_version"):
            raise BadSignature("no V3 signature")
        # V2 beside a wrong V3 counts for nothing: it does not cover the text
        if any(v3):
            signed, given = _signed_v3(request), v3
        else:
            nonce = request.header("x-plivo-signature-v2-nonce")
            bases = addresses.spellings(request)
            signed, given = [f"{base}{nonce}".encode(errors="replace") for base in bases], v2
        values = [one for header in given for one in header.split(",")][:_MOST_SIGNATURES]
        right = (_sign_text(key.encode(), text).encode() for text in signed for key in keys)
        if not any(signatures.matches(one, [signature]) for signature in right for one in values):
            raise BadSignature("signature")

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message or one receipt."""
        payload = _read_fields(request)
        ref = payloads.needed(payload, "MessageUUID", longest=_LONGEST_REF)
        word, media = payload.get("Status") or payload.get("status", ""), tuple(_list_media(payload))
        if word and "Text" not in payload and "Body" not in payload and not media:
            word = word[: payloads.LONGEST_NAME]
            code = payload.get("ErrorCode", "")[: payloads.LONGEST_NAME]
            return [
                Receipt(ref, _STATUSES.get(word.lower(), Status.UNKNOWN), word, "" if code == "000" else code)
            ]
        message = Inbound(
            ref,
            payloads.phone(payloads.needed(payload, "From")),
            payloads.phone(payloads.needed(payload, "To")),
            payloads.with_subject(payload.get("Subject", ""), payload.get("Text") or payload.get("Body", "")),
            segments=payloads.count(payload.get("Units")),
            media=media,
        )
        return [payloads.understood(message, payload, "Text", "Body", "Subject")]

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The V3 and V2 signatures of an account that has no subaccounts, so that both kinds are the same."""
        key, nonce = first_secret(secrets, "auth_token").encode(), str(random_secrets.randbelow(10**20))
        request = replace(request, headers={**request.headers, "x-plivo-signature-v3-nonce": nonce})
        v3 = _sign_text(key, _signed_v3(request)[0])
        v2 = _sign_text(key, f"{addresses.spellings(request)[0]}{nonce}".encode(errors="replace"))
        signed = {"v3": v3, "ma-v3": v3, "v3-nonce": nonce, "v2": v2, "ma-v2": v2, "v2-nonce": nonce}
        return {f"x-plivo-signature-{name}": value for name, value in signed.items()}

    def answer(self, purpose: Purpose) -> Answer:
        """To a message an empty document, which sends no reply; to a receipt nothing."""
        return answers.NO_REPLY if purpose == "inbound" else Answer()


def _sign_text(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.digest(key, text, "sha256")).decode()


def _signed_v3(request: Request) -> list[bytes]:
    """What V3 covers: address, sorted query, sorted form, nonce.

    With a GET it is all in the query. The nonce's header is shared by the plain and the main account's signature.
    """
    query = forms.signed_pairs(forms.query(request.url))
    form = [] if request.method == "GET" else forms.signed_pairs(request.body)
    # the signed form of a POST, sent as the query of a GET, would have most of it for its first name
    if any(len(name) > _LONGEST_NAME for name, _ in query):
        raise BadSignature("a name that no parameter has")
    text = ""
    if query or form:
        text += "?" + "&".join(f"{name}={value}" for name, value in sorted(query))
    if form:
        text += ("." if query else "") + "".join(name + value for name, value in sorted(form))
    nonces = {request.header(f"x-plivo-signature-{name}-nonce") for name in _V3}
    return [
        forms.encode_signed(f"{base}{text}.{nonce}")
        for base in addresses.spellings(request)
        for nonce in sorted(nonces)
        if nonce
    ]


def _read_fields(request: Request) -> Mapping[str, str]:
    pairs: Iterable[tuple[str, str]] = forms.pairs(
        forms.query(request.url) if request.method == "GET" else request.body
    )
    return dict(pairs)


def _list_media(payload: Mapping[str, str]) -> Iterator[Media]:
    """Media0, Media1, ...: wherever they start and end."""
    for number in range(_MEDIA):
        if url := payload.get(f"Media{number}"):
            yield Media(url)
