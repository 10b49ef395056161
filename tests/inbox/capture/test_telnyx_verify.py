"""Telnyx's Verify with the official SDK: profiles, codes by SMS, checks."""

import asyncio
from typing import Any

import httpx
import pytest
import telnyx

from inbox.api.threads import in_thread
from inbox.sandbox.models import CapturedMessage, Verification
from tests.conftest import Sql
from tests.inbox.capture.telnyx_sdk import BASE, KEY, TO, ask, other_project

PATH = BASE.removeprefix("http://127.0.0.1:8000")
HEADERS = {"authorization": f"Bearer {KEY}"}


async def make_profile(site: httpx.AsyncClient, **sms: Any) -> str:
    """The id of a profile."""
    given: Any = sms
    made: Any = await ask(site, lambda client: client.verify_profiles.create(name="Acme", sms=given).data)
    return str(made.id)


async def start(site: httpx.AsyncClient, profile: str, **values: Any) -> Any:
    """A verification that was begun."""
    given = {"phone_number": TO, "verify_profile_id": profile, **values}
    return (await ask(site, lambda client: client.verifications.trigger_sms(**given))).data


async def read_code() -> str:
    """The code of the newest message."""
    message = await in_thread(lambda: CapturedMessage.objects.order_by("-pk").first())
    assert message
    return message.body.rpartition(": ")[2].rstrip(".")


async def check(site: httpx.AsyncClient, ref: str, code: str) -> str:
    """What a check says."""
    found: Any = await ask(site, lambda client: client.verifications.actions.verify(ref, code=code))
    return str(found.data.response_code)


async def test_profiles_are_made_read_listed_changed_and_deleted(site: httpx.AsyncClient) -> None:
    ref = await make_profile(site, app_name="Acme", code_length=6)
    read: Any = await ask(site, lambda client: client.verify_profiles.retrieve(ref).data)
    assert (read.name, read.sms.code_length, read.record_type) == ("Acme", 6, "verification_profile")
    changed: Any = await ask(site, lambda client: client.verify_profiles.update(ref, name="Other").data)
    assert (changed.name, changed.sms.app_name) == ("Other", "Acme")
    listed = await ask(site, lambda client: list(client.verify_profiles.list()))
    assert [one.id for one in listed] == [ref]
    await ask(site, lambda client: client.verify_profiles.delete(ref))
    with pytest.raises(telnyx.NotFoundError):
        await ask(site, lambda client: client.verify_profiles.retrieve(ref))


async def test_a_code_is_sent_and_checked_once(site: httpx.AsyncClient, sql: Sql) -> None:
    profile = await make_profile(site, app_name="Acme", code_length=6, alpha_sender="ACME")
    begun = await start(site, profile)
    assert (begun.status, begun.phone_number, begun.timeout_secs) == ("pending", TO, 300)
    assert sql("SELECT sender, recipient, has_code FROM sandbox_capturedmessage") == [("ACME", TO, True)]
    code = await read_code()
    assert (len(code), code.isdigit()) == (6, True)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert await check(site, begun.id, wrong) == "rejected"
    assert await check(site, begun.id, code) == "accepted"
    assert await check(site, begun.id, code) == "rejected"
    read: Any = await ask(site, lambda client: client.verifications.retrieve(begun.id).data)
    assert read.status == "accepted"


async def test_of_many_checks_at_once_one_is_right(site: httpx.AsyncClient) -> None:
    begun = await start(site, await make_profile(site))
    code = await read_code()
    body, path = {"code": code}, f"{PATH}/verifications/{begun.id}/actions/verify"
    answers = await asyncio.gather(*(site.post(path, json=body, headers=HEADERS) for _ in range(8)))
    said = [answer.json()["data"]["response_code"] for answer in answers if answer.status_code == 200]
    assert said.count("accepted") == 1


async def test_a_programs_own_code_and_a_check_by_number(site: httpx.AsyncClient) -> None:
    profile = await make_profile(site)
    await start(site, profile, custom_code="13579")
    assert await read_code() == "13579"
    found: Any = await ask(
        site,
        lambda client: client.verifications.by_phone_number.actions.verify(
            TO, code="13579", verify_profile_id=profile
        ),
    )
    assert (found.data.response_code, found.data.phone_number) == ("accepted", TO)
    with pytest.raises(telnyx.NotFoundError):
        await ask(
            site,
            lambda client: client.verifications.by_phone_number.actions.verify(
                TO, code="13579", verify_profile_id=profile
            ),
        )


async def test_wrong_codes_and_time_end_it(site: httpx.AsyncClient, sql: Sql) -> None:
    profile = await make_profile(site)
    guessed = await start(site, profile, custom_code="1111")
    for _ in range(5):
        assert await check(site, guessed.id, "2222") == "rejected"
    assert await check(site, guessed.id, "1111") == "rejected"
    late = await start(site, profile)
    code = await read_code()
    sql("UPDATE sandbox_verification SET expires_at = now() WHERE ref = %s", late.id)
    assert await check(site, late.id, code) == "rejected"
    read = [
        await ask(site, lambda client, ref=ref: client.verifications.retrieve(ref).data)  # type: ignore[misc]
        for ref in (guessed.id, late.id)
    ]
    assert [one.status for one in read] == ["invalid", "expired"]


async def test_another_projects_verifications_do_not_exist(site: httpx.AsyncClient) -> None:
    profile = await make_profile(site)
    begun = await start(site, profile)
    code = await read_code()
    _, key = await other_project()
    other = {"authorization": f"Bearer {key}"}
    for method, path, body in [
        ("GET", f"/verifications/{begun.id}", None),
        ("POST", f"/verifications/{begun.id}/actions/verify", {"code": code}),
        (
            "POST",
            f"/verifications/by_phone_number/{TO}/actions/verify",
            {"code": code, "verify_profile_id": profile},
        ),
        ("POST", "/verifications/sms", {"phone_number": TO, "verify_profile_id": profile}),
        ("GET", f"/verify_profiles/{profile}", None),
    ]:
        answer = await site.request(method, f"{PATH}{path}", json=body, headers=other)
        assert answer.status_code == 404, path
    assert await in_thread(lambda: Verification.objects.count()) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/verify_profiles", {}, 422),
        ("/verify_profiles", {"name": "x", "sms": 5}, 422),
        ("/verify_profiles", {"name": "x", "sms": {"code_length": 3}}, 422),
        ("/verify_profiles", {"name": "x", "sms": {"code_length": True}}, 422),
        ("/verify_profiles", {"name": "x" * 300}, 422),
        ("/verify_profiles", {"name": "x", "webhook_url": "x"}, 422),
        ("/verifications/sms", {}, 422),
        ("/verifications/sms", {"phone_number": "1", "verify_profile_id": "x"}, 422),
        ("/verifications/sms", {"phone_number": TO, "verify_profile_id": "x"}, 404),
        ("/verifications/sms", {"phone_number": TO, "verify_profile_id": "PROFILE", "custom_code": "x"}, 422),
        ("/verifications/sms", {"phone_number": TO, "verify_profile_id": "PROFILE", "timeout_secs": 1}, 422),
        ("/verifications/nobody/actions/verify", {"code": "1"}, 404),
        ("/verifications/call", {"phone_number": TO, "verify_profile_id": "PROFILE"}, 405),
    ],
)
async def test_what_is_wrong_is_refused(
    site: httpx.AsyncClient, sql: Sql, path: str, body: dict[str, Any], status: int
) -> None:
    profile = await make_profile(site)
    given = {name: profile if value == "PROFILE" else value for name, value in body.items()}
    answer = await site.post(f"{PATH}{path}", json=given, headers=HEADERS)
    assert (answer.status_code, bool(answer.json()["errors"])) == (status, True)
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_a_code_that_is_refused_leaves_the_one_before(site: httpx.AsyncClient) -> None:
    profile = await make_profile(site)
    begun = await start(site, profile, custom_code="1111")
    body = {"phone_number": TO, "verify_profile_id": profile}
    refused = {**HEADERS, "x-sandbox-mischief": '{"refuse": "40300"}'}
    answer = await site.post(f"{PATH}/verifications/sms", json=body, headers=refused)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "40300")
    assert await check(site, begun.id, "1111") == "accepted"
