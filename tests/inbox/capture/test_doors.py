"""Who may capture: raw requests have defined answers, and the login that everybody knows works on this machine only."""

import httpx
import pytest

from inbox.api.threads import in_thread
from inbox.sandbox import projects
from tempsms.asgi import application
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN

FORM = {"To": TO, "From": FROM, "Body": "hi"}


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient) -> None:
    for method, path, content, auth, status in [
        ("POST", "/capture", b"", None, 404),
        ("POST", "/capture/twilio/", b"", None, 404),
        ("POST", "/capture/nobody/x", b"", None, 404),
        ("GET", MESSAGES.replace(".json", "/SM1/Media.json"), b"", (SID, TOKEN), 404),
        ("PUT", MESSAGES, b"", (SID, TOKEN), 405),
        ("DELETE", MESSAGES, b"", (SID, TOKEN), 405),
        ("POST", MESSAGES, b"", None, 401),
        ("GET", MESSAGES, b"", None, 401),
        ("GET", MESSAGES, b"", (SID + "\0", TOKEN), 401),
        ("POST", MESSAGES, b"x" * 70_000, (SID, TOKEN), 413),
        ("POST", MESSAGES, b"Body=%FF", (SID, TOKEN), 400),
        ("GET", MESSAGES, b"", (SID, TOKEN), 200),
        ("GET", MESSAGES.removesuffix(".json"), b"", (SID, TOKEN), 200),
    ]:
        answer = await site.request(method, path, content=content, auth=auth)
        assert answer.status_code == status, (method, path)
        assert status == 200 or answer.json()["status"] == status


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"CF-Connecting-IP": "192.0.2.7"}),
        ("127.0.0.1", {"Origin": "https://evil.example"}),
        ("127.0.0.1", {"Sec-Fetch-Site": "cross-site"}),
        ("127.0.0.1", {"Host": "evil.example:8000"}),
    ],
)
async def test_the_login_that_everybody_knows_works_for_programs_on_this_machine_only(
    site: httpx.AsyncClient, peer: str, headers: dict[str, str]
) -> None:
    assert (await site.post(MESSAGES, data=FORM, auth=(SID, TOKEN))).status_code == 201
    project = await in_thread(lambda: projects.make("tests"))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="twilio"))
    assert credential
    own = credential.login, credential.sealed["auth_token"]
    transport = httpx.ASGITransport(app=application, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as stranger:
        answer = await stranger.post(MESSAGES, data=FORM, auth=(SID, TOKEN), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
        # credentials that are a project's own are a secret, so they work from anywhere
        answer = await stranger.post(MESSAGES.replace(SID, own[0]), data=FORM, auth=own, headers=headers)
        assert answer.status_code == 201
