"""Mischief by header and by rule, through Twilio's SDK: its own errors are raised, and its receipts lie."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from inbox.api.threads import in_thread
from inbox.capture import meddling
from inbox.live import endings
from inbox.sandbox import mischief_rules, projects, tasks
from inbox.sandbox.mischief import HEADER, Effects
from tests.conftest import Sql
from tests.forward_targets import Targets
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN, create

FORM = {"To": TO, "From": FROM, "Body": "Hello"}


async def add(name: str, effects: dict[str, Any], **values: Any) -> None:
    """Make a rule of the first project."""
    found = Effects(**effects)
    await in_thread(lambda: mischief_rules.put(projects.ensure_default(), name, found, values))


async def post(site: httpx.AsyncClient, header: str | None = None, **fields: str) -> httpx.Response:
    """Send by Twilio's API."""
    headers = {} if header is None else {HEADER: header}
    return await site.post(MESSAGES, data={**FORM, **fields}, auth=(SID, TOKEN), headers=headers)


def count(sql: Sql) -> int:
    """The messages that were kept."""
    return int(sql("SELECT count(*) FROM sandbox_capturedmessage")[0][0])


async def test_twilio_refuses_with_its_own_errors(site: httpx.AsyncClient, sql: Sql) -> None:
    await add("opted-out", {"refuse": "21610"}, carrier="twilio", recipient="+61*")
    with pytest.raises(TwilioRestException) as caught:
        await create(site)
    error = caught.value
    assert (error.status, error.code) == (400, 21610)
    assert TO in error.msg
    assert count(sql) == 0
    await create(site, to="+447700900123")
    assert count(sql) == 1


async def test_a_rule_is_over_when_it_has_happened_so_often(site: httpx.AsyncClient, sql: Sql) -> None:
    await add("busy", {"refuse": "rate_limit"}, times=2)
    answers = [await post(site) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].json()["code"] == 20429
    assert answers[0].headers["retry-after"]
    assert sql("SELECT seen, done FROM sandbox_mischiefrule") == [(3, 2)]


async def test_the_same_sends_have_the_same_luck_again(site: httpx.AsyncClient) -> None:
    async def try_luck() -> list[int]:
        await add("dice", {"refuse": "unavailable"}, chance=0.5, seed=7)
        return [(await post(site)).status_code for _ in range(12)]

    first = await try_luck()
    assert {201, 503} == set(first)
    assert await try_luck() == first


async def test_a_message_is_not_delivered_and_says_why(site: httpx.AsyncClient, sql: Sql) -> None:
    with Targets() as web:
        answer = await post(
            site, '{"outcome": "undelivered", "error": "30005"}', StatusCallback=web.url("/ok/a")
        )
        assert answer.status_code == 201
        await in_thread(tasks.call_back)
        told = [request.body.decode() for request in web.requests]
    assert "MessageStatus=sent" in told[0]
    assert "MessageStatus=undelivered" in told[1]
    assert "ErrorCode=30005" in told[1]
    assert sql("SELECT state, error FROM sandbox_capturedmessage") == [("undelivered", "30005")]


@pytest.mark.parametrize(
    ("receipts", "told", "state"),
    [
        ("doubled", ["sent", "sent", "delivered", "delivered"], "delivered"),
        ("reordered", ["delivered", "sent"], "delivered"),
        ("missing", ["sent"], "sent"),
        ("lost", [], "delivered"),
    ],
)
async def test_receipts_lie(
    site: httpx.AsyncClient, sql: Sql, receipts: str, told: list[str], state: str
) -> None:
    with Targets() as web:
        await post(site, f'{{"receipts": ["{receipts}"]}}', StatusCallback=web.url("/ok/a"))
        await in_thread(tasks.call_back)
        found = [dict(pair.split("=") for pair in one.body.decode().split("&")) for one in web.requests]
    assert [fields["MessageStatus"] for fields in found] == told
    assert sql("SELECT state FROM sandbox_capturedmessage") == [(state,)]


async def test_an_answer_and_its_receipts_come_late(site: httpx.AsyncClient, sql: Sql) -> None:
    begun = time.perf_counter()
    answer = await post(site, '{"latency_ms": 300, "receipt_delay_ms": 600000}')
    assert (answer.status_code, time.perf_counter() - begun >= 0.3) == (201, True)
    begun = time.perf_counter()
    answer = await post(site, '{"latency_ms": 300, "refuse": "21610"}')
    assert (answer.status_code, time.perf_counter() - begun >= 0.3) == (400, True)
    await in_thread(tasks.call_back)
    assert sql("SELECT state FROM sandbox_capturedmessage") == [("queued",)]
    assert sql("SELECT count(*) FROM sandbox_statechange WHERE due_at > now() + interval '9 minutes'") == [
        (2,)
    ]


async def test_a_server_that_stops_waits_for_no_late_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "_open", set())
    monkeypatch.setattr(endings, "_stopping", type(endings._stopping)())
    await endings.close()
    begun = time.perf_counter()
    await meddling.pause(30)
    assert time.perf_counter() - begun < 15


async def test_a_header_stands_in_for_the_rules_and_a_wrong_one_changes_nothing(
    site: httpx.AsyncClient, sql: Sql
) -> None:
    await add("never", {"refuse": "unavailable"})
    assert (await post(site, "{}")).status_code == 201
    assert sql("SELECT seen FROM sandbox_mischiefrule") == [(0,)]
    for wrong in ("", "x", '{"refuse": "7"}', '{"latency_ms": 99999999}', '{"x": 1}'):
        answer = await post(site, wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert count(sql) == 1


async def test_parallel_sends_are_counted_one_after_another(site: httpx.AsyncClient, sql: Sql) -> None:
    await add("busy", {"refuse": "rate_limit"}, times=5)
    answers = await asyncio.gather(*(post(site) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 15 + [429] * 5
    assert sql("SELECT seen, done FROM sandbox_mischiefrule") == [(20, 5)]
