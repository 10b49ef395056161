"""Phones with real SIMs: SMS Gateway for Android and httpSMS, by their published events and APIs.

https://docs.sms-gate.app/features/webhooks/, its Swagger document; NdoleStudio/httpsms api/pkg/events, api/docs
"""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.httpsms import REF as HTTPSMS_REF
from tests.carriers.samples.httpsms import token
from tests.carriers.samples.smsgate import REF, signed

GATE, HTTPSMS = carriers.get("smsgate"), carriers.get("httpsms")


def passes(carrier: carriers.Carrier, request: Request, *keys: str, now: float = NOW) -> bool:
    try:
        carrier.verify(request, {"signing_key": list(keys)}, now)
    except BadSignature:
        return False
    return True


# SMS Gateway for Android


def test_the_phones_signature_covers_body_and_time_for_five_minutes() -> None:
    request = signed("k", b'{"event":"system:ping"}')
    assert passes(GATE, request, "old", "k", now=NOW + 300)
    assert not passes(GATE, request, "k", now=NOW + 301)
    assert not passes(GATE, request, "k", now=NOW - 301)
    later = {**request.headers, "x-timestamp": str(NOW + 1)}
    assert not passes(GATE, Request("POST", URL, later, request.body), "k")
    # printf '%s' '{"event":"system:ping"}1790000000' | openssl dgst -sha256 -hmac k
    assert request.header("x-signature") == "021402d4def08731a82fe248292329a30d9346af69dfaf70f262124069b13190"


def gate(event: str, url: str = URL, /, **payload: Any) -> list[Inbound | Receipt]:
    said = {"deviceId": "d1", "event": event, "id": REF, "webhookId": "w1", "payload": payload}
    return GATE.parse(Request("POST", url, {}, json.dumps(said).encode()))


SMS = {
    "messageId": "abc123",
    "sender": "6505551212",
    "simNumber": 2,
    "receivedAt": "2024-06-22T15:46:11.000+07:00",
}
AT = datetime(2024, 6, 22, 8, 46, 11, tzinfo=UTC)


def test_the_number_is_the_sims_or_stands_in_the_address() -> None:
    told = Inbound(REF, "6505551212", "+1234567890", "Hi", sent_at=AT)
    assert gate("sms:received", **SMS, recipient="+1234567890", message="Hi") == [told]
    for address in (
        "?number=%2B1234567890",
        "?sim2=%2B1234567890&number=%2B1",
        "?sim1=%2B1&number=%2B1234567890",
    ):
        assert gate("sms:received", URL + address, **SMS, recipient=None, message="Hi") == [told]
    with pytest.raises(Unparsable, match=r"\?number="):
        gate("sms:received", **SMS, recipient=None, message="Hi")


def test_older_apps_data_and_mms() -> None:
    older = {name: value for name, value in SMS.items() if name != "sender"}
    (message,) = gate("sms:received", **older, phoneNumber="Norvane", recipient="+1234567890", message="Hi")
    assert isinstance(message, Inbound)
    assert message.sender == "Norvane"
    (data,) = gate("sms:data-received", **SMS, recipient="+1234567890", data="AP8=")
    assert isinstance(data, Inbound)
    assert (data.body, data.flags) == ("00ff", ("binary",))
    files = [{"partId": 1, "contentType": "image/jpeg", "name": "photo.jpg", "size": 7, "data": "/9j/"}]
    (mms,) = gate("mms:downloaded", **SMS, recipient="+1234567890", body="Look", attachments=files)
    assert isinstance(mms, Inbound)
    assert (mms.body, mms.media) == ("Look", (Media("part:1", "image/jpeg"),))


@pytest.mark.parametrize("event", ["mms:received", "app:started", "system:ping", "sms:batch:received"])
def test_other_events_are_notices(event: str) -> None:
    assert gate(event, **SMS) == []


@pytest.mark.parametrize(
    ("event", "time", "status"),
    [
        ("sms:sent", "sentAt", Status.SENT),
        ("sms:delivered", "deliveredAt", Status.DELIVERED),
        ("sms:failed", "failedAt", Status.FAILED),
        ("sms:cancelled", "cancelledAt", Status.FAILED),
    ],
)
def test_receipts_name_the_message_that_we_sent(event: str, time: str, status: Status) -> None:
    payload = {"messageId": "m1", "reason": "No service", time: "2024-06-22T15:46:11.000+07:00"}
    assert gate(event, **payload) == [Receipt("m1", status, event, "No service", AT)]


GATE_LOGIN = {"username": "u", "password": "p"}
CLOUD = "https://api.sms-gate.app/3rdparty/v1"


def test_webhooks_are_registered_for_each_event_and_replaced_when_done_again() -> None:
    url = f"POST {CLOUD}/webhooks"
    said = talk(GATE_LOGIN, *[(url, httpx.Response(201, json={}))] * 6)
    said.api("smsgate").configure("device-0001", URL)
    assert said.over
    assert said.sent(0) == {
        "id": "tempsms-sms-received-ice-0001",
        "url": URL,
        "event": "sms:received",
        "deviceId": "device-0001",
    }
    ids = [said.sent(n)["id"] for n in range(6)]
    assert len(set(ids)) == 6
    assert all(len(one) <= 36 for one in ids)
    everywhere = talk(GATE_LOGIN, *[(url, httpx.Response(201, json={}))] * 6)
    everywhere.api("smsgate").configure("", URL)
    assert "deviceId" not in everywhere.sent(0)


def test_a_message_is_queued_at_the_cloud_or_at_ones_own_server() -> None:
    answer = httpx.Response(202, json={"id": "m1", "state": "Pending", "recipients": []})
    for base, login in (
        (CLOUD, GATE_LOGIN),
        ("http://gate.example/api", {**GATE_LOGIN, "base_url": "http://gate.example/api/"}),
    ):
        said = talk(login, (f"POST {base}/messages", answer))
        assert said.api("smsgate").send(Outgoing("", "+14155550100", "Hi", status_url=URL)) == Sent("m1")
        assert said.sent() == {
            "textMessage": {"text": "Hi"},
            "phoneNumbers": ["+14155550100"],
            "withDeliveryReport": True,
        }
        assert said.header("authorization") == httpx.BasicAuth("u", "p")._auth_header
    with pytest.raises(Rejected, match="SMS Gateway: invalid phone number"):
        no = refused(400, {"message": "invalid phone number", "code": 0})
        talk(GATE_LOGIN, (f"POST {CLOUD}/messages", no)).api("smsgate").send(Outgoing("", "1", "x"))
    answers: list[Answer] = [{}, 500, httpx.ReadTimeout]
    for unclear in answers:
        with pytest.raises(Uncertain):
            talk(GATE_LOGIN, (f"POST {CLOUD}/messages", unclear)).api("smsgate").send(Outgoing("", "1", "x"))
    with pytest.raises(Rejected, match="base_url"):
        talk({**GATE_LOGIN, "base_url": "file:///etc"}).api("smsgate").send(Outgoing("", "1", "x"))
    with pytest.raises(Unsupported, match="files"):
        talk(GATE_LOGIN).api("smsgate").send(Outgoing("", "1", "x", ("https://a/1",)))


# httpSMS


def bearer(jwt: str, url: str = URL) -> Request:
    return Request("POST", url, {"authorization": f"Bearer {jwt}"}, b"{}")


def test_a_token_names_the_address_and_twenty_minutes() -> None:
    jwt = token("k" * 32)
    assert [passes(HTTPSMS, bearer(jwt), "k" * 32, now=NOW + off) for off in (-601, -600, 599, 600)] == [
        False,
        True,
        True,
        False,
    ]
    assert passes(HTTPSMS, bearer(jwt), "old", "k" * 32)
    assert not passes(HTTPSMS, bearer(jwt, URL + "x"), "k" * 32)
    assert passes(HTTPSMS, bearer(token("k" * 32, {"aud": URL})), "k" * 32)
    for changes in ({"aud": ["https://else/"]}, {"aud": None}, {"exp": None}, {"nbf": None}):
        assert not passes(HTTPSMS, bearer(token("k" * 32, changes)), "k" * 32)


def event(kind: str, **data: Any) -> list[Inbound | Receipt]:
    said = {"specversion": "1.0", "id": "e1", "type": kind, "data": data}
    return HTTPSMS.parse(Request("POST", URL, {}, json.dumps(said).encode()))


RECEIVED = {"owner": "+18005550199", "contact": "+18005550100", "content": "Hi"}


def test_messages_may_be_encrypted_or_carry_files() -> None:
    facts = {**RECEIVED, "message_id": HTTPSMS_REF, "timestamp": "2024-06-22T15:46:11+07:00"}
    plain = Inbound(HTTPSMS_REF, "+18005550100", "+18005550199", "Hi", sent_at=AT)
    assert event("message.phone.received", **facts, encrypted=False) == [plain]
    (sealed,) = event("message.phone.received", **facts, encrypted=True, attachments=["https://a/1"])
    assert isinstance(sealed, Inbound)
    assert (sealed.flags, sealed.media) == (("encrypted",), (Media("https://a/1"),))


def test_receipts_and_notices() -> None:
    at = {"timestamp": "2024-06-22T15:46:11+07:00"}
    assert event("message.phone.delivered", id="m1", **at) == [
        Receipt("m1", Status.DELIVERED, "message.phone.delivered", "", AT)
    ]
    assert event("message.send.failed", id="m1", error_message="NO_SERVICE", **at) == [
        Receipt("m1", Status.FAILED, "message.send.failed", "NO_SERVICE", AT)
    ]
    assert event("message.send.expired", message_id="m1", **at) == [
        Receipt("m1", Status.UNDELIVERED, "message.send.expired", "", AT)
    ]
    assert event("phone.heartbeat.missed") == []
    with pytest.raises(Unparsable):
        event("message.phone.received", **RECEIVED)


LOGIN = {"api_key": "key", "signing_key": "k" * 32}
API = "https://api.httpsms.com/v1"
PHONES = (f"GET {API}/phones?skip=0&limit=20", {"data": [{"id": "p1", "phone_number": "+18005550199"}]})
HOOKS = f"GET {API}/webhooks?skip=0&limit=20"


def test_a_phone_is_added_to_our_webhook_or_gets_one() -> None:
    ours = {"id": "w1", "url": URL, "phone_numbers": ["+18005550001"]}
    said = talk(
        LOGIN,
        PHONES,
        (HOOKS, {"data": [{"id": "w0", "url": "https://else/"}, ours]}),
        (f"PUT {API}/webhooks/w1", {}),
    )
    said.api("httpsms").configure("p1", URL)
    assert said.sent()["phone_numbers"] == ["+18005550001", "+18005550199"]
    new = talk(LOGIN, PHONES, (HOOKS, {"data": []}), (f"POST {API}/webhooks", {}))
    new.api("httpsms").configure("p1", URL)
    assert new.sent() == {
        "url": URL,
        "events": [
            "message.phone.received",
            "message.phone.sent",
            "message.phone.delivered",
            "message.send.failed",
            "message.send.expired",
        ],
        "phone_numbers": ["+18005550199"],
        "signing_key": "k" * 32,
    }
    with pytest.raises(CallFailed, match="does not know this phone"):
        talk(LOGIN, PHONES).api("httpsms").configure("p2", URL)


def test_phones_are_listed_with_the_address_that_hears_of_them() -> None:
    hooks: Answer = {"data": [{"id": "w1", "url": URL, "phone_numbers": ["+18005550199"]}]}
    said = talk(LOGIN, (HOOKS, hooks), PHONES)
    assert said.api("httpsms").owned() == [Owned("p1", "+18005550199", URL)]
    assert said.header("x-api-key") == "key"


def logged(ref: str, at: str, kind: str = "mobile-originated") -> dict[str, Any]:
    return {**RECEIVED, "id": ref, "type": kind, "order_timestamp": at, "received_at": at, "encrypted": False}


def test_the_log_is_read_back_to_the_time_asked_for() -> None:
    threads = [
        {"contact": "+18005550100", "order_timestamp": "2024-06-22T10:00:00Z"},
        {"contact": "+18005550101", "order_timestamp": "2024-06-20T10:00:00Z"},
    ]
    page = [
        logged("m3", "2024-06-22T10:00:00Z"),
        logged("m2", "2024-06-22T09:00:00Z", "mobile-terminated"),
        logged("m1", "2024-06-22T08:46:11Z"),
        logged("m0", "2024-06-20T00:00:00Z"),
    ]
    query = "owner=%2B18005550199"
    said = talk(
        LOGIN,
        PHONES,
        (f"GET {API}/message-threads?{query}&skip=0&limit=20", {"data": threads}),
        (f"GET {API}/messages?{query}&contact=%2B18005550100&skip=0&limit=20", {"data": page}),
    )
    found = list(said.api("httpsms").messages(datetime(2024, 6, 21, tzinfo=UTC)))
    assert said.over
    assert [message.ref for message in found] == ["m3", "m1"]
    assert found[1] == Inbound("m1", "+18005550100", "+18005550199", "Hi", sent_at=AT)


def test_a_message_is_queued_for_the_phone() -> None:
    said = talk(LOGIN, (f"POST {API}/messages/send", {"status": "success", "data": {"id": "m1"}}))
    assert said.api("httpsms").send(Outgoing("+18005550199", "+18005550100", "Hi", ("https://a/1",))) == Sent(
        "m1"
    )
    assert said.sent() == {
        "from": "+18005550199",
        "to": "+18005550100",
        "content": "Hi",
        "attachments": ["https://a/1"],
    }
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/messages/send", {})).api("httpsms").send(Outgoing("1", "2", "x"))
    with pytest.raises(Rejected, match="httpSMS: no phone"):
        no = refused(422, {"status": "error", "message": "no phone"})
        talk(LOGIN, (f"POST {API}/messages/send", no)).api("httpsms").send(Outgoing("1", "2", "x"))
