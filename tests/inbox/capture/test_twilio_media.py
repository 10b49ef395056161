"""The files of a message are listed, described, opened where the program has them, and deleted."""

from typing import Any

import httpx
import pytest
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.sandbox import messages, projects
from inbox.sandbox.messages import Draft
from tests.inbox.capture.sdk import MESSAGES, SID, TOKEN, ask, create, make_login, refused

PNG, PDF = "http://127.0.0.1:5000/a.png?x=1", "https://example.com/b"


def files(client: Client, sid: str) -> Any:
    """The files of a message in the SDK."""
    return client.messages(sid).media


async def test_files_are_listed_and_described(site: httpx.AsyncClient) -> None:
    sid = (await create(site, media_url=[PNG, PDF])).sid
    found = await ask(site, lambda client: files(client, sid).list())
    assert [one.content_type for one in found] == ["image/png", None]
    first = found[0]
    assert (first.parent_sid, first.account_sid, first.sid[:2]) == (sid, SID, "ME")
    fetched = await ask(site, lambda client: files(client, sid)(first.sid).fetch())
    assert fetched.uri == f"/2010-04-01/Accounts/{SID}/Messages/{sid}/Media/{first.sid}.json"
    assert await ask(site, lambda client: files(client, sid).list(limit=1))
    plain = (await create(site)).sid
    assert await ask(site, lambda client: files(client, plain).list()) == []


async def test_a_file_is_where_the_program_has_it(site: httpx.AsyncClient) -> None:
    sid = (await create(site, media_url=[PNG])).sid
    (file,) = await ask(site, lambda client: files(client, sid).list())
    address = f"/capture/twilio{file.uri.removesuffix('.json')}"
    answer = await site.get(address, auth=(SID, TOKEN), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, PNG)
    assert (await site.get(address)).status_code == 401


@pytest.mark.parametrize("url", ["http://127.0.0.1:5000/a\r\nset-cookie: a=b", "http://127.0.0.1:5000/ü?🎉"])
async def test_addresses_are_written_so_that_a_header_can_have_them(
    site: httpx.AsyncClient, url: str
) -> None:
    project = await in_thread(projects.ensure_default)
    assert project
    draft = Draft("twilio", "MM" + "1" * 32, "ACME", "+61491570157", "", media=(url,))
    await in_thread(lambda: messages.keep(project, draft))
    (file,) = await ask(site, lambda client: files(client, draft.ref).list())
    address = f"/capture/twilio{file.uri.removesuffix('.json')}"
    answer = await site.get(address, auth=(SID, TOKEN), follow_redirects=False)
    assert answer.status_code == 307
    assert "set-cookie" not in answer.headers
    assert answer.headers["location"].isascii()


async def test_a_file_is_deleted(site: httpx.AsyncClient) -> None:
    sid = (await create(site, media_url=[PNG, PDF])).sid
    first, second = await ask(site, lambda client: files(client, sid).list())
    assert await ask(site, lambda client: files(client, sid)(first.sid).delete())
    (left,) = await ask(site, lambda client: files(client, sid).list())
    assert left.sid == second.sid
    assert (await ask(site, lambda client: client.messages(sid).fetch())).num_media == "1"
    assert await refused(site, lambda client: files(client, sid)(first.sid).fetch()) == (404, 20404)


async def test_another_projects_files_do_not_exist(site: httpx.AsyncClient) -> None:
    sid, login = (await create(site, media_url=[PNG])).sid, await make_login()
    (file,) = await ask(site, lambda client: files(client, sid).list())
    for attempt in (
        lambda client: files(client, sid).list(),
        lambda client: files(client, sid)(file.sid).fetch(),
        lambda client: files(client, sid)(file.sid).delete(),
    ):
        assert await refused(site, attempt, *login) == (404, 20404)


@pytest.mark.parametrize("path", ["/SM1/Media.json", "/SM1/Media/ME1.json", "/SM1/Media/x"])
async def test_what_is_not_there_is_not_found(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(MESSAGES.replace(".json", path), auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
