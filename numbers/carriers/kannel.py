"""Kannel, https://www.kannel.org: an SMPP gateway that calls an address made from a template.

Facts are from Kannel's user guide (sms-service groups, escape codes, sendsms by POST). From memory, and so read
either way: %I, the id of a message (without it a message is known by what it says), and the bit 16 of receipts.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from numbers.carriers import charsets, gsm, proofs, reading, smpp
from numbers.carriers.base import (
    Access,
    Answer,
    Carrier,
    Feature,
    Inbound,
    Outgoing,
    Part,
    Purpose,
    Receipt,
    Request,
    Secrets,
    Sent,
    Setting,
    Status,
)
from numbers.carriers.errors import Unparsable
from numbers.carriers.gateway_api import KannelApi

_DLR = {
    "1": Status.DELIVERED,
    "2": Status.UNDELIVERED,
    "4": Status.QUEUED,
    "8": Status.SENT,
    "16": Status.FAILED,
}
_BINARY, _UCS2 = "1", "2"  # coding: 0 is 7 bit
_HEADER = 16  # more letters than the longest header that gives a place and a port


class Kannel(Carrier):
    """Set-up of a Kannel gateway

    1. Choose a long random `token`. Kannel signs nothing, so the token stands in the addresses that it calls.
    2. In kannel.conf, a group sms-service with keyword = default, catch-all = true, max-messages = 0,
       concatenation = true, assume-plain-text = true, and

           get-url = "ADDRESS?token=TOKEN&from=%q&to=%Q&text=%a&raw=%b&coding=%c&charset=%C&udh=%u&ts=%t&id=%I"

       where ADDRESS is the account's webhook address. Set http-request-retry and http-queue-delay, or Kannel drops
       what it cannot deliver at once.
    3. To send, set the address of the smsbox as `base_url` (http://host:13013) with `username` and `password` of a
       sendsms-user.
    4. Take numbers in: `manage.py number adopt --account ID +447700900123`.

    With concatenation off, parts are joined here by their headers.
    """

    name = "kannel"
    title = "Kannel SMPP gateway"
    settings = (
        Setting("token", help="stands in the webhook address; two while you change it"),
        Setting("base_url", needed=False, help="http://host:13013, for sending"),
        Setting("username", needed=False, help="of a sendsms-user"),
        Setting("password", needed=False, help="its password"),
    )
    features = frozenset({Feature.RECEIPTS, Feature.PARTS, Feature.SEND})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the token in the address."""
        proofs.check_token(request, secrets)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message or one receipt, from the query."""
        raw = dict(reading.raw_pairs(reading.query(request.url)))
        said = {name.decode("latin-1"): value.decode(errors="replace") for name, value in raw.items()}
        if "dlr" in said:
            ref, word = (
                reading.needed(said, "id", longest=reading.LONGEST_REF),
                said["dlr"][: reading.LONGEST_NAME],
            )
            reply = said.get("reply", "")[: reading.LONGEST_NAME]
            return [Receipt(ref, _DLR.get(word, Status.UNKNOWN), word, reply if word in ("2", "16") else "")]
        if b"raw" not in raw and b"text" not in raw:
            raise Unparsable("neither raw nor text: the get-url lacks its %b")
        part, content, charset = _content(raw, said)
        body = charsets.join([(content, charset)], torn=part is not None) if charset else None
        return [
            Inbound(
                _ref(raw, said),
                reading.phone(reading.needed(said, "from")),
                reading.phone(reading.needed(said, "to")),
                content.hex() if body is None else body,
                sent_at=_time(said.get("ts", "")),
                flags=("binary",) if body is None else (),
                part=replace(part, content=content, charset=charset) if part and body is not None else part,
            )
        ]

    def answer(self, purpose: Purpose) -> Answer:
        """Nothing: whatever stands in the body may be sent back as an SMS."""
        return Answer(200)

    def send(self, access: Access, message: Outgoing) -> Sent:
        """Send it as GSM 03.38 where it fits, else as UCS-2."""
        return KannelApi(access).send(message, 0 if gsm.fits(message.body) else 2)


def _content(raw: dict[bytes, bytes], said: dict[str, str]) -> tuple[Part | None, bytes, str]:
    """Place of a part, bytes of the text, and their charset (empty: no text).

    The bytes are %b; %a, whose blanks are squeezed, only where there is no %b. A header that the centre left in the
    text went through Kannel's conversion from GSM 03.38 with it.
    """
    header, content = raw.get(b"udh", b""), raw[b"raw"] if b"raw" in raw else raw[b"text"]
    charset = _charset(content, said)
    if not header and charset == charsets.UCS2:
        header, content = smpp.split(content)
    elif not header and charset and (text := charsets.decode(content, charset)) and gsm.fits(text[:_HEADER]):
        header, _ = smpp.split(gsm.encode(text[:_HEADER]))
        content = text[len(header) :].encode(charset) if header else content
    return smpp.part(header), content, charset


def _charset(content: bytes, said: dict[str, str]) -> str:
    """%C, if it reads the bytes; else what %c stands for. An escape that Kannel does not know stays as it is."""
    coding, charset = said.get("coding", ""), said.get("charset", "")
    if coding == _BINARY or (not coding and charset.upper() == "8-BIT"):
        return ""
    if charsets.fits(content, charset):
        return charset
    return charsets.UCS2 if coding == _UCS2 else "utf-8"


def _ref(raw: dict[bytes, bytes], said: dict[str, str]) -> str:
    ref = said.get("id", "")
    if ref and not ref.startswith("%") and len(ref) <= reading.LONGEST_REF:
        return ref
    told = b"\0".join(raw.get(name, b"") for name in (b"from", b"to", b"ts", b"udh", b"raw", b"text"))
    return hashlib.sha256(told).hexdigest()


def _time(written: str) -> datetime | None:
    """%t, which names no zone and means UTC; Kannel's older guides have it without seconds."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        with suppress(ValueError):
            return datetime.strptime(written, form).replace(tzinfo=UTC)
    return None
