"""The signed sample of every carrier verifies, says what was sent, and comes through the door."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx

from numbers import carriers
from numbers.carriers.contract import Answer, Carrier
from numbers.carriers.messages import Inbound
from numbers.models import Account
from tests.carriers.door import deliver, sample_for
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, Sample
from tests.conftest import Sql
from tests.unprocessed_requests import unprocessed_requests


def test_a_signed_message_verifies_and_says_what_was_sent(carrier: Carrier, sample: Sample) -> None:
    for secrets in ({**sample.others, sample.secret: sample.value}, sample.secrets()):
        carrier.verify(sample.request, secrets, NOW)
        carrier.verify(sample.request, secrets, datetime.fromtimestamp(NOW, UTC))
    (message,) = carrier.parse(sample.request)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body, message.segments) == (
        "+14155550100",
        "+15005550006",
        TEXT,
        sample.segments,
    )
    assert carrier.parse(sample.request)[0] == message, "the same id again"


async def test_the_sample_comes_through_the_door_as_the_real_thing_does(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    """Signed for this account's address, verified, read, stored once however often it comes, and answered."""
    request, answer = sample_for(account).request, carriers.get(account.carrier).answer("inbound")
    for _ in range(2):
        given = await deliver(site, request)
        assert (given.status_code, given.content) == (answer.status, answer.body)
    ((sender, recipient, message_id),) = sql(
        "SELECT sender, e164, m.id FROM inbox_message m JOIN numbers_number n ON n.id = number_id"
    )
    assert (sender, recipient) == (SENDER, RECIPIENT)
    assert sql("SELECT count(*) FROM inbox_seen") == [(1,)]
    (frame,) = (await site.get(f"/numbers/{RECIPIENT[1:]}/poll/")).json()["frames"]
    assert (frame["message"]["id"], frame["message"]["body"]) == (message_id, TEXT)
    assert unprocessed_requests(sql) == []


async def test_a_text_that_is_not_there_is_kept_for_the_operator(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    """Absent is not empty: it may be in a field that the adapter does not know."""
    assert (await deliver(site, sample_for(account).textless)).is_success
    assert [kept.reason for kept in unprocessed_requests(sql)] == ["unparsable"]
    assert {body for (body,) in sql("SELECT body FROM inbox_message")} <= {""}


def test_answers_are_success_and_send_nothing_back(carrier: Carrier, sample: Sample) -> None:
    for answer in (carrier.answer("inbound"), carrier.answer("status")):
        assert isinstance(answer, Answer)
        assert 200 <= answer.status < 300
        if "xml" in answer.content_type:
            assert list(ElementTree.fromstring(answer.body)) == []
        else:
            assert answer.body == sample.answer
