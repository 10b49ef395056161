"""Plivo: signatures against official vectors and the official SDK, its fields, its API's published shapes.

https://docs.plivo.com/messaging/concepts/signature-validation, /messaging/api, /numbers/api; vectors:
plivo-python tests/resources/test_signature.py, plivo-java UtilsTest.java
"""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from plivo.utils import validate_signature, validate_v3_signature

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.plivo import REF, signature

PLIVO = carriers.get("plivo")


def verified(request: Request, *tokens: str) -> bool:
    try:
        PLIVO.verify(request, {"auth_token": list(tokens)}, NOW)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize(
    ("url", "token", "value", "valid"),
    [
        ("https://answer.url", "my_auth_token", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=", True),
        ("https://answer.url/", "my_auth_token", "do1CXv+k99A6+B+eTcyqbxWlezFIxJ/1vz72787r37g=", True),
        ("https://answer.url:8000", "my_auth_token", "Gm7Z7AGBmf5JpSHrtUmeofrGyA4xV0ZiV0rH8JPXWGU=", True),
        ("https://answer.url", "my_auth_tokens", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=", False),
    ],
)
@pytest.mark.parametrize("name", ["V2", "Ma-V2"])
def test_official_vectors_of_v2(name: str, url: str, token: str, value: str, valid: bool) -> None:
    headers = {f"X-Plivo-Signature-{name}": value, "X-Plivo-Signature-V2-Nonce": "12345"}
    assert verified(Request("POST", url, headers, b"a=b"), "old", token) == valid
    assert verified(Request("GET", url + "?a=b", headers), token) == valid, "without the query"
    assert validate_signature(url, "12345", value, token) == valid


CALL = {
    "Direction": "outbound",
    "From": "19792014278",
    "ALegUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "CallStatus": "in-progress",
    "BillRate": "0.002",
    "ParentAuthID": "MANWVLYTK4ZWU1YTY4QA",
    "To": "sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com",
    "ALegRequestUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "CallUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "RequestUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "SIP-H-To": "<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1",
    "SessionStart": "2020-04-08 11:34:33.238707",
    "Event": "StartApp",
}
HOOK, TOKEN = (
    "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml",
    "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4",
)


@pytest.mark.parametrize("name", ["V3", "Ma-V3"])
@pytest.mark.parametrize(
    ("method", "url", "value"),
    [
        ("POST", f"{HOOK}/?a=b&c=d", "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c="),
        ("GET", f"{HOOK}/?a=b&c=d", "UBq8jAtd32wR8EK9VgxbBn4n5rpI/l1H9iN4WfSEHFQ="),
        ("POST", HOOK, "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="),
        ("GET", HOOK, "i/MQsaQSAd6fiKhOh2qeeeLHZ9faldADSb3/7+Akfbc="),
    ],
)
def test_official_vectors_of_v3(name: str, method: str, url: str, value: str) -> None:
    headers = {
        f"X-Plivo-Signature-{name}": f"x,{value}",
        "X-Plivo-Signature-V3-Nonce": "31627761595286130198",
    }
    form = urlencode(CALL)
    if method == "GET":  # a GET carries its parameters in the query
        url, form = url + ("&" if "?" in url else "?") + form, ""
    assert verified(Request(method, url, headers, form.encode()), "old", TOKEN)
    assert not verified(Request(method, url + "&x=1", headers, form.encode()), TOKEN)
    assert not verified(Request(method, url, headers, form.encode()), "old")


@pytest.mark.parametrize("url", [URL, URL + "?b=2&a=1"])
@pytest.mark.parametrize("tampered", ["", "form", "nonce", "token"])
def test_ours_and_the_official_sdk_agree(url: str, tampered: str) -> None:
    form = {"Text": "é & = שלום 👋", "From": "1", "MessageUUID": REF}
    value, nonce = signature("token", url, form), "n2" if tampered == "nonce" else "n1"
    token = "token" + "x" * (tampered == "token")
    form |= {"From": "2"} if tampered == "form" else {}
    headers = {"x-plivo-signature-v3": value, "x-plivo-signature-v3-nonce": nonce}
    theirs = validate_v3_signature("POST", url, nonce, token, value, dict(form))
    ours = verified(Request("POST", url, headers, urlencode(form).encode()), token)
    assert ours == theirs == (not tampered)


def test_v2_does_not_count_beside_a_wrong_v3() -> None:
    good = {
        "X-Plivo-Signature-V2": "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        "X-Plivo-Signature-V2-Nonce": "12345",
    }
    mixed = {**good, "X-Plivo-Signature-V3": "x", "X-Plivo-Signature-V3-Nonce": "12345"}
    assert verified(Request("POST", "https://answer.url", good), "my_auth_token")
    assert not verified(Request("POST", "https://answer.url", mixed), "my_auth_token")


def read(method: str = "POST", **changes: str) -> Inbound | Receipt:
    said = urlencode({"From": "14155550100", "To": "15005550006", "MessageUUID": REF, **changes})
    url, body = (f"{URL}?{said}", "") if method == "GET" else (URL, said)
    (found,) = PLIVO.parse(Request(method, url, {}, body.encode()))
    return found


def test_messages_come_by_post_or_get_with_files_in_order() -> None:
    for method in ("POST", "GET"):
        assert read(method, Text="Hi", Units="2") == Inbound(
            REF, "+14155550100", "+15005550006", "Hi", segments=2
        )
    # support.plivo.com "How do I retrieve image files": Media0, Media1, ...
    files = read(Type="mms", Text="", Media0="https://a/1", Media1="https://a/2", Media3="https://a/4")
    assert isinstance(files, Inbound)
    assert files.media == (Media("https://a/1"), Media("https://a/2"), Media("https://a/4"))
    # /docs/messaging/api/message/handling-incoming: Body, MediaCount, Media1 to Media10
    files = read(Type="mms", Body="Look", MediaCount="2", Media1="https://a/1", Media10="https://a/10")
    assert isinstance(files, Inbound)
    assert (files.body, files.media) == ("Look", (Media("https://a/1"), Media("https://a/10")))
    wordless = read(Type="mms", Media1="https://a/1", Status="received")
    assert isinstance(wordless, Inbound)
    assert (wordless.body, len(wordless.media)) == ("", 1)
    short = read(Text="x", From="Norvane", To="12345")
    assert isinstance(short, Inbound)
    assert (short.sender, short.recipient) == ("Norvane", "12345")


@pytest.mark.parametrize("field", ["Status", "status"])
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", Status.QUEUED),
        ("delivered", Status.DELIVERED),
        ("undelivered", Status.UNDELIVERED),
        ("x", Status.UNKNOWN),
    ],
)
def test_receipts_are_read_in_both_spellings(field: str, word: str, status: Status) -> None:
    assert read(**{field: word, "ErrorCode": "450"}) == Receipt(REF, status, word, "450")
    assert read(**{field: word, "ErrorCode": "000"}) == Receipt(REF, status, word)


@pytest.mark.parametrize("changes", [{"MessageUUID": ""}, {"From": ""}, {"To": ""}])
def test_what_a_message_cannot_do_without_makes_it_unparsable(changes: dict[str, str]) -> None:
    with pytest.raises(Unparsable):
        read(Text="x", **changes)


# The API

LOGIN = {"auth_id": "MA1", "auth_token": "t", "app_id": "a1"}
API = "https://api.plivo.com/v1/Account/MA1"
LISTED = {
    "number": "14154009186",
    "type": "fixed",
    "monthly_rental_rate": "0.80000",
    "setup_rate": "0.00000",
    "sms_enabled": True,
    "voice_enabled": True,
    "mms_enabled": False,
    "restriction": None,
    "prerequisites": [],
}


def test_offers_need_no_proofs_and_can_do_what_was_asked() -> None:
    url = f"GET {API}/PhoneNumber/?country_iso=US&type=local&services=sms&limit=20&offset=0"
    page = [
        {**LISTED, "prerequisites": [{"proof_required": True, "type": "address"}]},
        {**LISTED, "restriction": "existing_address"},
        {**LISTED, "sms_enabled": False},
        LISTED,
    ]
    said = talk(LOGIN, (url, {"meta": {}, "objects": page}))
    offer = Offer(
        "+14154009186", "US", Kind.LOCAL, frozenset({"sms", "voice"}), Decimal("0.80000"), Decimal("0.00000")
    )
    assert said.api("plivo").search(NumberQuery("US")) == [offer]
    assert said.header("authorization") == httpx.BasicAuth("MA1", "t")._auth_header
    untold = {name: value for name, value in LISTED.items() if name != "mms_enabled"}
    asked = url.replace("services=sms", "services=mms%2Csms")
    both = NumberQuery("US", capabilities=frozenset({"sms", "mms"}))
    (told,) = talk(LOGIN, (asked, {"objects": [LISTED, untold]})).api("plivo").search(both)
    assert told.capabilities == {"sms", "mms", "voice"}
    with pytest.raises(Unsupported, match="plivo does not support short_code"):
        talk(LOGIN).api("plivo").search(NumberQuery("US", Kind.SHORT_CODE))


APPLICATION = (f"GET {API}/Application/a1/", {"message_url": URL, "message_method": "POST"})
OFFER = Offer("+14154009186", "US", Kind.LOCAL, frozenset({"sms"}), Decimal("0.80"))
BOUGHT = {
    "message": "created",
    "numbers": [{"number": "14154009186", "status": "Success"}],
    "status": "fulfilled",
}


def test_a_purchase_binds_the_number_to_the_application() -> None:
    said = talk(LOGIN, APPLICATION, (f"POST {API}/PhoneNumber/14154009186/", BOUGHT))
    assert said.api("plivo").buy(OFFER, URL) == Owned("14154009186", "+14154009186", URL, Decimal("0.80"))
    assert said.sent() == {"app_id": "a1"}


@pytest.mark.parametrize(
    "answer", [{**BOUGHT, "status": "refused"}, {**BOUGHT, "numbers": []}, {}, 500, httpx.ReadTimeout]
)
def test_a_purchase_without_a_clear_answer_is_uncertain(answer: Answer) -> None:
    with pytest.raises(Uncertain):
        talk(LOGIN, APPLICATION, (f"POST {API}/PhoneNumber/14154009186/", answer)).api("plivo").buy(
            OFFER, URL
        )


def test_the_application_is_pointed_at_us_before_a_number_is_bound() -> None:
    elsewhere: Answer = {"message_url": "https://old/", "message_method": "POST"}
    said = talk(
        LOGIN,
        (f"GET {API}/Application/a1/", elsewhere),
        (f"POST {API}/Application/a1/", httpx.Response(202, json={"message": "changed"})),
        (f"POST {API}/Number/14154009186/", httpx.Response(202, json={"message": "changed"})),
    )
    said.api("plivo").configure("14154009186", URL)
    assert said.sent(1) == {"message_url": URL, "message_method": "POST"}
    assert said.sent(2) == {"app_id": "a1"}


def test_refusals_come_in_the_carriers_words() -> None:
    with pytest.raises(Rejected, match="Plivo: number already taken"):
        taken = refused(400, {"api_id": "x", "error": "number already taken"})
        talk(LOGIN, APPLICATION, (f"POST {API}/PhoneNumber/14154009186/", taken)).api("plivo").buy(OFFER, URL)


@pytest.mark.parametrize("answer", [204, refused(404, {"error": "not found"})])
def test_a_release_deletes(answer: Answer) -> None:
    said = talk(LOGIN, (f"DELETE {API}/Number/14154009186/", answer))
    said.api("plivo").release("14154009186")
    assert said.over


def test_numbers_are_listed_with_their_applications_address() -> None:
    page = [
        {"number": f"1415400{n:04}", "monthly_rental_rate": "0.80000", "application": "/app/1/"}
        for n in range(20)
    ]
    applications: dict[str, Any] = {"objects": [{"resource_uri": "/app/1/", "message_url": URL}]}
    said = talk(
        LOGIN,
        (f"GET {API}/Application/?limit=20&offset=0", applications),
        (f"GET {API}/Number/?limit=20&offset=0", {"objects": page}),
        (
            f"GET {API}/Number/?limit=20&offset=20",
            {
                "objects": [
                    {"number": "14155550100", "application": None},
                    {"number": "14155550101", "application": "/app/unlisted/"},
                ]
            },
        ),
    )
    owned = list(said.api("plivo").owned())
    assert owned[0] == Owned("14154000000", "+14154000000", URL, Decimal("0.80000"))
    assert (len(owned), owned[20:]) == (
        22,
        [Owned("14155550100", "+14155550100", ""), Owned("14155550101", "+14155550101", None)],
    )


def test_a_message_is_sent_to_one() -> None:
    answer = httpx.Response(202, json={"message": "message(s) queued", "message_uuid": [REF]})
    said = talk(LOGIN, (f"POST {API}/Message/", answer))
    message = Outgoing("+15005550006", "+14155550100", "Hi", ("https://a/1",), URL)
    assert said.api("plivo").send(message) == Sent(REF)
    assert said.sent() == {
        "src": "+15005550006",
        "dst": "+14155550100",
        "text": "Hi",
        "type": "mms",
        "media_urls": ["https://a/1"],
        "url": URL,
        "method": "POST",
    }
    for refs in ([], [REF, REF], None):
        with pytest.raises(Uncertain):
            talk(LOGIN, (f"POST {API}/Message/", {"message_uuid": refs})).api("plivo").send(
                Outgoing("1", "2", "x")
            )


def test_a_purchase_that_waits_for_stock_is_an_order_until_it_is_listed() -> None:
    pending = {"numbers": [{"number": "14154009186", "status": "pending"}], "status": "pending"}
    said = talk(LOGIN, APPLICATION, (f"POST {API}/PhoneNumber/14154009186/", pending))
    assert said.api("plivo").buy(OFFER, URL) == Ordered("14154009186")

    def listed(*numbers: str) -> carriers.Api:
        objects = [{"number": number, "monthly_rental_rate": "0.80"} for number in numbers]
        applications: dict[str, Any] = {"objects": []}
        asked = "?limit=20&offset=0"
        return talk(
            LOGIN,
            (f"GET {API}/Application/{asked}", applications),
            (f"GET {API}/Number/{asked}", {"objects": objects}),
        ).api("plivo")

    assert listed("14154009187").order("14154009186") == Ordered("14154009186")
    found = listed("14154009187", "14154009186").order("14154009186")
    assert isinstance(found, Owned)
    assert (found.ref, found.e164) == ("14154009186", "+14154009186")
