"""The presentation part of an MMS (SMIL) is not an attachment, whichever carrier brings it and however it is told."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound, is_presentation
from numbers.models import Account
from tests.carrier_side import form, signed
from tests.carriers.samples import URL
from tests.conftest import Sql
from tests.factories import make_account, make_lease

PICTURE, LAYOUT = "https://files.example/1/a.png", "https://files.example/1/0.smil?x=1"
FILES = [
    {"url": PICTURE, "content_type": "image/png"},
    {"url": "https://files.example/2", "content_type": "application/smil; charset=utf-8"},
    {"url": LAYOUT, "content_type": ""},
]
URLS = [LAYOUT, PICTURE, "https://files.example/smil.xml"]
PHONES = {"From": "+14155550100", "To": "+15005550006"}


def posted(said: Any) -> Request:
    """A JSON body."""
    return Request("POST", URL, {"Content-Type": "application/json"}, json.dumps(said).encode())


def posted_form(**said: str) -> Request:
    """A form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", URL, headers, urlencode({**PHONES, **said}).encode())


def twilio() -> Request:
    """By type and by name, as SignalWire has it too."""
    files = {f"MediaUrl{n}": item["url"] for n, item in enumerate(FILES)}
    types = {f"MediaContentType{n}": item["content_type"] for n, item in enumerate(FILES)}
    return posted_form(MessageSid="MM1", NumMedia="3", Body="", **files, **types)


def telnyx() -> Request:
    """By type and by name."""
    phones = {"from": {"phone_number": "+14155550100"}, "to": [{"phone_number": "+15005550006"}]}
    payload = {"id": "m1", **phones, "text": "", "media": FILES}
    return posted({"data": {"event_type": "message.received", "id": "e1", "payload": payload}})


def bandwidth() -> Request:
    """Addresses only."""
    message = {"id": "m1", "from": "+14155550100", "to": ["+15005550006"], "direction": "in", "media": URLS}
    return posted([{"type": "message-received", "to": "+15005550006", "message": message}])


def plivo() -> Request:
    """Addresses only."""
    return posted_form(
        MessageUUID="m1", Type="mms", Text="", **{f"Media{n}": url for n, url in enumerate(URLS)}
    )


def sinch() -> Request:
    """By type and by name."""
    body = {"subject": "", "message": "", "media": FILES}
    return posted({"type": "mo_media", "id": "m1", "from": "14155550100", "to": "15005550006", "body": body})


def messagebird() -> Request:
    """Addresses only."""
    return posted({"id": "m1", "recipient": "15005550006", "originator": "14155550100", "mediaURLs": URLS})


def bird() -> Request:
    """Both."""
    data = {"sms_id": "m1", "from": "+14155550100", "to": "+15005550006", "media": FILES}
    return posted({"type": "sms.received", "timestamp": "2026-09-21T14:13:20Z", "data": data})


def vonage() -> Request:
    """One file a message."""
    file = {"url": "https://files.example/3", "name": "0.smil"}
    phones = {"from": "14155550100", "to": "15005550006"}
    return posted(
        {"message_uuid": "m1", **phones, "channel": "mms", "message_type": "file", "file": file, "text": ""}
    )


def smsgate() -> Request:
    """By type or name; the phone keeps the file."""
    files = [
        {"partId": 1, "contentType": "application/smil", "name": "x"},
        {"partId": 2, "contentType": "text/plain", "name": "smil.xml"},
        {"partId": 3, "contentType": "image/png", "name": "a.png"},
    ]
    payload = {
        "messageId": "m1",
        "sender": "+14155550100",
        "recipient": "+15005550006",
        "body": "",
        "attachments": files,
    }
    return posted({"event": "mms:downloaded", "id": "e1", "deviceId": "d1", "payload": payload})


def httpsms() -> Request:
    """Addresses only."""
    data = {
        "owner": "+15005550006",
        "contact": "+14155550100",
        "content": "",
        "message_id": "m1",
        "attachments": URLS,
    }
    return posted({"type": "message.phone.received", "id": "e1", "data": data})


MMS: dict[str, Callable[[], Request]] = {
    "twilio": twilio,
    "signalwire": twilio,
    "telnyx": telnyx,
    "bandwidth": bandwidth,
    "plivo": plivo,
    "sinch": sinch,
    "messagebird": messagebird,
    "bird": bird,
    "smsgate": smsgate,
    "httpsms": httpsms,
    "vonage": vonage,
}


@pytest.mark.parametrize("name", MMS)
def test_only_the_picture_of_an_mms_is_an_attachment(name: str) -> None:
    (message,) = carriers.get(name).parse(MMS[name]())
    assert isinstance(message, Inbound)
    picture = {"smsgate": ["part:3"], "vonage": []}.get(name, [PICTURE])
    assert [item.url for item in message.media] == picture


@pytest.fixture
def account(transactional_db: None) -> Account:
    """Twilio's, with +15005550006."""
    return make_lease(account=make_account()).account


async def test_what_a_carrier_posts_is_stored_without_its_presentation(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    files = {"MediaUrl0": "https://api.twilio.com/a", "MediaContentType0": "application/smil"}
    files |= {"MediaUrl1": "https://api.twilio.com/b", "MediaContentType1": "image/jpeg", "NumMedia": "2"}
    post = signed(account.webhook_url, form("Look", **files))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200
    assert sql("SELECT media FROM inbox_message") == [
        ([{"url": "https://api.twilio.com/b", "content_type": "image/jpeg"}],)
    ]


@pytest.mark.parametrize(
    ("content_type", "name", "expected"),
    [
        ("application/smil", "", True),
        ("Application/SMIL+xml; charset=utf-8", "a.png", True),
        ("", "/x/0.SMIL", True),
        ("text/plain", "a.smi", True),
        ("", "smil", True),
        ("image/png", "0.smil", False),
        ("", "smile.png", False),
        ("", "/smil/a.png", False),
        ("", "mysmil", False),
        ("text/x-vcard", "a.vcf", False),
    ],
)
def test_a_presentation_is_known_by_type_or_name(content_type: str, name: str, expected: bool) -> None:
    assert is_presentation(content_type, name) is expected
