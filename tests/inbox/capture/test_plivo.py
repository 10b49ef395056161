"""The official Plivo SDK works with the sandbox, but for its address; its errors and validator are its own."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
import plivo
import pytest
from plivo import exceptions
from plivo.rest import client as rest
from plivo.utils import validate_signature, validate_v3_signature

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, snippets, tasks
from inbox.sandbox.captured.plivo import PLIVO, SHORT_LOGIN
from inbox.sandbox.models import CapturedMessage
from numbers.models import Lease
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.forward_targets import Targets

AUTH_ID, TOKEN = PLIVO.fixed.name, "sandbox"
FROM, TO = "14155550100", "61491570157"
POWERPACK = "5b40a428-bfc7-4daf-9d06-726c558bf3b8"
Ask = Callable[..., Any]
_Result = TypeVar("_Result")


@pytest.fixture
def ask(address: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Do something with a client of the SDK, in a thread of its own."""
    monkeypatch.setattr(rest, "PLIVO_API_BASE_URI", f"{address}/capture/plivo/v1/Account")

    async def run(work: Callable[[Any], _Result], auth_id: str = AUTH_ID, token: str = TOKEN) -> _Result:
        with plivo.RestClient(auth_id, token, timeout=20) as client:
            return await asyncio.to_thread(work, client)

    return run


def create(auth_id: str = AUTH_ID, token: str = TOKEN, **changes: Any) -> tuple[Any, ...]:
    """What `ask` takes to send a message from and to some number unless given."""
    values = {"src": FROM, "dst": TO, "text": "Your code is 482913", **changes}
    given = {name: value for name, value in values.items() if value is not None}
    return (lambda client: client.messages.create(**given), auth_id, token)


async def own_login(name: str, **values: Any) -> tuple[str, str]:
    """The login of a new project."""
    project = await in_thread(lambda: projects.make(name, **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="plivo"))
    assert credential
    return credential.login, credential.sealed["auth_token"]


async def test_the_sdk_sends_and_reads_the_resource(ask: Ask, sql: Sql) -> None:
    body = "Your code is 482913 " + "x" * 200
    sent = await ask(*create(text=body))
    (ref,) = sent.message_uuid
    assert (sent.message, len(sent.api_id)) == ("message(s) queued", 36)
    found = await ask(lambda client: client.messages.get(ref))
    assert (found.from_number, found.to_number, found.message_direction) == (FROM, TO, "outbound")
    assert (found.message_state, found.units, found.message_type) == ("queued", 2, "sms")
    assert (found.id, found.error_code, found.message_sent_time) == (ref, None, None)
    ((sender, recipient, text, request),) = sql(
        "SELECT sender, recipient, body, request FROM sandbox_capturedmessage"
    )
    assert (sender, recipient, text) == ("+14155550100", "+61491570157", body)
    assert (request["path"], request["headers"]["content-type"]) == (
        f"/capture/plivo/v1/Account/{AUTH_ID}/Message/",
        "application/json",
    )
    assert "authorization" not in request["headers"]
    await in_thread(tasks.call_back)
    found = await ask(lambda client: client.messages.get(ref))
    assert (found.message_state, found.error_code) == ("delivered", "000")


async def test_one_request_sends_to_many(ask: Ask, sql: Sql) -> None:
    sent = await ask(*create(dst="61491570157<+14155550199<61491570157<123<"))
    assert len(sent.message_uuid) == 2
    assert sent.invalid_number == ["123"]
    assert sql("SELECT recipient FROM sandbox_capturedmessage ORDER BY id") == [
        ("+61491570157",),
        ("+14155550199",),
    ]


async def test_files_are_listed(ask: Ask) -> None:
    sent = await ask(*create(type_="mms", media_urls=["https://example.com/a.png"], text=None))
    message = await ask(lambda client: client.messages.get(sent.message_uuid[0]))
    assert message.message_type == "mms"
    media = await ask(lambda _: message.listMedia())
    assert [one.media_url for one in media.objects] == ["https://example.com/a.png"]


async def test_a_powerpack_sends_from_a_number_of_the_project(ask: Ask) -> None:
    login = await own_login("tests", numbers=["+15005550006"])
    sent = await ask(*create(*login, src=None, powerpack_uuid=POWERPACK))
    found = await ask(lambda client: client.messages.get(sent.message_uuid[0]), *login)
    assert (found.from_number, found.powerpack_id) == ("15005550006", POWERPACK)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"dst": "123"}, exceptions.ValidationError),
        ({"dst": "<"}, exceptions.ValidationError),
        ({"dst": "hello"}, exceptions.ValidationError),
        ({"dst": "<".join(f"614915{n:05}" for n in range(1001))}, exceptions.ValidationError),
        ({"text": ""}, exceptions.ValidationError),
        ({"text": "x" * 1601}, exceptions.ValidationError),
        ({"text": "я" * 738}, exceptions.ValidationError),
        ({"text": "a\0b"}, exceptions.ValidationError),
        ({"src": "a name of many letters"}, exceptions.ValidationError),
        ({"src": "+" + TO}, exceptions.ValidationError),
        ({"src": "ACME", "dst": "14155550199"}, exceptions.ValidationError),
        ({"type_": "whatsapp"}, exceptions.ValidationError),
        ({"method": "PUT"}, exceptions.ValidationError),
        ({"media_urls": ["https://example.com/a.png"]}, exceptions.ValidationError),
        ({"type_": "mms", "media_urls": ["ftp://example.com/a.png"]}, exceptions.ValidationError),
        ({"type_": "mms", "media_urls": ["https://example.com/a.png"] * 11}, exceptions.ValidationError),
        ({"type_": "mms", "media_ids": ["a"]}, exceptions.ValidationError),
        ({"token": "wrong"}, exceptions.AuthenticationError),
        ({"auth_id": "MA" + "1" * 18}, exceptions.AuthenticationError),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    ask: Ask, sql: Sql, fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        await ask(*create(**fields))
    assert str(caught.value)
    assert "request params" not in str(caught.value)  # the SDK's own check
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize("src", ["+15005550006", "12345", "ACME"])
async def test_numbers_short_codes_and_names_can_send(ask: Ask, sql: Sql, src: str) -> None:
    await ask(*create(src=src))
    assert sql("SELECT sender FROM sandbox_capturedmessage") == [(src,)]


async def test_a_project_with_numbers_sends_from_these_only(ask: Ask) -> None:
    login = await own_login("tests", numbers=["+15005550006"])
    assert await ask(*create(*login, src="15005550006"))
    with pytest.raises(exceptions.ValidationError, match="not a number of this account"):
        await ask(*create(*login, src=FROM))


async def test_programs_are_told_by_callbacks_that_the_sdk_validates(ask: Ask) -> None:
    with Targets() as web:
        url = web.url("/ok/status?b=2&a=c%26d")
        sent = await ask(*create(url=url, text="Grüße"))
        await in_thread(tasks.call_back)
        told = [dict(httpx.QueryParams(request.body.decode())) for request in web.requests]
        for request, form in zip(web.requests, told, strict=True):
            given = request.headers
            nonce = given["x-plivo-signature-v3-nonce"]
            for name in ("x-plivo-signature-v3", "x-plivo-signature-ma-v3"):
                assert validate_v3_signature("POST", url, nonce, TOKEN, given[name], dict(form))
                assert not validate_v3_signature("POST", url, nonce, TOKEN, given[name], {**form, "To": "1"})
            assert validate_signature(
                url, given["x-plivo-signature-v2-nonce"], given["x-plivo-signature-v2"], TOKEN
            )
    assert [form["Status"] for form in told] == ["queued", "sent", "delivered"]
    assert {form["MessageUUID"] for form in told} == set(sent.message_uuid)
    assert (told[0]["From"], told[0]["To"], told[2]["ErrorCode"]) == (FROM, TO, "000")


async def test_callbacks_can_be_gets_that_the_sdk_validates(ask: Ask) -> None:
    with Targets() as web:
        url = web.url("/ok/status?b=2")
        await ask(*create(url=url, method="GET"))
        await in_thread(tasks.call_back)
        statuses = []
        for request in web.requests:
            query = request.path.partition("?")[2]
            statuses.append(httpx.QueryParams(query)["Status"])
            nonce, signature = (request.headers[f"x-plivo-signature-v3{name}"] for name in ("-nonce", ""))
            assert validate_v3_signature("GET", f"{web.url('/ok/status')}?{query}", nonce, TOKEN, signature)
            assert not validate_v3_signature("GET", f"{url}&c={query}", nonce, TOKEN, signature)
    assert statuses == ["queued", "sent", "delivered"]
    assert all("content-type" not in request.headers for request in web.requests)


async def test_messages_to_the_program_are_plivos(ask: Ask) -> None:
    with Targets() as web:
        url = web.url("/ok/sms")
        await in_thread(
            lambda: inbound.send(
                projects.ensure_default(), "plivo", "+61491570157", "+14155550100", "STOP ä", url
            )
        )
        await in_thread(tasks.call_back)
        (request,) = web.requests
        form = dict(httpx.QueryParams(request.body.decode()))
        assert (form["From"], form["To"], form["Text"], form["Type"]) == (TO, FROM, "STOP ä", "sms")
        nonce, signature = (request.headers[f"x-plivo-signature-v3{name}"] for name in ("-nonce", ""))
        assert validate_v3_signature("POST", url, nonce, TOKEN, signature, form)
    (listed,) = await ask(lambda client: client.messages.list(message_direction="inbound"))
    assert (listed.message_state, listed.message_uuid) == ("received", form["MessageUUID"])


async def test_lists_have_pages_and_come_newest_first(ask: Ask) -> None:
    for n in range(7):
        await ask(*create(text=str(n)))
    first = await ask(lambda client: client.messages.list(limit=3))
    assert (first.meta.limit, first.meta.offset, first.meta.previous) == (3, 0, None)
    second = await ask(lambda client: client.messages.list(limit=3, offset=3))
    assert second.meta.next.endswith("/Message/?limit=3&offset=6")
    assert second.meta.previous.endswith("/Message/?limit=3&offset=0")
    every = await ask(lambda client: list(client.messages))
    refs = [one.message_uuid for one in every]
    assert refs[:6] == [one.message_uuid for one in [*first, *second]]
    assert len(set(refs)) == 7


async def test_lists_can_be_filtered(ask: Ask, sql: Sql) -> None:
    await ask(*create(dst="14155550199", text="a"))
    await ask(*create(src="ACME", text="b"))
    await ask(*create(type_="mms", media_urls=["https://example.com/a.png"], text="c"))
    await in_thread(tasks.call_back)
    await ask(*create(text="d"))
    sql("UPDATE sandbox_capturedmessage SET created_at = '2026-01-05 12:00Z' WHERE body = 'a'")
    noon = datetime(2026, 1, 5, 12)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["d", "c", "b", "a"]),
        ({"to_number": "14155550199"}, ["a"]),
        ({"from_number": "ACME"}, ["b"]),
        ({"from_number": "+" + FROM}, ["d", "c", "a"]),
        ({"message_state": "queued"}, ["d"]),
        ({"message_state": "delivered"}, ["c", "b", "a"]),
        ({"message_state": "rejected"}, []),
        ({"message_type": "mms"}, ["c"]),
        ({"message_type": "whatsapp"}, []),
        ({"message_direction": "inbound"}, []),
        ({"error_code": "300"}, []),
        ({"powerpack_id": POWERPACK}, []),
        ({"message_time": noon}, ["a"]),
        ({"message_time__lte": noon}, ["a"]),
        ({"message_time__gt": noon + timedelta(seconds=1)}, ["d", "c", "b"]),
    ]
    for filters, bodies in cases:
        found = await ask(lambda client, asked=filters: client.messages.list(**asked))
        refs = [one.message_uuid for one in found]
        texts = await in_thread(lambda: dict(CapturedMessage.objects.values_list("ref", "body")))
        assert texts is not None
        assert [texts[ref] for ref in refs] == bodies, filters


async def test_another_projects_messages_do_not_exist(ask: Ask) -> None:
    sent = await ask(*create())
    login = await own_login("tests")
    assert len(await ask(lambda client: client.messages.list(), *login)) == 0
    with pytest.raises(exceptions.ResourceNotFoundError):
        await ask(lambda client: client.messages.get(sent.message_uuid[0]), *login)


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient, sql: Sql) -> None:
    path = f"/capture/plivo/v1/Account/{AUTH_ID}/Message/"
    good = {"src": FROM, "dst": TO, "text": "hi"}
    for method, address, body, auth, status in [
        ("POST", "/capture/plivo/", None, None, 404),
        ("PUT", path, None, (AUTH_ID, TOKEN), 405),
        ("DELETE", f"{path}{POWERPACK}/", None, (AUTH_ID, TOKEN), 405),
        ("GET", path, None, None, 401),
        ("GET", path.replace(AUTH_ID, "MA" + "1" * 18), None, (AUTH_ID, TOKEN), 401),
        ("POST", path, "text", (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "dst": [TO]}, (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "dst": None}, (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "text": 5}, (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "url": "example.com"}, (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "powerpack_uuid": POWERPACK}, (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "src": None}, (AUTH_ID, TOKEN), 400),
        ("POST", path, {**good, "text": "x" * 70_000}, (AUTH_ID, TOKEN), 413),
        ("GET", f"{path}{POWERPACK}/", None, (AUTH_ID, TOKEN), 404),
        ("GET", f"{path}?limit=21", None, (AUTH_ID, TOKEN), 400),
        ("GET", f"{path}?offset=-1", None, (AUTH_ID, TOKEN), 400),
        ("GET", f"{path}?message_time=today", None, (AUTH_ID, TOKEN), 400),
        ("GET", f"{path}?message_state=lost", None, (AUTH_ID, TOKEN), 400),
        ("GET", f"{path}?from_number=%00", None, (AUTH_ID, TOKEN), 400),
    ]:
        answer = await site.request(method, address, json=body, auth=auth)
        assert answer.status_code == status, (method, address, body)
        assert answer.json()["error"]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_the_short_form_of_the_first_login_is_known_too(site: httpx.AsyncClient) -> None:
    good = {"src": FROM, "dst": TO, "text": "hi"}
    path = f"/capture/plivo/v1/Account/{SHORT_LOGIN}/Message/"
    sent = await site.post(path, json=good, auth=(SHORT_LOGIN, TOKEN))
    assert sent.status_code == 202
    listed = (await site.get(path, auth=(SHORT_LOGIN, TOKEN))).json()["objects"]
    assert [one["message_uuid"] for one in listed] == sent.json()["message_uuid"]
    assert listed[0]["resource_uri"].startswith(f"/v1/Account/{SHORT_LOGIN}/Message/")


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A number of ours with a public page."""
    return make_lease(account=make_account(carrier="simulated", secrets={"signing_key": "x", "books": "y"}))


async def test_a_message_to_a_public_number_is_in_its_inbox(ask: Ask, sql: Sql, lease: Lease) -> None:
    sent = await ask(*create(dst="15005550006<14155550199"))
    assert sql("SELECT carrier_ref, sender FROM inbox_message") == [(sent.message_uuid[0], "+" + FROM)]


async def test_the_program_to_copy_sends(address: str, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "PLIVO_API_BASE_URI", rest.PLIVO_API_BASE_URI)
    code = snippets.of_carrier("plivo", address)["Python"]
    await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})
    assert sql("SELECT recipient, body FROM sandbox_capturedmessage") == [
        ("+14155550199", "Your code is 482913")
    ]
