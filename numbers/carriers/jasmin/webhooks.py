"""Jasmin, https://jasminsms.com: an SMPP gateway with an HTTP side.

Facts are from the traffic of Jasmin 0.11.0 (tests/carriers/recordings) and `jasmin/routing/throwers.py`; 0.11.1
calls in the same way. It hands on the bytes of the message as they were, and its data_coding as a byte. It retries
three times in a minute and a half unless the body says ACK/Jasmin, and then forgets the message.
"""

from numbers.carriers.contract import Answer, Feature, Purpose, Request
from numbers.carriers.errors import Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.toolkit import forms, gateways, payloads, smpp


class Jasmin(gateways.Gateway):
    """Set-up of a Jasmin gateway

    1. Choose a long random `token` of letters and digits. Jasmin does not sign its requests, so the token is part of
       the addresses that it calls.
    2. In jcli, create an HTTP connector and route messages to it; ADDRESS is the account's webhook address:

           httpccm -a
           cid tempsms
           url ADDRESS?token=TOKEN
           method POST
           ok
           morouter -a
           type DefaultRoute
           connector http(tempsms)
           ok
           persist

       If your SMSC's default alphabet is Latin 1, not GSM 03.38, write `?token=TOKEN&alphabet=latin-1`.
    3. To send, set the address of Jasmin's HTTP API as `base_url` (http://host:1401), and `username` and `password` of
       a user there.
    4. Adopt numbers with `manage.py number adopt --account ID +447700900123`.

    With 0.11.1, run its throwers (`--enable-deliver-thrower --enable-dlr-thrower --enable-dlr-lookup`, or the daemons
    of these names), or nothing is forwarded. Receipts are not forwarded even then: it fails to record the SMSC's id
    of a message ("'SubmitSM' object has no attribute 'response'" in its log). 0.11.0 has neither problem.
    Jasmin joins long messages, except parts with 16-bit references, which are joined here. It does not list messages:
    those that it gave up delivering are lost.
    """

    name = "jasmin"
    title = "Jasmin SMPP gateway"
    lacks = {**gateways.LACKS, Feature.CONFIGURE: "its routes are set in jcli"}
    settings = gateways.settings(
        base_url="address of Jasmin's HTTP API, for sending (example: http://host:1401)",
        username="user name for Jasmin's HTTP API",
    )

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message or one receipt."""
        query = forms.raw_pairs(forms.query(request.url))
        raw = dict(query if request.method == "GET" else forms.raw_pairs(request.body))
        payload = {name.decode("latin-1"): value.decode(errors="replace") for name, value in raw.items()}
        ref = payloads.needed(payload, "id", longest=payloads.LONGEST_REF)
        if "message_status" in payload:
            word = payload["message_status"][: payloads.LONGEST_NAME]
            error = payload.get("err", "")[: payloads.LONGEST_NAME]
            return [Receipt(ref, _map_status(word), word, error if error.strip("0") else "")]
        if "binary" not in payload and "content" not in payload:
            raise Unparsable("no content")
        try:
            # `content` has the same bytes percent-encoded; a
            # framework that reads forms as UTF-8 would spoil UCS-2
            content = bytes.fromhex(payload["binary"]) if payload.get("binary") else raw.get(b"content", b"")
        except ValueError:
            raise Unparsable("binary is not hexadecimal") from None
        alphabet = dict(query).get(b"alphabet", b"").decode("latin-1")
        charset = smpp.charset(_read_coding(raw.get(b"coding", b"")), alphabet)
        header, content = smpp.split(content)
        return [gateways.message(ref, payload, content, charset, smpp.part(header))]

    def answer(self, purpose: Purpose) -> Answer:
        """The exact answer without which Jasmin retries."""
        return Answer(200, body=b"ACK/Jasmin")


def _read_coding(payload: bytes) -> int:
    """data_coding, which Jasmin sends as the byte that it is; its documentation writes a number in digits."""
    return int(payload) if payload.isdigit() and len(payload) < 4 else int.from_bytes(payload[:1], "big")


def _map_status(word: str) -> Status:
    """Level 1 reports the SMSC's answer to the submission, levels 2 and 3 the delivery."""
    if word.startswith("ESME_"):
        return Status.SENT if word == "ESME_ROK" else Status.FAILED
    return smpp.STATUSES.get(word, Status.UNKNOWN)
