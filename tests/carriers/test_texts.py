"""What a carrier says is shown, or kept for the operator, and once: through the webhook's door."""

import json
import time
from typing import Any

import httpx
import pytest

from inbox.messages import sealed_text
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.toolkit import payloads
from numbers.models import Account
from tempsms.lib import metrics
from tests.carriers.door import KEY, deliver, make_account_at
from tests.carriers.samples import bird, infobip, sinch, smsgate, telnyx
from tests.carriers.samples.vonage import token
from tests.conftest import Sql
from tests.unprocessed_requests import unprocessed_requests

OURS, SENDER = "+12025550142", "+447700900456"
_ARABIC = "\u0664\u0664" + "\u0667" * 10


@pytest.fixture
def phone(transactional_db: None) -> Account:
    """A phone with the gateway's app."""
    return make_account_at("smsgate", OURS)


def sms(message_id: str, message: str, at: str, **changes: Any) -> dict[str, Any]:
    """What the app says of a received SMS."""
    said = {"messageId": message_id, "message": message, "sender": SENDER, "recipient": OURS, "simNumber": 1}
    return {**said, "receivedAt": at, **changes}


async def tell(
    site: httpx.AsyncClient, account: Account, event_id: str, kind: str, payload: dict[str, Any]
) -> int:
    """Deliver an event of the app; the answer's status."""
    said = {"id": event_id, "event": kind, "deviceId": "phone-1", "payload": payload}
    request = smsgate.signed(KEY, json.dumps(said).encode(), int(time.time()), account.webhook_url)
    return (await deliver(site, request)).status_code


@pytest.fixture
def account(transactional_db: None, carrier: str) -> Account:
    """An account at the carrier that the test names."""
    return make_account_at(carrier, OURS)


def kept(sql: Sql) -> list[tuple[str, str]]:
    """Requests kept for the operator: the reason, and what was missing."""
    return [(one.reason, one.detail) for one in unprocessed_requests(sql)]


def texts(sql: Sql) -> list[str]:
    """Whole texts of all messages, the oldest first."""
    rows = sql(
        "SELECT body, cuts, sealed FROM inbox_message m LEFT JOIN inbox_code c ON c.message_id = m.id ORDER BY m.id"
    )
    return [sealed_text.join(*row).text if row[2] else row[0] for row in rows]


# the key of a repetition is the message's


async def test_a_phone_may_tell_one_sms_twice(site: httpx.AsyncClient, phone: Account, sql: Sql) -> None:
    said = sms("5c1e90aa", "Hello there", "2026-11-28T10:00:07.000+01:00")
    for event in ("evt-aa1", "evt-bb2"):
        assert await tell(site, phone, event, "sms:received", said) == 200
    assert texts(sql) == ["Hello there"]
    again = sms("5c1e90ab", "Hello there", "2026-11-28T10:00:10.000+01:00")
    assert await tell(site, phone, "evt-cc3", "sms:received", again) == 200
    assert texts(sql) == ["Hello there"] * 2, "sent twice, three seconds apart"


async def test_an_export_of_the_inbox_brings_only_what_was_lost(
    site: httpx.AsyncClient, phone: Account, sql: Sql
) -> None:
    told = [sms(f"{n}{n}aa", f"number {n}", f"2026-11-28T10:{n:02}:00.000+01:00") for n in (1, 2, 3, 4)]
    for n, said in enumerate([*told[:3], *told]):
        assert await tell(site, phone, f"evt-{n}", "sms:received", said) == 200
    assert texts(sql) == ["number 1", "number 2", "number 3", "number 4"]


async def test_data_is_known_by_itself_whatever_its_hash(
    site: httpx.AsyncClient, phone: Account, sql: Sql
) -> None:
    for message_id, data in (("1", "AP8="), ("2", "AP8="), ("3", "AP4=")):
        said = {**sms(message_id, "", "2026-11-28T10:00:00Z"), "data": data}
        assert await tell(site, phone, f"evt-{message_id}", "sms:data-received", said) == 200
    assert texts(sql) == ["00ff", "00fe"]


async def test_a_batch_is_as_many_messages(site: httpx.AsyncClient, phone: Account, sql: Sql) -> None:
    one, two = sms("55ee", "one", "2026-11-28T10:20:00Z"), sms("66ff", "two", "2026-11-28T10:21:00Z")
    assert await tell(site, phone, "e1", "sms:received", one) == 200
    batch: dict[str, Any] = {"messages": [one, two, "nonsense"]}
    assert await tell(site, phone, "e2", "sms:batch:received", batch) == 200
    assert texts(sql) == ["one", "two"]
    assert kept(sql) == [("unparsable", "1 of the batch: a message is not a JSON object")]
    mms = {**sms("m1", "", "2026-11-28T10:22:00Z"), "body": "three"}
    assert await tell(site, phone, "e3", "mms:batch:downloaded", {"messages": [mms]}) == 200
    data = {**sms("m2", "", "2026-11-28T10:23:00Z"), "data": "AP8="}
    assert await tell(site, phone, "e4", "sms:batch:data-received", {"messages": [data]}) == 200
    assert texts(sql) == ["one", "two", "three", "00ff"]


def test_the_identity_is_not_stored_as_it_is(phone: Account) -> None:
    """It has the text in it: a hash without a key would tell a code of six digits."""
    said = {"id": "e1", "event": "sms:received", "deviceId": "d", "payload": sms("5c1e90aa", "123456", "x")}
    request = Request("POST", phone.webhook_url, {}, json.dumps(said).encode())
    (message,) = carriers.get("smsgate").parse(request)
    assert message.ref == "e1"


# a subject is text


@pytest.mark.parametrize(("body", "shown"), [(None, "Photos"), ("of the cat", "Photos\nof the cat")])
async def test_a_subject_is_text_of_a_phones_mms(
    site: httpx.AsyncClient, phone: Account, sql: Sql, body: str | None, shown: str
) -> None:
    said = {**sms("9", "", "2026-11-28T10:00:00Z"), "subject": "Photos", "body": body, "attachments": []}
    assert await tell(site, phone, "evt-dd4", "mms:downloaded", said) == 200
    assert texts(sql) == [shown]
    assert kept(sql) == []


def said_by(account: Account, **text: Any) -> Request:
    """A signed message whose text is in these fields."""
    carrier, now = account.carrier, int(time.time())
    url, ours, sender = account.webhook_url, OURS, SENDER
    bare = {"from": sender[1:], "to": ours[1:]}
    if carrier == "sinch":
        said: Any = {"type": "mo_media", "id": "m-8", **bare, "received_at": "2026-11-28T10:00:00Z", **text}
        return sinch.signed(KEY, json.dumps(said).encode(), now, url)
    if carrier == "telnyx":
        payload = {"id": "m1", "from": {"phone_number": sender}, "to": [{"phone_number": ours}], **text}
        said = {"data": {"event_type": "message.received", "id": "e1", "payload": payload}}
        return telnyx.signed(KEY, json.dumps(said).encode(), now, url)
    if carrier == "bird":
        said = {"type": "sms.received", "data": {"sms_id": "m1", "from": sender, "to": ours, **text}}
        return bird.signed(KEY, json.dumps(said).encode(), now, url)
    if carrier == "vonage":
        said = {"message_uuid": "u1", **bare, "channel": "mms", **text}
        body = json.dumps(said).encode()
        headers = {"authorization": f"Bearer {token(KEY, body, {'iat': now})}"}
        return Request("POST", url, {**headers, "content-type": "application/json"}, body)
    if carrier == "bandwidth":
        message = {"id": "m1", "from": sender, "to": [ours], "direction": "in", **text}
        said = [{"type": "message-received", "to": ours, "message": message}]
    else:
        said = {"results": [{"messageId": "h9", **bare, **text}], "messageCount": 1}
    login = infobip.login(KEY)
    return Request("POST", url, {**login, "content-type": "application/json"}, json.dumps(said).encode())


IMAGE = "https://files.example/1"


@pytest.mark.parametrize(
    ("carrier", "text", "shown", "files"),
    [
        (
            "sinch",
            {"body": {"subject": "Photos", "media": [{"url": IMAGE, "content_type": "image/png"}]}},
            "Photos",
            1,
        ),
        ("sinch", {"body": {"subject": "Photos", "message": "of the cat"}}, "Photos\nof the cat", 0),
        ("sinch", {"body": {"subject": "Same", "message": "Same"}}, "Same", 0),
        ("telnyx", {"type": "MMS", "subject": "Photos", "text": ""}, "Photos", 0),
        ("bird", {"subject": "Photos"}, "Photos", 0),
        ("bandwidth", {"subject": "Photos", "media": [IMAGE]}, "Photos", 1),
        ("infobip", {"message": [{"contentType": "text/plain", "value": "PIN"}, {"url": IMAGE}]}, "PIN", 1),
        ("infobip", {"message": [{"contentType": "image/png", "url": IMAGE}]}, "", 1),
        ("vonage", {"message_type": "image", "image": {"url": IMAGE, "caption": "A cat"}}, "A cat", 1),
        (
            "vonage",
            {
                "message_type": "content",
                "content": [{"type": "image", "url": IMAGE}, {"type": "text", "text": "A cat"}],
            },
            "A cat",
            1,
        ),
    ],
)
async def test_texts_in_other_fields_are_found(
    site: httpx.AsyncClient, account: Account, sql: Sql, text: dict[str, Any], shown: str, files: int
) -> None:
    assert (await deliver(site, said_by(account, **text))).status_code == 200
    assert sql("SELECT body, jsonb_array_length(media) FROM inbox_message") == [(shown, files)]
    assert kept(sql) == []


@pytest.mark.parametrize(
    ("carrier", "text"),
    [
        ("sinch", {"body": {"media": []}}),
        ("sinch", {"body": {"message": None}}),
        ("sinch", {"type": "mo_hologram", "payload": "x"}),
        ("telnyx", {"text": None}),
        ("infobip", {"message": [{"contentType": "text/plain", "content": "elsewhere"}]}),
        ("vonage", {"message_type": "hologram", "hologram": {"id": "1"}}),
        ("bird", {}),
    ],
)
async def test_what_has_neither_text_nor_file_is_kept_beside_what_is_shown(
    site: httpx.AsyncClient, account: Account, sql: Sql, text: dict[str, Any]
) -> None:
    assert (await deliver(site, said_by(account, **text))).status_code == 200
    assert sql("SELECT body, sender FROM inbox_message") == [("", SENDER)]
    assert [reason for reason, _ in kept(sql)] == ["unparsable"]


@pytest.mark.parametrize("carrier", ["telnyx", "infobip", "bird", "bandwidth"])
async def test_an_empty_text_is_one(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    assert (await deliver(site, said_by(account, text=""))).status_code == 200
    assert (texts(sql), kept(sql)) == ([""], [])


# kinds of events that nobody knew when the adapter was written


def unknown_events(carrier: str) -> float:
    return float(metrics.UNKNOWN_EVENTS.labels(carrier)._value.get())


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [({"simNumber": 1}, 0), ({"note": "hi"}, 0), ({"message": "hi"}, 1), ({"n": "a b"}, 1)],
)
async def test_unknown_kinds_are_counted_logged_once_and_kept_if_they_carry_a_text(
    site: httpx.AsyncClient,
    phone: Account,
    caplog: pytest.LogCaptureFixture,
    sql: Sql,
    payload: dict[str, Any],
    wanted: int,
) -> None:
    payloads._log_once.cache_clear()
    before = unknown_events("smsgate")
    for n in range(2):
        assert await tell(site, phone, f"e{n}", "rcs:received", payload) == 200
    assert unknown_events("smsgate") == before + 2
    assert caplog.text.count("rcs:received") == 1
    assert len(kept(sql)) == 2 * wanted
    for known in sorted(carriers.get("smsgate").notices):
        assert await tell(site, phone, known, known, {"message": "a known notice"}) == 200
    assert len(kept(sql)) == 2 * wanted


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sinch", {"type": "xx_text", "body": "Hi"}),
        ("telnyx", {"data": {"event_type": "rcs.received", "payload": {"text": "Hi"}}}),
        ("bird", {"type": "rcs.received", "data": {"text": "Hi"}}),
        ("httpsms", {"type": "rcs.received", "data": {"content": "Hi"}}),
        ("bandwidth", [{"type": "suggestion-response", "message": {"text": "Hi"}}]),
        ("aws", {"Type": "Hologram", "Message": "Hi"}),
    ],
)
def test_each_adapter_keeps_unknown_kinds_with_a_text(name: str, said: object) -> None:
    request = Request("POST", "https://x/", {}, json.dumps(said).encode())
    with pytest.raises(carriers.Unparsable, match="unknown kind"):
        carriers.get(name).parse(request)


# numbers


async def test_a_sender_in_wap_notation_is_its_number(
    site: httpx.AsyncClient, phone: Account, sql: Sql
) -> None:
    mms = {**sms("9", "", "2026-11-28T10:00:00Z", sender=f"{SENDER}/TYPE=PLMN"), "body": "hello"}
    assert await tell(site, phone, "e1", "mms:downloaded", mms) == 200
    assert await tell(site, phone, "e2", "sms:received", sms("8", "hi", "2026-11-28T10:01:00Z")) == 200
    assert sql("SELECT sender FROM inbox_message") == [(SENDER,)] * 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("447700900456", SENDER),
        ("447700900456/TYPE=PLMN", SENDER),
        ("14155550100", "+14155550100"),
        ("106550200012345678", "106550200012345678"),
        ("10690000000000", "10690000000000"),
        ("1065502000", "1065502000"),
        ("10655020001", "10655020001"),
        ("00447700900456", "00447700900456"),
        ("07700900456", "07700900456"),
        ("999000000001", "999000000001"),
        ("28107", "28107"),
        ("Contoso", "Contoso"),
        (_ARABIC, _ARABIC),
    ],
)
def test_a_plus_stands_before_what_can_be_e164(written: str, read: str) -> None:
    assert payloads.phone(written) == read


@pytest.mark.parametrize("carrier", ["infobip", "sinch"])
async def test_a_long_service_number_is_shown_as_it_came(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    request = said_by(account, text="x", body="x", type="mo_text", **{"from": "106550200012345678"})
    assert (await deliver(site, request)).status_code == 200
    assert sql("SELECT sender FROM inbox_message") == [("106550200012345678",)]
