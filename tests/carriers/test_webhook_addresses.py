"""Addresses are compared by what they mean, and what is not signed is not read: through the webhook's door."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
from django.conf import LazySettings
from vonage_http_client.auth import Auth

from inbox.privacy import retention
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature
from numbers.carriers.toolkit import addresses
from numbers.models import Account
from tests.carrier_side import form, signed
from tests.carriers import samples as carrier_samples
from tests.carriers.door import KEY, deliver, make_account_at, sample_for
from tests.carriers.samples import NOW, RECIPIENT, SENDER, URL, messagebird, plivo, vonage
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.unprocessed_requests import unprocessed_requests

OURS = "https://inbox.example.net"


@pytest.fixture
def account(transactional_db: None, settings: LazySettings) -> Account:
    """A Twilio account with +15005550006 at a public address."""
    settings.PUBLIC_URL = OURS
    account = make_account()
    make_lease(account=account)
    return account


@pytest.fixture
def account_at(transactional_db: None, carrier: str) -> Account:
    """An account at the carrier that the test names."""
    return make_account_at(carrier)


@pytest.fixture(params=carriers.names())
def any_account(request: pytest.FixtureRequest, transactional_db: None, settings: LazySettings) -> Account:
    """An account at each carrier with the number that its sample is sent to."""
    settings.PUBLIC_URL = OURS
    return make_account_at(request.param)


async def post(site: httpx.AsyncClient, account: Account, url: str, **headers: str) -> int:
    """A message signed over an address, sent to ours with the same path; the answer's status."""
    sent = signed(url, form())
    ours = OURS + re.sub(r"^\w+://[^/]*", "", url)
    answer = await site.post(ours, content=sent.body, headers={**sent.headers, **headers})
    return answer.status_code


@pytest.mark.parametrize("end", ["", "/", "//", "///"])
@pytest.mark.parametrize("status", [False, True])
async def test_a_misspelt_end_of_the_address_is_served(
    site: httpx.AsyncClient, account: Account, sql: Sql, end: str, status: bool
) -> None:
    base = account.status_url if status else account.webhook_url
    assert await post(site, account, base.rstrip("/") + end) == 200
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]


async def test_slashes_within_are_served_and_the_signature_is_over_the_address_as_called(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    bare = account.webhook_url.rstrip("/")
    assert await post(site, account, bare.replace("/twilio/", "//twilio//")) == 200
    for called, meant in ((bare, account.webhook_url), (account.webhook_url, bare)):
        sent = signed(meant, form())
        assert (await site.post(called, content=sent.body, headers=sent.headers)).status_code == 403
    assert await post(site, account, bare + "/other") == 404
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]


@pytest.mark.parametrize(
    ("coding", "status"),
    [
        ("UTF-8", 200),
        ("Identity", 200),
        ("", 200),
        ("identity, utf8", 200),
        ("binary", 200),
        ("gzip", 415),
        ("GZip", 415),
        ("identity, Br", 415),
        ("deflate", 415),
        ("zstd", 415),
    ],
)
async def test_only_real_codings_are_refused(
    site: httpx.AsyncClient, account: Account, coding: str, status: int
) -> None:
    assert await post(site, account, account.webhook_url, **{"Content-Encoding": coding}) == status


SAME = {
    "https://inbox.example.net": "",
    "https://Inbox.Example.net": "",
    "https://Inbox.example.net": "",
    "https://INBOX.EXAMPLE.NET": "",
    "HTTPS://inbox.example.net": "",
    "Https://inbox.example.net": "",
    "https://inbox.example.net:443": "",
    "HTTPS://Inbox.Example.Net:443": "",
    "https://inBox.example.net": "inBox.example.net",
    "https://inBox.example.net:443": "inBox.example.net:443",
}
OTHERS = {
    "https://inbox.example.net:8443": "inbox.example.net:8443",
    "https://inbox.example.net:80": "",
    "https://inbox.example.org": "inbox.example.org",
    "https://inbox.example.net.": "",
    "http://inbox.example.net": "",
    "https://inbox.example.net@evil.example": "",
}


def at(origin: str, account: Account) -> str:
    """The account's address at another origin."""
    return account.webhook_url.replace(OURS, origin)


def signs_address(account: Account) -> bool:
    return carrier_samples.get(account.carrier, KEY).signs_url


async def test_an_address_in_another_spelling_is_ours_and_another_one_is_not(
    site: httpx.AsyncClient, any_account: Account, sql: Sql
) -> None:
    if not signs_address(any_account):
        request = sample_for(any_account).request
        assert (await deliver(site, request)).status_code < 300, "the address does not matter"
        return
    for origins, status in ((SAME, 200), (OTHERS, 403)):
        for origin, host in origins.items():
            sample = carrier_samples.get(any_account.carrier, KEY, at(origin, any_account), int(time.time()))
            headers = {**sample.request.headers, "host": host or "inbox.example.net"}
            request = replace(sample.request, url=any_account.webhook_url, headers=headers)
            assert (await deliver(site, request)).status_code == status, origin
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]


async def test_a_public_address_that_was_set_in_capitals_is_the_same(
    site: httpx.AsyncClient, account: Account, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = "https://Inbox.Example.net:443"
    for origin in (OURS, "https://Inbox.Example.net", "https://inbox.example.net:443"):
        assert await post(site, account, f"{origin}/webhooks/twilio/{account.key}/") == 200


def test_spellings_mean_one_address_and_no_other() -> None:
    for base in (
        URL,
        "http://sms.example:80/x",
        "https://xn--bcher-kva.example/x",
        "http://127.0.0.1:8000/x",
    ):
        found = addresses.spellings_of(base)
        assert found[0] == base
        assert len(found) < 40
        assert {addresses.normalise(one) for one in found} <= {
            addresses.normalise(base),
            "https://bücher.example/x",
        }
    assert "https://bücher.example/x" in addresses.spellings_of("https://xn--bcher-kva.example/x")
    assert addresses.spellings_of("nonsense") == ("nonsense",)
    assert addresses.normalise("HTTPS://A.Example:0443/Path?Q#F") == "https://a.example/Path?Q#F"


# what the signature does not cover is not read


def jwt_request(url: str, said: Mapping[str, object], **changes: object) -> Request:
    """A message of Vonage's Messages API."""
    body = json.dumps(said).encode()
    bearer = vonage.token(KEY, body, {"iat": int(time.time()), **changes})
    return Request(
        "POST", url, {"authorization": f"Bearer {bearer}", "content-type": "application/json"}, body
    )


TRUE = {
    "message_uuid": "u1",
    "channel": "sms",
    "message_type": "text",
    "from": SENDER[1:],
    "to": RECIPIENT[1:],
    "text": f"true&messageId=x&msisdn={SENDER[1:]}&to={RECIPIENT[1:]}&text=forged&y=",
}
FORGED = {"messageId": "m2", "msisdn": SENDER[1:], "to": RECIPIENT[1:], "text": "forged"}


@pytest.mark.parametrize("carrier", ["vonage"])
async def test_a_captured_token_says_nothing_but_its_body(
    site: httpx.AsyncClient, account_at: Account, sql: Sql
) -> None:
    true = jwt_request(account_at.webhook_url, TRUE)
    query = f"{account_at.webhook_url}?{urlencode(FORGED)}"
    plain = {**true.headers, "content-type": "application/x-www-form-urlencoded"}
    for sent in (
        replace(true, method="GET", url=query),
        replace(true, url=query),
        replace(true, headers=plain),
        replace(true, method="GET", url=query, headers=plain),
        true,
    ):
        assert (await deliver(site, sent)).status_code == 200
    assert sql("SELECT body FROM inbox_message") == [(TRUE["text"],)]


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"exp": NOW + 1, "nbf": NOW}, True),
        ({"exp": NOW}, False),
        ({"exp": NOW - 1}, False),
        ({"nbf": NOW + 1}, False),
        ({"exp": "soon"}, False),
        ({"nbf": None}, False),
    ],
)
def test_a_tokens_times_are_honoured(changes: dict[str, object], passes: bool) -> None:
    request = jwt_request(URL, TRUE, iat=NOW, **changes)
    assert verifies("vonage", request, signature_secret=KEY) == passes


def verifies(carrier: str, request: Request, **secrets: str) -> bool:
    try:
        carriers.get(carrier).verify(request, secrets, NOW)
    except BadSignature:
        return False
    return True


def test_names_of_classic_parameters_cannot_swallow_others() -> None:
    """&a=1&b=2 is signed alike as a=1, b=2 and as "a=1&b"=2."""
    said = {"messageId": "m1", "msisdn": "1", "text": "Hi", "timestamp": str(NOW), "to": "2", "type": "text"}
    auth = Auth(api_key="a", api_secret="b", signature_secret=KEY, signature_method="sha256")
    sig = auth.sign_params(dict(said))
    true = Request("GET", f"{URL}?{urlencode({**said, 'sig': sig})}", {})
    assert verifies("vonage", true, signature_secret=KEY)
    moved = {name: value for name, value in said.items() if name not in ("to", "type")}
    moved |= {"to=2&type": "text"}
    forged = Request("GET", f"{URL}?{urlencode({**moved, 'sig': sig})}", {})
    assert not verifies("vonage", forged, signature_secret=KEY)


@pytest.mark.parametrize("carrier", ["messagebird"])
async def test_signed_json_is_never_read_as_a_form(
    site: httpx.AsyncClient, account_at: Account, sql: Sql
) -> None:
    text = f"true&id=x&originator={SENDER[1:]}&recipient={RECIPIENT[1:]}&body=forged&y="
    body = json.dumps(
        {"id": "m1", "originator": SENDER[1:], "recipient": RECIPIENT[1:], "body": text}
    ).encode()
    now = int(time.time())
    token = messagebird.token(KEY, account_at.webhook_url, body, changes={"nbf": now, "exp": now + 60})
    for kind in ("application/x-www-form-urlencoded", "application/json", ""):
        headers = {"messagebird-signature-jwt": token, "content-type": kind}
        sent = Request("POST", account_at.webhook_url, headers, body)
        assert (await deliver(site, sent)).status_code == 200
    assert sql("SELECT body FROM inbox_message") == [(text,)]


async def test_the_border_of_a_signed_id_cannot_be_moved(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    """Twilio signs names and values in a row: MessageSid could swallow NumMedia and be another message."""
    fields = form("Hello")
    true = signed(account.webhook_url, fields)
    moved = {name: value for name, value in fields.items() if name != "NumMedia"}
    moved["MessageSid"] += "NumMedia" + fields["NumMedia"]
    forged = urlencode(moved).encode()
    for body in (true.body, forged):
        answer = await site.post(true.url, content=body, headers=true.headers)
        assert answer.status_code == 200, "the signature is right"
    assert sql("SELECT body FROM inbox_message") == [("Hello",)]
    assert [kept.detail for kept in unprocessed_requests(sql)] == ["MessageSid is longer than 34 characters"]


def test_plivos_older_signature_can_be_refused() -> None:
    headers = {
        "X-Plivo-Signature-V2": "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        "X-Plivo-Signature-V2-Nonce": "12345",
    }
    request = Request("POST", "https://answer.url", headers, b"Text=anything")
    assert verifies("plivo", request, auth_token="my_auth_token")
    assert not verifies("plivo", request, auth_token="my_auth_token", signature_version="v3")
    fields = {"From": "1", "To": "2", "Text": "Hi", "MessageUUID": plivo.REF}
    v3 = {"x-plivo-signature-v3": plivo.signature(KEY, URL, fields), "x-plivo-signature-v3-nonce": "n1"}
    assert verifies(
        "plivo",
        Request("POST", URL, v3, urlencode(fields).encode()),
        auth_token=KEY,
        signature_version="v3",
    )


def test_a_signed_form_is_not_taken_for_a_query() -> None:
    """Plivo's strings for a POST and a GET differ by what a sender may write into a text."""
    text = "=&MessageUUID=forged&Text=forged&To=15005550006"
    fields = {"From": "14155550100", "MessageUUID": plivo.REF, "Text": text, "To": "15005550006"}
    value = plivo.signature(KEY, URL, fields)
    headers = {"x-plivo-signature-v3": value, "x-plivo-signature-v3-nonce": "n1"}
    assert verifies("plivo", Request("POST", URL, headers, urlencode(fields).encode()), auth_token=KEY)
    row = "".join(name + fields[name] for name in sorted(fields))
    pairs = [(pair.partition("=")[0], pair.partition("=")[2]) for pair in row.split("&")]
    forged = Request("GET", f"{URL}?{urlencode(pairs)}", headers)
    assert not verifies("plivo", forged, auth_token=KEY)


async def test_a_request_that_is_sent_again_after_months_is_known(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    sent = signed(account.webhook_url, form())
    await site.post(sent.url, content=sent.body, headers=sent.headers)
    assert sql("DELETE FROM inbox_message RETURNING 1") == [(1,)]
    sql("UPDATE inbox_seen SET seen_on = current_date - 91")
    sql("DELETE FROM inbox_seen WHERE seen_on < current_date - %s::int", retention.SEEN_FOR.days)
    answer = await site.post(sent.url, content=sent.body, headers=sent.headers)
    assert answer.status_code == 200
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]
