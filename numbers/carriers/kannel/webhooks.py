"""Kannel, https://www.kannel.org: an SMPP gateway that calls an address made from a template.

Facts are from the traffic of Kannel 1.4.5 (tests/carriers/recordings) and its source (gw/smsbox.c, gw/urltrans.c).
A text in the centre's default alphabet comes as UTF-8, one in UCS-2 as UTF-16; %C names which. It takes 200 and 202
for an answer, and retries after any other as often as `http-request-retry` says: not at all unless that is set.
"""

import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from numbers.carriers.contract import Answer, Feature, Purpose, Request
from numbers.carriers.errors import Unparsable
from numbers.carriers.messages import Inbound, Part, Receipt, Status
from numbers.carriers.toolkit import charsets, forms, gateways, payloads, smpp
from tempsms.lib import gsm7

_DLR = {
    "1": Status.DELIVERED,
    "2": Status.UNDELIVERED,
    "4": Status.QUEUED,
    "8": Status.SENT,
    "16": Status.FAILED,
}
_BINARY, _UCS2 = "1", "2"  # coding: 0 is 7 bit
_HEADER = 16  # more letters than the longest header that gives a place and a port


class Kannel(gateways.Gateway):
    """Set-up of a Kannel gateway

    1. Choose a long random `token` of letters and digits. Kannel does not sign its requests, so the token is part of
       the addresses that it calls.
    2. Add this to kannel.conf; ADDRESS is the account's webhook address, LOGIN and PASSWORD are ones that you choose.
       In the existing group core:

           group = core
           sms-combine-concatenated-mo = false
           store-type = file
           store-location = "/var/spool/kannel/store"

       In the group smsbox (messages are retried for a day):

           group = smsbox
           sendsms-port = 13013
           http-request-retry = 2880
           http-queue-delay = 30

       And two new groups:

           group = sms-service
           keyword = default
           catch-all = true
           max-messages = 0
           get-url = "ADDRESS?token=TOKEN&from=%q&to=%Q&raw=%b&coding=%c&charset=%C&udh=%u&ts=%t&id=%I"

           group = sendsms-user
           username = LOGIN
           password = PASSWORD
           max-messages = 10
           concatenation = true

    3. Leave `global-sender` and `faked-sender` out: with either, every message seems to be for that one number, which
       is unknown here. Keep `max-messages` as above: without it Kannel replies to senders and truncates what you send.
       If the SMSC's default alphabet is Latin 1, not GSM 03.38, set `alt-charset = ISO-8859-1` in its group smsc, or
       Kannel drops letters that it does not know.
    4. To send, set the address of the smsbox as `base_url` (http://host:13013), LOGIN and PASSWORD as `username` and
       `password`.
    5. Adopt numbers with `manage.py number adopt --account ID +447700900123`.

    Parts are joined here, where they are stored on disk and shown even if one is missing. Kannel would join them in
    memory and drop a part whose reference is reused too soon. Do not restart the smsbox while messages wait there to
    be retried: it would lose them.
    """

    name = "kannel"
    title = "Kannel SMPP gateway"
    lacks = {
        **gateways.LACKS,
        Feature.CONFIGURE: "its addresses are in kannel.conf",
        Feature.LOGIN: "the smsbox has no call that only tests a login",
    }
    settings = gateways.settings(
        base_url="address of the smsbox, for sending (example: http://host:13013)",
        username="user name of a sendsms-user",
    )

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message or one receipt, from the query; the text from the body, where a post-url brings it."""
        raw = dict(forms.raw_pairs(forms.query(request.url)))
        if request.method == "POST" and not raw.keys() & {b"raw", b"text", b"dlr"}:
            raw = _read_post(request) | raw
        payload = {name.decode("latin-1"): value.decode(errors="replace") for name, value in raw.items()}
        if "dlr" in payload:
            ref, word = (
                payloads.needed(payload, "id", longest=payloads.LONGEST_REF),
                payload["dlr"][: payloads.LONGEST_NAME],
            )
            error = _read_error(payload.get("reply", "")) if word in ("2", "16") else ""
            return [Receipt(ref, _DLR.get(word, Status.UNKNOWN), word, error)]
        if b"raw" not in raw and b"text" not in raw:
            raise Unparsable("neither raw nor text: the get-url lacks its %b")
        part, content, charset = _split_content(raw, payload)
        ref = _given_ref(payload)
        message = gateways.message(ref, payload, content, charset, part)
        # An identity and not a ref: a six-digit code is found in a plain hash by trying a million texts
        identity = "" if ref else _digest_request(raw)
        return [replace(message, sent_at=_parse_time(payload.get("ts", "")), identity=identity)]

    def answer(self, purpose: Purpose) -> Answer:
        """An empty body: Kannel may send any other one back as an SMS."""
        return Answer(200)


def _split_content(raw: dict[bytes, bytes], payload: dict[str, str]) -> tuple[Part | None, bytes, str]:
    """Place of a part, bytes of the text, and their charset (empty: no text).

    The bytes are %b; %a, whose spaces are collapsed, only where there is no %b. A header that the centre left in the
    text went through Kannel's conversion from GSM 03.38 with it.
    """
    header, content = raw.get(b"udh", b""), raw[b"raw"] if b"raw" in raw else raw[b"text"]
    charset = _choose_charset(content, payload)
    if not header and charset == charsets.UCS2:
        header, content = smpp.split(content)
    elif not header and charset and (text := charsets.decode(content, charset)):
        header, text = _converted_header(text)
        content = text.encode(charset) if header else content
    return smpp.part(header), content, charset


def _converted_header(text: str) -> tuple[bytes, str]:
    """Header and rest of a text that Kannel converted with it; it drops bytes above 127, so those of the reference."""
    head = text[:_HEADER]
    if gsm7.fits(head):
        begun = gsm7.encode(head)
        # The reference has one or two bytes, and Kannel drops those above 127
        for dropped in range(3):
            header, _ = smpp.split(begun[:3] + bytes(dropped) + begun[3:])
            if header:
                return header, text[len(header) - dropped :]
    return b"", text


def _read_post(request: Request) -> dict[bytes, bytes]:
    """What a post-url brings: the text is the body, and what is about it in headers."""
    kind = request.header("content-type")
    charset = kind.partition("charset=")[2].partition(";")[0].strip(' "')
    fields = {
        b"from": request.header("x-kannel-from"),
        b"to": request.header("x-kannel-to"),
        b"coding": request.header("x-kannel-coding"),
        b"charset": charset,
        b"ts": request.header("x-kannel-time"),
    }
    found = {name: value.encode("latin-1", "replace") for name, value in fields.items() if value}
    return found | {b"raw": request.body, b"udh": unquote_to_bytes(request.header("x-kannel-udh"))}


def _read_error(reply: str) -> str:
    """The error of a receipt: the centre's own number where it writes one (SMPP 3.4, appendix B)."""
    number = re.search(r"\berr:(\w+)", reply)
    return (number[1] if number else reply)[: payloads.LONGEST_NAME]


def _choose_charset(content: bytes, payload: dict[str, str]) -> str:
    """The charset of %C if it decodes the bytes, else that of %c; Kannel leaves unknown escapes as they are."""
    coding, charset = payload.get("coding", ""), payload.get("charset", "")
    if coding == _BINARY or (not coding and charset.upper() == "8-BIT"):
        return ""
    if charsets.fits(content, charset):
        return charsets.name_of(charset)
    return charsets.UCS2 if coding == _UCS2 else "utf-8"


def _given_ref(payload: dict[str, str]) -> str:
    """%I, or nothing where the get-url lacks it or this Kannel does not know it."""
    ref = payload.get("id", "")
    return "" if ref.startswith("%") or len(ref) > payloads.LONGEST_REF else ref


def _digest_request(raw: dict[bytes, bytes]) -> str:
    """What all repetitions have in common; never stored as it is: a short text could be found by trying them all."""
    fields = b"\0".join(raw.get(name, b"") for name in (b"from", b"to", b"ts", b"udh", b"raw", b"text"))
    return hashlib.sha256(fields).hexdigest()


def _parse_time(written: str) -> datetime | None:
    """%t, which names no zone and means UTC; Kannel's older guides have it without seconds."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        with suppress(ValueError):
            return datetime.strptime(written, form).replace(tzinfo=UTC)
    return None
