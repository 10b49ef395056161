"""Webhooks with several messages: one that cannot be read holds up no other, and big ones have room."""

import json
import time

import httpx
import pytest
from django.conf import LazySettings

from numbers import account_settings, carriers
from numbers.carriers.errors import Unparsable
from numbers.carriers.toolkit import payloads
from numbers.models import Account
from tests.carriers.samples import infobip, smsgate
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.unprocessed_requests import unprocessed_requests

GOOD: dict[str, object] = {"from": "14155550100", "to": "15005550006", "text": "Hello", "smsCount": 1}


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An Infobip account with +15005550006."""
    account = make_account(carrier="infobip", secrets={"username": "carrier", "password": "secret"})
    make_lease(account=account)
    return account


@pytest.fixture
def phone(transactional_db: None) -> Account:
    """A phone with +15005550006."""
    account = make_account(carrier="smsgate", secrets={"signing_key": "key"})
    make_lease(account=account)
    return account


async def post(site: httpx.AsyncClient, account: Account, results: list[dict[str, object]]) -> int:
    """Post a batch; the answer's status."""
    body = json.dumps({"results": results, "messageCount": len(results)})
    answer = await site.post(account.webhook_url, content=body, headers=infobip.login("secret"))
    return answer.status_code


async def test_what_can_be_read_is_stored_and_the_request_is_kept_for_the_rest(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    bad: dict[str, object] = {"messageId": "2", "to": "15005550006", "text": "from nobody"}
    batch = [{**GOOD, "messageId": "1"}, bad, {**GOOD, "messageId": "3"}]
    assert await post(site, account, batch) == await post(site, account, batch) == 200
    assert sql("SELECT carrier_ref FROM inbox_message ORDER BY id") == [("1",), ("3",)]
    (kept,) = unprocessed_requests(sql)
    assert "1 of the batch" in kept.detail
    assert kept.repeats == 1


async def test_a_batch_of_two_thousand_is_taken(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    assert await post(site, account, [{**GOOD, "messageId": str(n)} for n in range(2000)]) == 200
    assert sql("SELECT count(*) FROM inbox_message") == [(2000,)]


async def test_a_batch_to_unknown_numbers_is_kept_once(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    batch = [{**GOOD, "messageId": str(n), "to": "15005550999"} for n in range(50)]
    assert await post(site, account, [*batch, {"messageId": "bad"}]) == 200
    (kept,) = unprocessed_requests(sql)
    assert (kept.reason, kept.repeats) == ("unparsable", 0)
    assert await post(site, account, batch) == 200
    assert [kept.reason for kept in unprocessed_requests(sql)] == ["unparsable", "unknown number"]


async def test_a_batch_leaves_room_in_the_queue(
    site: httpx.AsyncClient, account: Account, sql: Sql, settings: LazySettings
) -> None:
    settings.INGEST_QUEUE_LIMIT = 20
    assert await post(site, account, [{**GOOD, "messageId": str(n)} for n in range(100)]) == 200
    assert sql("SELECT count(*) FROM inbox_message") == [(100,)]


async def test_an_mms_with_its_files_inside_is_taken_and_too_much_is_not(
    site: httpx.AsyncClient, phone: Account, sql: Sql
) -> None:
    for size, status in ((1_000_000, 200), (5_000_000, 413)):
        payload = {
            "messageId": f"m{size}",
            "sender": "+14155550100",
            "recipient": "+15005550006",
            "body": "Look",
        }
        payload["attachments"] = [{"partId": 1, "contentType": "image/png", "data": "x" * size}]  # type: ignore[assignment]
        event = {"deviceId": "d", "event": "mms:downloaded", "id": f"e{size}", "payload": payload}
        given = smsgate.signed("key", json.dumps(event).encode(), at=int(time.time()))
        answer = await site.post(phone.webhook_url, content=given.body, headers=given.headers)
        assert (size, answer.status_code) == (size, status)
    assert sql("SELECT body FROM inbox_message") == [("Look",)]


def test_a_batch_none_of_which_can_be_read_has_nothing() -> None:
    with pytest.raises(Unparsable) as caught:
        carriers.get("infobip").parse(
            carriers.Request(
                "POST", "https://x/", {}, b'{"results": [{"messageId": "1"}, {"messageId": "2"}]}'
            )
        )
    assert list(caught.value.readable) == []


def test_a_listed_message_that_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    def read(item: str) -> str:
        if not item:
            raise Unparsable("from is missing")
        return item

    assert list(payloads.listed(["a", "", "b"], read)) == ["a", "b"]
    assert "from is missing" in caplog.text


def test_a_setting_given_twice_has_two_values() -> None:
    assert account_settings.parse_pairs(["a=1", "b=x=y", "a=2"]) == {"a": ["1", "2"], "b": "x=y"}
    for wrong in ("a", "=1", ""):
        with pytest.raises(account_settings.Invalid, match="KEY=VALUE"):
            account_settings.parse_pairs([wrong])
