"""SMPP gateways: Jasmin and Kannel, and what both hand on of a deliver_sm.

Jasmin's documentation, misc/doc/sources/apis/http; Kannel's user guide; SMPP 3.4; 3GPP TS 23.038 and 23.040
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numbers import carriers
from numbers.carriers.contract import Answer, Request
from numbers.carriers.errors import BadSignature, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.messages import Inbound, Outgoing, Part, Receipt, Sent, Status
from numbers.carriers.toolkit import smpp
from tempsms.lib import gsm7
from tests.carriers.exchanges import talk
from tests.carriers.samples import NOW, URL

JASMIN, KANNEL = carriers.get("jasmin"), carriers.get("kannel")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("carrier", [JASMIN, KANNEL])
def test_the_token_stands_in_the_address(carrier: carriers.Carrier) -> None:
    secrets = {"token": ["new&token", "old"]}
    carrier.verify(Request("GET", f"{URL}?token={quote('new&token')}&x=1", {}), secrets, NOW)
    carrier.verify(Request("POST", f"{URL}?x=1&token=old#token=x", FORM, b"token=x"), secrets, NOW)
    for url in (URL, f"{URL}?token=", f"{URL}?token=other", f"{URL}#token=old", f"{URL}?Token=old"):
        with pytest.raises(BadSignature):
            carrier.verify(Request("POST", url, FORM, b"token=old"), secrets, NOW)


@pytest.mark.parametrize("carrier", [JASMIN, KANNEL])
def test_the_token_is_judged_by_itself(carrier: carriers.Carrier) -> None:
    """Whatever the rest is: a message that cannot be read is still signed, and is kept."""
    for rest in ("raw=%C6%FF&content=%C6%FF", "\xff=\xc6", "x=1&" * 2000, "%ff=%fe"):
        request = Request("GET", f"{URL}?{rest}&token=%C6%FFold", {})
        carrier.verify(Request("GET", f"{URL}?{rest}&token=old", {}), {"token": ["new", "old"]}, NOW)
        with pytest.raises(BadSignature):
            carrier.verify(request, {"token": ["new", "old"]}, NOW)
    with pytest.raises(Unparsable, match="fields"):
        carrier.parse(Request("GET", f"{URL}?{'x=1&' * 2000}token=old", {}))


# The alphabet and the header


@given(st.text(st.sampled_from(sorted(set(gsm7.BASIC) - {"\x1b"}) + list(gsm7.EXTENSION.values()))))
def test_what_fits_comes_back(text: str) -> None:
    assert gsm7.fits(text)
    assert gsm7.decode(gsm7.encode(text)) == text


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert len(gsm7.BASIC) == 128
    assert gsm7.encode("@$_[€]") == bytes.fromhex("0002111b3c1b651b3e")
    assert not gsm7.fits("ç")
    assert gsm7.decode(b"\x1bA\x1b") == "A", "an unknown extension is its letter, a lone escape nothing"
    with pytest.raises(ValueError, match=r"03\.38"):
        gsm7.decode(b"\x80")


@pytest.mark.parametrize(
    ("raw", "coding", "alphabet", "text"),
    [
        (b"a\x00b", 0, "", "a@b"),
        (b"a@b", 0, "latin-1", "a@b"),
        (b"caf\xc3\xa9", 0, "", "café"),
        (b"caf\xe9", 0, "", "café"),
        (b"a\x00b", 0xF1, "", "a@b"),
        (b"abc", 1, "", "abc"),
        (b"caf\xe9", 3, "", "café"),
        ("שלום 👋".encode("utf-16-be"), 8, "", "שלום 👋"),
        (b"\x00", 8, "", None),
        (b"\x00\x01", 4, "", None),
        (b"\xff", 1, "", "ÿ"),
        (b"x", 0, "no-such", "x"),
        (b"Your PIN", 8, "latin-1", "\u596f\u7572\u2050\u494e"),
        (b"Your PINs", 8, "", "Your PINs"),
        ("Код".encode("utf-16-be"), 0x18, "", "Код"),
        ("Код 7135".encode("utf-16-be"), 0, "", "Код 7135"),
        ("PIN".encode("utf-16-be"), 0, "", "PIN"),
        (b"ab", 0x10, "", "ab"),
    ],
)
def test_short_messages_are_decoded_by_their_data_coding(
    raw: bytes, coding: int, alphabet: str, text: str | None
) -> None:
    assert smpp.text(raw, coding, alphabet) == text


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("050003cc0302", Part("cc/3", 2, 3)),
        ("06080412340201", Part("1234/2", 1, 2)),
        ("080601000003cc0201", Part("cc/2", 1, 2)),
        ("050003cc0304", None),
        ("050003cc0300", None),
        ("0500", None),
        ("0003", None),
        ("", None),
        ("03010100", None),
    ],
)
def test_the_header_tells_the_place_of_a_part(header: str, part: Part | None) -> None:
    assert smpp.part(bytes.fromhex(header)) == part


@given(st.binary(max_size=140))
def test_no_header_breaks_the_reading(header: bytes) -> None:
    found = smpp.part(header)
    assert found is None or 1 <= found.index <= found.total


# Jasmin

REF = "16fd2706-8baf-433b-82eb-8c7fada847da"


def jasmin(method: str = "POST", url: str = URL, **said: str) -> Inbound | Receipt:
    form = urlencode({"id": REF, "from": "+21620203060", "to": "20203060", **said}, encoding="latin-1")
    request = (
        Request("GET", f"{url}?{form}", {}) if method == "GET" else Request("POST", url, FORM, form.encode())
    )
    (found,) = JASMIN.parse(request)
    return found


def test_jasmin_hands_on_bytes() -> None:
    text = Inbound(REF, "+21620203060", "+20203060", "Hello world !")
    for method in ("GET", "POST"):
        assert (
            jasmin(method, coding="0", content="Hello world !", binary="48656c6c6f20776f726c642021") == text
        )
    ucs2 = jasmin(coding="8", content="\0Z\0a\1|", binary="005a0061017c")
    assert isinstance(ucs2, Inbound)
    assert ucs2.body == "Zaż"
    without = jasmin(coding="8", content="\0Z\0a\1|")
    assert isinstance(without, Inbound)
    assert without.body == "Zaż"
    binary = jasmin(coding="4", content="\0\xff")
    assert isinstance(binary, Inbound)
    assert (binary.body, binary.flags) == ("00ff", ("binary",))
    latin = jasmin(url=f"{URL}?token=x&alphabet=latin-1", coding="0", content="a@b")
    assert isinstance(latin, Inbound)
    assert latin.body == "a@b"
    with pytest.raises(Unparsable, match="hex"):
        jasmin(coding="0", binary="xyz")
    with pytest.raises(Unparsable, match="no content"):
        jasmin(coding="0")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ESME_ROK", Status.SENT),
        ("ESME_RINVDSTADR", Status.FAILED),
        ("DELIVRD", Status.DELIVERED),
        ("UNDELIV", Status.UNDELIVERED),
        ("REJECTD", Status.FAILED),
        ("ACCEPTD", Status.SENT),
        ("x", Status.UNKNOWN),
    ],
)
def test_jasmins_receipts(word: str, status: Status) -> None:
    assert jasmin(message_status=word, level="3", err="034") == Receipt(REF, status, word, "034")
    assert jasmin(message_status=word, level="3", err="000") == Receipt(REF, status, word)
    assert jasmin(message_status=word, level="3", err="100") == Receipt(REF, status, word, "100")


def test_jasmin_hears_exactly_what_it_waits_for() -> None:
    for answer in (JASMIN.answer("inbound"), JASMIN.answer("status")):
        assert (answer.status, answer.body) == (200, b"ACK/Jasmin")


LOGIN = {"token": "t&t", "base_url": "http://gate.example:1401/", "username": "u", "password": "p"}


@pytest.mark.parametrize(("text", "coding", "content"), [("a€", "0", "611b65"), ("ż", "8", "017c")])
def test_jasmin_gets_the_bytes_it_is_to_send(text: str, coding: str, content: str) -> None:
    said = talk(LOGIN, ("POST http://gate.example:1401/send", f'Success "{REF}"'))
    assert said.api("jasmin").send(Outgoing("Norvane", "+21620203060", text, status_url=URL)) == Sent(REF)
    assert said.sent() == {
        "username": "u",
        "password": "p",
        "from": "Norvane",
        "to": "21620203060",
        "coding": coding,
        "hex-content": content,
        "dlr": "yes",
        "dlr-level": "3",
        "dlr-method": "POST",
        "dlr-url": f"{URL}?token=t%26t",
    }


def test_gateways_say_no_in_plain_text() -> None:
    no = httpx.Response(403, text='Error "Authentication failure for username:u"')
    with pytest.raises(Rejected, match="Jasmin: Error") as caught:
        talk(LOGIN, ("POST http://gate.example:1401/send", no)).api("jasmin").send(Outgoing("1", "2", "x"))
    assert caught.value.fault == "account"
    for unclear in ("Success", httpx.Response(500, text='Error "x"'), httpx.ReadTimeout):
        with pytest.raises(Uncertain):
            talk(LOGIN, ("POST http://gate.example:1401/send", unclear)).api("jasmin").send(
                Outgoing("1", "2", "x")
            )
    for name in ("jasmin", "kannel"):
        with pytest.raises(Unsupported, match="files"):
            talk(LOGIN).api(name).send(Outgoing("1", "2", "x", ("https://a/1",)))
        with pytest.raises(Rejected, match="base_url"):
            talk({**LOGIN, "base_url": "gate"}).api(name).send(Outgoing("1", "2", "x"))


# Kannel


def kannel(raw: bytes | None = b"Hi", udh: bytes = b"", **said: str) -> Inbound | Receipt:
    facts = {"token": "t", "from": "+21620203060", "to": "+20203060", "coding": "0", "ts": "2026-09-21 14:13"}
    query = urlencode({**facts, **said, "udh": udh}) + ("&raw=" + quote(raw) if raw is not None else "")
    (found,) = KANNEL.parse(Request("GET", f"{URL}?{query}", {}))
    return found


AT = datetime(2026, 9, 21, 14, 13, tzinfo=UTC)


def test_kannel_hands_on_text_bytes_and_headers() -> None:
    plain = Inbound("i1", "+21620203060", "+20203060", "Zaż  x\n", sent_at=AT)
    assert kannel("Zaż  x\n".encode(), id="i1", charset="UTF-8", text="Zaż x") == plain
    assert kannel("Zaż  x\n".encode("utf-16-be"), id="i1", coding="2", charset="UTF-16BE") == plain
    with pytest.raises(Unparsable, match="raw"):
        kannel(None)
    squeezed = kannel(None, id="i1", text="a b")
    assert isinstance(squeezed, Inbound)
    assert squeezed.body == "a b"
    for latin in (kannel(b"\xff", id="i1"), kannel(b"\xff", id="i1", charset="no-such")):
        assert isinstance(latin, Inbound)
        assert (latin.body, latin.flags) == ("ÿ", ())
    for binary in (kannel(b"\xff", coding="1"), kannel(b"\xff", coding="", charset="8-BIT")):
        assert isinstance(binary, Inbound)
        assert (binary.body, binary.flags) == ("ff", ("binary",))
    part = kannel(b"Hi", id="i1", udh=b"\x05\0\3\xcc\2\1")
    assert isinstance(part, Inbound)
    assert part.part == Part("cc/2", 1, 2, b"Hi", "utf-8")


def test_a_message_without_an_id_is_known_by_what_it_says() -> None:
    found = [kannel(raw, id=ref) for raw in (b"Hi", b"Hi", b"Ho") for ref in ("", "%I")]
    messages = [event for event in found if isinstance(event, Inbound)]
    assert [message.ref for message in messages] == [""] * 6
    identities = [message.identity for message in messages]
    assert len(set(identities)) == 2
    assert identities[0] == identities[3]
    given = kannel(b"Hi", id="i1")
    assert isinstance(given, Inbound)
    assert (given.ref, given.identity) == ("i1", "")


@pytest.mark.parametrize(
    "other",
    [
        {"from": "+21620203061"},
        {"to": "+20203061"},
        {"ts": "2026-09-21 14:14"},
        {"udh": b"\x05\0\3\xcc\2\1"},
        {"raw": b"Ho"},
        {"raw": None, "text": "Ho"},
    ],
)
def test_whatever_differs_makes_another_message(other: dict[str, Any]) -> None:
    """The same words to somebody else, or later, are no repetition, though the get-url gives no id."""
    found = [kannel(), kannel(None, text="Hey"), kannel(**other)]
    assert len({event.identity for event in found if isinstance(event, Inbound)}) == len(found)


@pytest.mark.parametrize(
    ("dlr", "status"),
    [
        ("1", Status.DELIVERED),
        ("2", Status.UNDELIVERED),
        ("4", Status.QUEUED),
        ("8", Status.SENT),
        ("16", Status.FAILED),
        ("3", Status.UNKNOWN),
    ],
)
def test_kannels_receipts_come_with_our_own_id(dlr: str, status: Status) -> None:
    error = "NACK/12" if dlr in ("2", "16") else ""
    assert kannel(None, id="ours", dlr=dlr, reply="NACK/12") == Receipt("ours", status, dlr, error)


def test_kannel_hears_nothing_that_it_would_send_back() -> None:
    assert KANNEL.answer("inbound") == Answer(200, body=b"")


@pytest.mark.parametrize(("text", "coding"), [("a€", "0"), ("ż", "2")])
@pytest.mark.parametrize("said", ["0: Accepted for delivery", "3: Queued for later delivery"])
def test_kannel_takes_the_text_and_our_id(text: str, coding: str, said: str) -> None:
    there = talk(LOGIN, ("POST http://gate.example:1401/cgi-bin/sendsms", httpx.Response(202, text=said)))
    sent = there.api("kannel").send(Outgoing("Norvane", "+21620203060", text, status_url=URL))
    (request,) = there.requests
    assert request.content == text.encode()
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-kannel")}
    assert request.headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers == {
        "x-kannel-username": "u",
        "x-kannel-password": "p",
        "x-kannel-from": "Norvane",
        "x-kannel-to": "+21620203060",
        "x-kannel-coding": coding,
        "x-kannel-dlr-url": f"{URL}?token=t%26t&id={sent.ref}&dlr=%d&reply=%A",
        "x-kannel-dlr-mask": "31",
    }
    with pytest.raises(Uncertain):
        other = talk(LOGIN, ("POST http://gate.example:1401/cgi-bin/sendsms", "Perhaps"))
        other.api("kannel").send(Outgoing("1", "2", "x"))
    with pytest.raises(Rejected, match="Kannel: Authorization failed"):
        no = httpx.Response(403, text="Authorization failed for sendsms")
        talk(LOGIN, ("POST http://gate.example:1401/cgi-bin/sendsms", no)).api("kannel").send(
            Outgoing("1", "2", "x")
        )
