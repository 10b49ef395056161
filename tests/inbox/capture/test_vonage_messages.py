"""The official Vonage SDK sends by the Messages API, with a key or an application's token; errors are Vonage's."""

import json
import time
from typing import Any

import httpx
import jwt
import pytest
from django.utils import timezone
from vonage_http_client.errors import AuthenticationError, HttpRequestError
from vonage_jwt import verify_signature
from vonage_messages.models import MmsImage, MmsResource

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, tasks
from inbox.sandbox.models import Credential
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from tempsms.asgi import application
from tests.conftest import Sql
from tests.forward_targets import Targets
from tests.inbox.capture.vonage_sdk import BASE, FROM, SECRETS, TO, ask, private_key, send_message

PATH = BASE.removeprefix("http://127.0.0.1:8000") + "/v1/messages"
BODY = {"channel": "sms", "message_type": "text", "to": TO, "from": FROM, "text": "hi"}
KEY = ("sandbox", "sandbox")


def by_token(application_id: str) -> dict[str, str]:
    """The SDK's login with an application's token."""
    return {"application_id": application_id, "private_key": private_key()}


async def other_credential(**values: object) -> Credential:
    """That of another project."""
    project = await in_thread(lambda: projects.make("tests", **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="vonage"))
    assert credential
    return credential


async def test_the_sdk_sends_with_a_key_and_with_a_token(site: httpx.AsyncClient, sql: Sql) -> None:
    refs = [
        await send_message(site),
        await send_message(site, by_token(SECRETS["application_id"]), from_="ACME", client_ref="mine"),
    ]
    assert sql("SELECT ref, sender, recipient FROM sandbox_capturedmessage ORDER BY id") == [
        (refs[0], f"+{FROM}", f"+{TO}"),
        (refs[1], "ACME", f"+{TO}"),
    ]


async def test_files_make_an_mms(site: httpx.AsyncClient, sql: Sql) -> None:
    image = MmsImage(to=TO, from_=FROM, image=MmsResource(url="https://example.com/a.png", caption="Look"))
    await ask(site, lambda client: client.messages.send(image))
    assert sql("SELECT body, media FROM sandbox_capturedmessage") == [("Look", ["https://example.com/a.png"])]


async def test_each_project_has_an_application_of_its_own(site: httpx.AsyncClient, sql: Sql) -> None:
    credential = await other_credential()
    await send_message(site, by_token(credential.sealed["application_id"]))
    await send_message(site, {"api_key": credential.login, "api_secret": credential.sealed["api_secret"]})
    assert sql("SELECT DISTINCT project_id FROM sandbox_capturedmessage") == [(credential.project_id,)]
    own = credential.sealed["application_id"]
    for wrong in (
        own[:-1] + ("1" if own[-1] != "1" else "2"),
        "sandbox",
        SECRETS["application_id"][:-1] + "1",
    ):
        with pytest.raises(AuthenticationError):
            await send_message(site, by_token(wrong))


@pytest.mark.parametrize(
    ("claims", "algorithm"),
    [
        ({"application_id": SECRETS["application_id"], "exp": int(time.time()) - 60}, "RS256"),
        ({"application_id": SECRETS["application_id"]}, "HS256"),
        ({"application_id": SECRETS["application_id"]}, "none"),
        ({"application_id": [1]}, "RS256"),
        ({"application_id": "00000000-0000-4000-8000-00000000000\0"}, "RS256"),
        ({}, "RS256"),
    ],
)
async def test_tokens_that_are_none_are_refused(
    site: httpx.AsyncClient, claims: dict[str, Any], algorithm: str
) -> None:
    key = private_key() if algorithm == "RS256" else "" if algorithm == "none" else "x" * 32
    token = jwt.encode(claims, key, algorithm)
    for given in (token, token[:-9], "x", "a.b.c", "é"):
        headers = httpx.Headers({"authorization": f"Bearer {given}"}, encoding="utf-8")
        answer = await site.post(PATH, json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")


async def test_the_token_that_everybody_can_make_works_on_this_machine_only(site: httpx.AsyncClient) -> None:
    token = jwt.encode({"application_id": SECRETS["application_id"]}, private_key(), "RS256")
    headers = {"authorization": f"Bearer {token}"}
    assert (await site.post(PATH, json=BODY, headers=headers)).status_code == 202
    transport = httpx.ASGITransport(app=application, client=("192.0.2.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as stranger:
        assert (await stranger.post(PATH, json=BODY, headers=headers)).status_code == 401
        assert (await stranger.post(PATH, json=BODY, auth=KEY)).status_code == 401


@pytest.mark.parametrize(
    ("fields", "title", "wrong"),
    [
        ({"to": "hello"}, "Invalid params", "to"),
        ({"to": "1415555010"}, "Invalid params", "to"),
        ({"to": None}, "Invalid params", "to"),
        ({"to": ["1"]}, "Invalid params", "to"),
        ({"from": ""}, "Invalid params", "from"),
        ({"from": "a name of many letters"}, "Invalid sender", None),
        ({"text": ""}, "Invalid params", "text"),
        ({"text": "x" * 3201}, "Invalid params", "text"),
        ({"text": 5}, "Invalid params", "text"),
        ({"channel": "whatsapp"}, "Invalid params", "channel"),
        ({"message_type": "image"}, "Invalid params", "message_type"),
        ({"channel": "mms", "message_type": "image"}, "Invalid params", "image"),
        ({"channel": "mms", "message_type": "image", "image": {"url": "x"}}, "Invalid params", "image.url"),
        ({"client_ref": "x" * 101}, "Invalid params", "client_ref"),
        ({"webhook_url": "example.com"}, "Invalid params", "webhook_url"),
    ],
)
async def test_what_is_wrong_is_named(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], title: str, wrong: str | None
) -> None:
    answer = await site.post(PATH, json={**BODY, **fields}, auth=KEY)
    problem = answer.json()
    assert (answer.status_code, problem["title"]) == (422, title)
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["name"] for one in problem.get("invalid_parameters", [])] == ([wrong] if wrong else [])
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize(
    ("method", "content", "status"),
    [
        ("GET", b"", 405),
        ("POST", b"", 400),
        ("POST", b"[]", 400),
        ("POST", b'{"text": "a\\u0000b"}', 400),
        ("POST", b"x" * 70_000, 413),
    ],
)
async def test_raw_requests_have_defined_answers(
    site: httpx.AsyncClient, method: str, content: bytes, status: int
) -> None:
    answer = await site.request(method, PATH, content=content, auth=KEY)
    assert (answer.status_code, bool(answer.json()["title"])) == (status, True)


async def test_errors_are_the_sdks_own_exceptions(site: httpx.AsyncClient) -> None:
    credential = await other_credential(numbers=["+15005550006"])
    login = {"api_key": credential.login, "api_secret": credential.sealed["api_secret"]}
    assert await send_message(site, login, from_="15005550006")
    with pytest.raises(HttpRequestError, match="Invalid sender"):
        await send_message(site, login)
    with pytest.raises(AuthenticationError):
        await send_message(site, {**login, "api_secret": "wrong"})


async def test_programs_are_told_by_signed_statuses(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        url = web.url("/ok/status")
        ref = await send_message(site, webhook_url=url, client_ref="mine")
        await in_thread(tasks.call_back)
        requests = [Request("POST", url, request.headers, request.body) for request in web.requests]
    told = [json.loads(request.body) for request in requests]
    assert [(one["status"], one["message_uuid"]) for one in told] == [("submitted", ref), ("delivered", ref)]
    assert {(one["to"], one["from"], one["client_ref"]) for one in told} == {(TO, FROM, "mine")}
    for request, expected in zip(requests, (Status.SENT, Status.DELIVERED), strict=True):
        token = request.header("authorization").removeprefix("Bearer ")
        assert verify_signature(token, SECRETS["signature_secret"])
        assert not verify_signature(token, "x" * 40)
        carriers.get("vonage").verify(request, SECRETS, timezone.now())
        (receipt,) = carriers.get("vonage").parse(request)
        assert isinstance(receipt, Receipt)
        assert receipt.status is expected


@pytest.mark.parametrize("files", [(), (Media("https://example.com/a.png", "image/png"),)])
async def test_the_program_gets_messages_in_the_form_of_the_api_that_it_uses(
    site: httpx.AsyncClient, files: tuple[Media, ...]
) -> None:
    await send_message(site)
    with Targets() as web:
        url = web.url("/ok/inbound")
        project = await in_thread(projects.ensure_default)
        assert project
        await in_thread(lambda: inbound.send(project, "vonage", f"+{TO}", f"+{FROM}", "stop €", url, files))
        await in_thread(tasks.call_back)
        (request,) = [Request("POST", url, one.headers, one.body) for one in web.requests]
    token = request.header("authorization").removeprefix("Bearer ")
    assert verify_signature(token, SECRETS["signature_secret"])
    carriers.get("vonage").verify(request, SECRETS, timezone.now())
    (message,) = carriers.get("vonage").parse(request)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body) == (f"+{TO}", f"+{FROM}", "stop €")
    assert [file.url for file in message.media] == [file.url for file in files]
