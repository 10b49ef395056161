"""What is captured for a number of our pool is in its inbox too, if that is public; the answer does not say so."""

import httpx
import pytest

from numbers.models import Account, Lease
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number, make_rental
from tests.inbox.capture.sdk import FROM, MESSAGES, SERVICE, SID, TOKEN, create

OURS = "+15005550006"


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A number leased through a carrier that is not Twilio: captured messages come to it all the same."""
    return make_lease(account=make_account(carrier="simulated", secrets={"signing_key": "x", "books": "y"}))


async def test_a_message_to_a_public_number_is_on_its_page(
    site: httpx.AsyncClient, lease: Lease, sql: Sql
) -> None:
    body = "Your code is 482913 " + "x" * 200
    message = await create(site, to=OURS, body=body)
    assert sql("SELECT carrier_ref, sender, flags, segments, public FROM inbox_message") == [
        (message.sid, FROM, ["captured"], 2, True)
    ]
    assert sql("SELECT ref, recipient FROM sandbox_capturedmessage") == [(message.sid, OURS)]
    page = (await site.get("/numbers/15005550006/poll/")).json()["frames"][0]["message"]
    assert (page["body"], page["code"]["value"]) == (body, "482913")


async def test_media_are_passed_on(site: httpx.AsyncClient, lease: Lease, sql: Sql) -> None:
    message = await create(site, to=OURS, media_url=["https://example.com/a.png"])
    assert (message.sid[:2], message.num_media) == ("MM", "1")
    assert sql("SELECT media->0->>'url' FROM inbox_message") == [("https://example.com/a.png",)]


async def test_a_message_of_a_service_has_the_service_as_its_sender(
    site: httpx.AsyncClient, lease: Lease, sql: Sql
) -> None:
    await create(site, to=OURS, messaging_service_sid=SERVICE)
    assert sql("SELECT sender FROM inbox_message") == [(SERVICE,)]


async def test_every_send_is_a_message_of_its_own(site: httpx.AsyncClient, lease: Lease, sql: Sql) -> None:
    sent = [await create(site, to=OURS, body="same") for _ in range(3)]
    assert len({message.sid for message in sent}) == 3
    assert sql("SELECT count(*) FROM inbox_message") == [(3,)]


async def test_what_is_refused_is_in_no_inbox(site: httpx.AsyncClient, lease: Lease, sql: Sql) -> None:
    form = {"To": OURS, "From": FROM, "Body": "x" * 1601}
    assert (await site.post(MESSAGES, data=form, auth=(SID, TOKEN))).status_code == 400
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A real account of the carrier whose API is captured."""
    return make_account(secrets={"account_sid": "AC" + "1" * 32, "auth_token": "f" * 32})


@pytest.fixture
def out_of_reach(account: Account) -> dict[str, str]:
    """Numbers that captured messages must not reach, whatever the reason."""
    numbers = {
        name: f"+1500555001{n}" for n, name in enumerate(("private", "own", "rented", "retired", "gone"))
    }
    make_lease(make_number(numbers["private"], public=False))
    make_lease(make_number(numbers["own"], public=False), account)
    make_rental(make_lease(make_number(numbers["rented"], public=False), account))
    make_lease(make_number(numbers["retired"]), account, state=Lease.State.QUARANTINED)
    make_lease(make_number(numbers["gone"]), account, state=Lease.State.RELEASED)
    return {**numbers, "unknown": "+15005550019"}


async def test_no_other_inbox_gets_it_and_the_answer_tells_nothing_of_them(
    site: httpx.AsyncClient, lease: Lease, out_of_reach: dict[str, str], sql: Sql
) -> None:
    answers = set()
    for number in [OURS, *out_of_reach.values()]:
        form = {"To": number, "From": FROM, "Body": "Your code is 482913"}
        answer = await site.post(MESSAGES, data=form, auth=(SID, TOKEN))
        said = answer.json()
        told = sorted(
            (key, value) for key, value in said.items() if not key.startswith(("date_", "sid", "uri"))
        )
        text = str(told).replace(said["sid"], "SID").replace(number, "N")
        answers.add((answer.status_code, text, str(sorted(answer.headers))))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]
    for table in ("inbox_code", "inbox_seen", "inbox_outbox"):
        assert sql(f"SELECT count(*) FROM {table}") == [(1,)]
    assert sql("SELECT count(*) FROM inbox_quarantined") == [(0,)]


async def test_the_login_of_a_real_account_is_none(site: httpx.AsyncClient, account: Account) -> None:
    sid, token = "AC" + "1" * 32, "f" * 32
    answer = await site.post(MESSAGES.replace(SID, sid), data={"To": OURS}, auth=(sid, token))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
