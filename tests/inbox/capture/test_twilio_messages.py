"""What was sent can be listed, fetched, redacted and deleted with the official Twilio SDK, by its own project only."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.sandbox import projects, tasks
from tests.conftest import Sql
from tests.inbox.capture.sdk import FROM, MESSAGES, SERVICE, SID, TO, TOKEN, ask, create


async def sent(site: httpx.AsyncClient, *bodies: str, **fields: Any) -> list[str]:
    """The ids of messages that have been delivered."""
    ids = [(await create(site, body=body, **fields)).sid for body in bodies]
    await in_thread(tasks.call_back)
    return ids


async def test_lists_have_pages_and_come_newest_first(site: httpx.AsyncClient) -> None:
    ids = await sent(site, *map(str, range(7)))
    found = await ask(site, lambda client: client.messages.list(page_size=3))
    assert [message.sid for message in found] == ids[::-1]
    first = await ask(site, lambda client: client.messages.page(page_size=3))
    second = await ask(site, lambda _: first.next_page())
    assert [message.body for message in second] == ["3", "2", "1"]
    assert len(await ask(site, lambda client: client.messages.list(limit=2))) == 2


def list_by(filters: dict[str, Any], client: Client) -> Any:
    """List messages with the SDK."""
    return client.messages.list(**filters)


async def test_lists_can_be_filtered(site: httpx.AsyncClient, sql: Sql) -> None:
    await sent(site, "a", to="+14155550101")
    await sent(site, "b", from_="ACME")
    (old,) = await sent(site, "c")
    sql("UPDATE sandbox_capturedmessage SET sent_at = '2026-01-05 12:00Z' WHERE ref = %s", old)
    waiting = await create(site, body="not sent yet")
    day, noon = datetime(2026, 1, 5, tzinfo=UTC).date(), datetime(2026, 1, 5, 12, tzinfo=UTC)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"to": "+14155550101"}, ["a"]),
        ({"from_": "ACME"}, ["b"]),
        ({"to": "+1"}, []),
        ({"date_sent": day}, ["c"]),
        ({"date_sent_before": day}, ["c"]),
        ({"date_sent_after": day}, ["c", "b", "a"]),
        ({"date_sent_after": day + timedelta(days=1)}, ["b", "a"]),
        ({"date_sent_before": noon - timedelta(seconds=1)}, []),
        ({"date_sent": noon}, ["c"]),
    ]
    for filters, bodies in cases:
        found = await ask(site, partial(list_by, filters))
        assert [message.body for message in found] == bodies, filters
    assert waiting.date_sent is None


async def test_a_message_is_fetched_redacted_and_deleted(site: httpx.AsyncClient, sql: Sql) -> None:
    (sid,) = await sent(site, "Your code is 482913")
    fetched = await ask(site, lambda client: client.messages(sid).fetch())
    assert (fetched.body, fetched.status, fetched.to, fetched.from_) == (
        "Your code is 482913",
        "delivered",
        TO,
        FROM,
    )
    redacted = await ask(site, lambda client: client.messages(sid).update(body=""))
    assert redacted.body == ""
    assert sql("SELECT has_code, request::text LIKE '%%482913%%' FROM sandbox_capturedmessage") == [
        (False, False)
    ]
    assert await ask(site, lambda client: client.messages(sid).delete()) is True
    with pytest.raises(TwilioRestException) as caught:
        await ask(site, lambda client: client.messages(sid).fetch())
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert sql("SELECT count(*) FROM sandbox_statechange") == [(0,)]


async def test_what_is_on_its_way_is_neither_redacted_nor_deleted(site: httpx.AsyncClient) -> None:
    message = await create(site)
    for change in (
        lambda client: client.messages(message.sid).update(body=""),
        lambda client: client.messages(message.sid).delete(),
    ):
        with pytest.raises(TwilioRestException) as caught:
            await ask(site, change)
        assert (caught.value.status, caught.value.code) == (409, 20009)


async def test_other_changes_are_refused(site: httpx.AsyncClient) -> None:
    (sid,) = await sent(site, "a")
    address = MESSAGES.replace("Messages", f"Messages/{sid}")
    for form in ({"Body": "another text"}, {"Status": "sent"}):
        answer = await site.post(address, data=form, auth=(SID, TOKEN))
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    unchanged = await site.post(address, auth=(SID, TOKEN))
    assert (unchanged.status_code, unchanged.json()["body"]) == (200, "a")


async def test_another_projects_messages_do_not_exist(site: httpx.AsyncClient) -> None:
    (sid,) = await sent(site, "a")
    project = await in_thread(lambda: projects.make("tests"))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="twilio"))
    assert credential
    login = credential.login, credential.sealed["auth_token"]
    assert await ask(site, lambda client: client.messages.list(), *login) == []
    for change in (
        lambda client: client.messages(sid).fetch(),
        lambda client: client.messages(sid).update(body=""),
        lambda client: client.messages(sid).delete(),
    ):
        with pytest.raises(TwilioRestException) as caught:
            await ask(site, change, *login)
        assert caught.value.status == 404
    answer = await site.get(MESSAGES.replace(SID, login[0]), params={"PageToken": f"PA{sid}"}, auth=login)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "PageSize=0",
        "PageSize=1001",
        "PageSize=x",
        "Page=-1",
        "PageToken=PA1",
        "PageToken=%00",
        "To=%00",
        "From=%00",
        "DateSent=yesterday",
        "DateSent%3E=9999-99-99",
        "DateSent%3C=0001-01-01T00%3A00%3A00%2B14%3A00",
        "DateSent=9999-12-31",
    ],
)
async def test_filters_that_mean_nothing_are_refused(site: httpx.AsyncClient, query: str) -> None:
    answer = await site.get(f"{MESSAGES}?{query}", auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_a_messaging_services_message_has_its_sender_once_it_is_queued(site: httpx.AsyncClient) -> None:
    project = await in_thread(lambda: projects.make("tests", numbers=[FROM]))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="twilio"))
    assert credential
    login = credential.login, credential.sealed["auth_token"]
    message = await create(site, *login, messaging_service_sid=SERVICE)
    assert message.from_ is None
    await in_thread(tasks.call_back)
    found = await ask(site, lambda client: client.messages(message.sid).fetch(), *login)
    assert (found.from_, found.num_segments) == (FROM, "1")
