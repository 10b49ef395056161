"""The official Vonage SDK sends by the SMS API; its receipts are signed; its errors are Vonage's."""

from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from django.utils import timezone
from vonage import Auth
from vonage_sms.errors import SmsError

from inbox.api.threads import in_thread
from inbox.sandbox import inbound, projects, tasks
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import Unsupported
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.forward_targets import Targets
from tests.inbox.capture.vonage_sdk import BASE, FROM, SECRETS, TO, send_sms

PATH = BASE.removeprefix("http://127.0.0.1:8000") + "/sms/json"
FORM = {"api_key": "sandbox", "api_secret": "sandbox", "to": TO, "from": FROM, "text": "hi"}
AUTH = Auth(api_key="sandbox", signature_secret=SECRETS["signature_secret"])


async def test_the_sdk_sends_and_reads_each_part(site: httpx.AsyncClient, sql: Sql) -> None:
    found = await send_sms(site, text="Your code is 482913 " + "x" * 200, client_ref="mine")
    assert found.message_count == "2"
    for part in found.messages:
        assert (part.to, part.status, part.client_ref) == (TO, "0", "mine")
    assert len({part.message_id for part in found.messages}) == 2
    ((ref, sender, recipient, request),) = sql(
        "SELECT ref, sender, recipient, request FROM sandbox_capturedmessage"
    )
    assert (ref, sender, recipient) == (found.messages[0].message_id, f"+{FROM}", f"+{TO}")
    assert (request["method"], request["path"]) == ("POST", PATH)


async def test_a_login_comes_in_the_form_the_query_or_json_and_is_not_kept(
    site: httpx.AsyncClient, sql: Sql
) -> None:
    for answer in (
        await site.post(PATH, data=FORM),
        await site.get(PATH, params=FORM),
        await site.post(PATH, json=FORM),
        await site.post(PATH, json={**FORM, "ttl": 20000, "callback": None}),
    ):
        assert (answer.status_code, answer.json()["messages"][0]["status"]) == (200, "0")
    kept = sql("SELECT request::text FROM sandbox_capturedmessage")
    assert len(kept) == 4
    assert not any("secret=sandbox" in text or '": "sandbox"' in text for (text,) in kept)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"to": "hello"}, "3"),
        ({"to": "1415555010"}, "3"),
        ({"to": ""}, "2"),
        ({"text": ""}, "2"),
        ({"text": "x" * 3201}, "12"),
        ({"text": "a\0b"}, "3"),
        ({"from_": ""}, "2"),
        ({"from_": "a name of many letters"}, "15"),
        ({"from_": "1"}, "15"),
        ({"type": "binary", "body": "00"}, "3"),
        ({"callback": "example.com"}, "3"),
        ({"login": {"api_key": "sandbox", "api_secret": "wrong"}}, "4"),
        ({"login": {"api_key": "somebody", "api_secret": "sandbox"}}, "4"),
    ],
)
async def test_errors_are_the_sdks_own_exceptions(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], status: str
) -> None:
    with pytest.raises(SmsError, match=f"error code {status}: .+"):
        await send_sms(site, **fields)
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


@pytest.mark.parametrize(
    ("method", "content", "kind", "told"),
    [
        ("POST", b"", "", (200, "2")),
        ("POST", b"api_key=sandbox", "", (200, "4")),
        ("POST", b"api_key=sandbox&sig=00", "", (200, "14")),
        ("POST", b"api_key=%00&api_secret=x", "", (200, "3")),
        ("POST", b"text=%FF", "", (200, "3")),
        ("POST", b"{", "application/json", (200, "3")),
        ("POST", b'{"api_key": {"a": 1}}', "application/json", (200, "3")),
        ("POST", b"x" * 70_000, "", (200, "12")),
        ("PUT", b"", "", (405, "5")),
    ],
)
async def test_raw_requests_have_defined_answers(
    site: httpx.AsyncClient, method: str, content: bytes, kind: str, told: tuple[int, str]
) -> None:
    headers = {"content-type": kind or "application/x-www-form-urlencoded"}
    answer = await site.request(method, PATH, content=content, headers=headers)
    assert (answer.status_code, answer.json()["messages"][0]["status"]) == told
    assert (await site.get(f"{PATH}/x")).status_code == 404


async def test_a_project_with_numbers_sends_from_these_and_from_names(site: httpx.AsyncClient) -> None:
    project = await in_thread(lambda: projects.make("tests", numbers=["+15005550006"]))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="vonage"))
    assert credential
    login = {"api_key": credential.login, "api_secret": credential.sealed["api_secret"]}
    for sender in ("15005550006", "ACME"):
        assert (await send_sms(site, login, from_=sender)).messages[0].status == "0"
    with pytest.raises(SmsError, match="error code 15"):
        await send_sms(site, login)


async def test_programs_are_told_of_each_part_by_signed_receipts(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        url = web.url("/ok/status")
        sent = await send_sms(site, text="x" * 200, callback=url, client_ref="mine")
        await send_sms(site, callback=url, status_report_req=False)
        await in_thread(tasks.call_back)
        forms = [dict(parse_qsl(request.body.decode())) for request in web.requests]
        requests = [Request("POST", url, request.headers, request.body) for request in web.requests]
    assert [form["messageId"] for form in forms] == [part.message_id for part in sent.messages]
    assert {(form["status"], form["err-code"], form["client-ref"]) for form in forms} == {
        ("delivered", "0", "mine")
    }
    assert {(form["msisdn"], form["to"]) for form in forms} == {(TO, FROM)}
    assert all(AUTH.check_signature(dict(form)) for form in forms)
    assert not AUTH.check_signature({**forms[0], "status": "failed"})
    for request in requests:
        carriers.get("vonage").verify(request, SECRETS, timezone.now())
        (receipt,) = carriers.get("vonage").parse(request)
        assert isinstance(receipt, Receipt)
        assert receipt.status is Status.DELIVERED


async def test_the_program_gets_messages_as_vonage_passes_them_on(site: httpx.AsyncClient) -> None:
    with Targets() as web:
        url = web.url("/ok/sms")
        project = await in_thread(projects.ensure_default)
        assert project
        await in_thread(lambda: inbound.send(project, "vonage", f"+{TO}", f"+{FROM}", "stop = & €", url))
        await in_thread(tasks.call_back)
        (request,) = web.requests
    form = dict(parse_qsl(request.body.decode()))
    assert (form["msisdn"], form["to"], form["keyword"], form["api-key"]) == (TO, FROM, "STOP", "sandbox")
    assert AUTH.check_signature(dict(form))
    sent = Request("POST", url, request.headers, request.body)
    carriers.get("vonage").verify(sent, SECRETS, timezone.now())
    (message,) = carriers.get("vonage").parse(sent)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body) == (f"+{TO}", f"+{FROM}", "stop = & €")


async def test_a_long_text_comes_in_parts_and_several_files_not_at_all(site: httpx.AsyncClient) -> None:
    text = "Grüße 🎉 " * 20
    with Targets() as web:
        url = web.url("/ok/sms")
        project = await in_thread(projects.ensure_default)
        assert project
        await in_thread(lambda: inbound.send(project, "vonage", f"+{TO}", f"+{FROM}", text, url))
        await in_thread(tasks.call_back)
        sent = [Request("POST", url, request.headers, request.body) for request in web.requests]
    parts: list[Any] = [carriers.get("vonage").parse(request)[0] for request in sent]
    assert "".join(part.body for part in parts) == text
    assert [(part.part.index, part.part.total) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    assert len({part.ref for part in parts}) == 3
    assert len({part.part.group for part in parts}) == 1
    files = [Media("https://example.com/a.png")] * 2
    with pytest.raises(Unsupported):
        await in_thread(lambda: inbound.send(project, "vonage", f"+{TO}", f"+{FROM}", "hi", url, files))


async def test_a_message_to_a_public_number_is_on_its_page(site: httpx.AsyncClient, sql: Sql) -> None:
    secrets = {"signing_key": "x", "books": "y"}
    await in_thread(lambda: make_lease(account=make_account(carrier="simulated", secrets=secrets)))
    sent = await send_sms(site, to="15005550006")
    assert sql("SELECT carrier_ref, sender FROM inbox_message") == [(sent.messages[0].message_id, f"+{FROM}")]
