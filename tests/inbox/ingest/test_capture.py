"""The official Twilio SDK, pointed at our capture endpoint, sends to our inboxes and understands our answers."""

import asyncio
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from numbers.models import Account, Lease
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number, make_rental

SID = "AC" + "1" * 32
TOKEN = "0123456789abcdef0123456789abcdef"


class ToCapture:
    """The SDK's HTTP client with the base address replaced: requests go to our ASGI application."""

    def __init__(self, site: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self.site, self.loop = site, loop

    def request(self, method: str, url: str, data: Any = None, auth: Any = None, **rest: Any) -> Response:
        """What twilio.http.HttpClient.request does."""
        assert url.startswith("https://api.twilio.com/")
        path = url.replace("https://api.twilio.com", "/capture/twilio")
        sending = self.site.request(method, path, data=data, auth=auth)
        answer = asyncio.run_coroutine_threadsafe(sending, self.loop).result(20)
        return Response(answer.status_code, answer.text)


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A number leased through a carrier that is not Twilio: captured messages come to it all the same."""
    return make_lease(account=make_account(carrier="simulated", secrets={"signing_key": "x", "books": "y"}))


@pytest.fixture
def login(transactional_db: None) -> Account:
    """A Twilio account that fixes its own sid."""
    return make_account(secrets={"account_sid": SID, "auth_token": TOKEN})


async def create(site: httpx.AsyncClient, sid: str = SID, token: str = TOKEN, **fields: Any) -> Any:
    """`client.messages.create(...)` of the SDK, in a thread of its own."""
    client = Client(sid, token, http_client=ToCapture(site, asyncio.get_running_loop()))
    return await asyncio.to_thread(lambda: client.messages.create(**fields))


async def test_the_sdk_sends_and_reads_the_resource(
    site: httpx.AsyncClient, lease: Lease, login: Account, sql: Sql
) -> None:
    body = "Your code is 482913 " + "x" * 200
    message = await create(site, to="+15005550006", from_="+14155550100", body=body)
    assert message.sid.startswith("SM")
    assert (message.status, message.direction, message.error_code) == ("queued", "outbound-api", None)
    assert (message.num_segments, message.num_media) == ("2", "0")
    assert (message.body, message.to, message.from_) == (body, "+15005550006", "+14155550100")
    assert message.date_created.tzinfo is not None
    assert sql("SELECT carrier_ref, sender, flags, segments, public FROM inbox_message") == [
        (message.sid, "+14155550100", ["captured"], 2, True)
    ]
    page = (await site.get("/numbers/15005550006/poll/")).json()["frames"][0]["message"]
    assert (page["body"], page["code"]["value"]) == (body, "482913")


async def test_a_messaging_service_is_a_sender_too(
    site: httpx.AsyncClient, lease: Lease, login: Account
) -> None:
    message = await create(site, to="+15005550006", messaging_service_sid="MG" + "1" * 32, body="hi")
    assert message.messaging_service_sid == "MG" + "1" * 32
    assert message.from_ is None


async def test_media_are_passed_on(site: httpx.AsyncClient, lease: Lease, login: Account, sql: Sql) -> None:
    message = await create(
        site, to="+15005550006", from_="+14155550100", media_url=["https://example.com/a.png"]
    )
    assert message.sid.startswith("MM")
    assert message.num_media == "1"
    assert sql("SELECT media->0->>'url' FROM inbox_message") == [("https://example.com/a.png",)]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to": "+15005550007", "from_": "+14155550100", "body": "x"}, 400, 21211),
        ({"to": "hello", "from_": "+14155550100", "body": "x"}, 400, 21211),
        ({"to": "+15005550006", "from_": "+14155550100"}, 400, 21602),
        ({"to": "+15005550006", "from_": "+14155550100", "body": ""}, 400, 21602),
        ({"to": "+15005550006", "body": "x"}, 400, 21603),
        ({"to": "", "from_": "+14155550100", "body": "x"}, 400, 21604),
        ({"to": "+15005550006", "from_": "+14155550100", "body": "x" * 1601}, 400, 21617),
        ({"to": "+15005550006", "from_": "+14155550100", "body": "a\x00b"}, 400, 21619),
        ({"to": "+15005550006", "from_": "+14155550100", "body": "x", "token": "wrong"}, 401, 20003),
        ({"to": "+15005550006", "from_": "+14155550100", "body": "x", "sid": "AC" + "2" * 32}, 401, 20003),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    site: httpx.AsyncClient,
    lease: Lease,
    login: Account,
    sql: Sql,
    fields: dict[str, Any],
    status: int,
    code: int,
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await create(site, **fields)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert caught.value.msg
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]


async def test_an_account_without_a_sid_takes_any(site: httpx.AsyncClient, lease: Lease, sql: Sql) -> None:
    sql(
        "INSERT INTO numbers_account (carrier, label, key, secrets, enabled, currency, created_at)"
        " VALUES ('twilio', 'x', 'k', %s, true, 'USD', now())",
        _sealed({"auth_token": TOKEN}),
    )
    assert (
        await create(site, "AC" + "7" * 32, to="+15005550006", from_="+14155550100", body="x")
    ).status == "queued"


def _sealed(secrets: dict[str, str]) -> bytes:
    from tempsms.lib.vault import SealedJSONField

    return bytes(SealedJSONField().get_prep_value(secrets))


async def test_a_disabled_account_cannot_log_in(
    site: httpx.AsyncClient, lease: Lease, login: Account, sql: Sql
) -> None:
    sql("UPDATE numbers_account SET enabled = false")
    with pytest.raises(TwilioRestException) as caught:
        await create(site, to="+15005550006", from_="+14155550100", body="x")
    assert caught.value.code == 20003


async def test_raw_requests_have_defined_answers(
    site: httpx.AsyncClient, lease: Lease, login: Account
) -> None:
    address = f"/capture/twilio/2010-04-01/Accounts/{SID}/Messages.json"
    for method, path, content, auth, status in [
        ("POST", "/capture/twilio/", b"", None, 404),
        ("POST", "/capture/nobody/x", b"", None, 404),
        ("PUT", address, b"", (SID, TOKEN), 405),
        ("POST", address, b"", None, 401),
        ("POST", address, b"x" * 70_000, (SID, TOKEN), 413),
        ("POST", address, b"Body=%FF", (SID, TOKEN), 400),
    ]:
        answer = await site.request(method, path, content=content, auth=auth)
        assert answer.status_code == status, (method, path)
        assert answer.json()["status"] == status


@pytest.fixture
def out_of_reach(login: Account) -> dict[str, str]:
    """Numbers that captured messages must not reach, whatever the reason; one is the login's own."""
    numbers = {
        name: f"+1500555001{n}" for n, name in enumerate(("private", "own", "rented", "retired", "gone"))
    }
    make_lease(make_number(numbers["private"], public=False))
    make_lease(make_number(numbers["own"], public=False), login)
    make_rental(make_lease(make_number(numbers["rented"], public=False), login))
    make_lease(make_number(numbers["retired"]), login, state=Lease.State.QUARANTINED)
    make_lease(make_number(numbers["gone"]), login, state=Lease.State.RELEASED)
    return {**numbers, "unknown": "+15005550019"}


async def test_what_is_captured_reaches_public_numbers_only_and_tells_nothing_of_others(
    site: httpx.AsyncClient, login: Account, out_of_reach: dict[str, str], sql: Sql
) -> None:
    answers = set()
    for number in out_of_reach.values():
        form = {"To": number, "From": "+14155550100", "Body": "Your code is 482913"}
        path = f"/capture/twilio/2010-04-01/Accounts/{SID}/Messages.json"
        answer = await site.post(path, data=form, auth=(SID, TOKEN))
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        answers.add((answer.status_code, answer.text.replace(number, "N"), str(headers)))
    assert len(answers) == 1
    assert answers.pop()[0] == 400
    for table in ("inbox_message", "inbox_code", "inbox_seen", "inbox_outbox", "inbox_quarantined"):
        assert sql(f"SELECT count(*) FROM {table}") == [(0,)]


async def test_every_send_is_a_message_of_its_own(
    site: httpx.AsyncClient, lease: Lease, login: Account, sql: Sql
) -> None:
    sent = [await create(site, to="+15005550006", from_="+14155550100", body="same") for _ in range(3)]
    assert len({message.sid for message in sent}) == 3
    assert sql("SELECT count(*) FROM inbox_message") == [(3,)]
