"""A code is sent, checked once, and known to nobody else."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.sending import dispatch
from inbox.sending.models import OutgoingMessage
from inbox.verification import codes, texts, verifications
from inbox.verification.models import SentCode, Verification
from numbers.models import Lease, Number
from tests.conftest import Sql
from tests.fake_carrier import FakeCarrier
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem
from tests.inbox.sending.conftest import NUMBER, PERSON


@pytest.fixture(autouse=True)
def everywhere(settings: Any) -> None:
    """Codes may go to these countries."""
    settings.VERIFY_COUNTRIES = ["US", "GB"]


@pytest.fixture
def rewind() -> Iterator[Any]:
    """Have time pass for verifications."""

    def pass_time(minutes: float) -> None:
        gone = timedelta(minutes=minutes)
        for row in Verification.objects.all():
            row.next_send_at -= gone
            row.expires_at -= gone
            row.save()
        for code in SentCode.objects.all():
            SentCode.objects.filter(pk=code.pk).update(at=code.at - gone)

    return pass_time  # type: ignore[return-value]


async def start(api: httpx.AsyncClient, key: dict[str, str], **changes: Any) -> httpx.Response:
    """The answer to a new verification."""
    return await api.post("/verifications", json={"to": PERSON, **changes}, headers=key)


async def check(api: httpx.AsyncClient, key: dict[str, str], verification: str, code: str) -> bool:
    """Whether a code is valid."""
    answer = await api.post(f"/verifications/{verification}/check", json={"code": code}, headers=key)
    assert answer.status_code == 200, answer.text
    valid: bool = answer.json()["valid"]
    return valid


async def read_code(fake: FakeCarrier) -> str:
    """The code that arrives next."""
    await in_thread(dispatch.send_due)
    found = re.search(r"\b([0-9]{4,10})\b", fake.sent[-1].body)
    assert found
    return found[1]


async def test_a_code_is_sent_and_valid_once(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier, sql: Sql
) -> None:
    key = await make_key(Scope.VERIFY, Scope.MESSAGES_SEND)
    answer = await start(api, key, brand="ACME", host="login.example.org", app_hash="FA+9qCX9VSu")
    assert answer.status_code == 201, answer.text
    started = answer.json()
    assert (started["state"], started["tries_left"], started["sends"]) == ("pending", 5, 1)
    listed = (await api.get("/messages", headers=key)).json()["messages"]
    assert [one["body"] for one in listed] == [""], "nobody reads the code before its recipient"
    code = await read_code(fake)
    assert fake.sent[0].body == (
        f"Your ACME code is {code}. Do not share it with anyone.\n\n@login.example.org #{code}\nFA+9qCX9VSu"
    )
    stored = repr(
        [sql(f"SELECT * FROM {table}") for table in ("verification_verification", "sending_outgoingmessage")]
    )
    assert code not in stored
    assert await in_thread(lambda: bytes(OutgoingMessage.objects.get().sealed)) == b""
    assert not await check(api, key, started["id"], "000000" if code != "000000" else "111111")
    assert await check(api, key, started["id"], f" {code[:3]}-{code[3:]} ")
    assert not await check(api, key, started["id"], code), "it is used up"
    got = (await api.get(f"/verifications/{started['id']}", headers=key)).json()
    assert (got["state"], got["tries_left"]) == ("approved", 3)


async def test_of_a_hundred_who_check_at_once_one_wins(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier
) -> None:
    key = await make_key(Scope.VERIFY)
    started = (await start(api, key)).json()
    code = await read_code(fake)
    answers = await asyncio.gather(*(check(api, key, started["id"], code) for _ in range(100)))
    assert sorted(answers) == [False] * 99 + [True]


async def test_after_five_wrong_tries_the_right_code_is_wrong_too_also_after_a_resend(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier, rewind: Any
) -> None:
    key = await make_key(Scope.VERIFY)
    started = (await start(api, key)).json()
    path = f"/verifications/{started['id']}"
    for _ in range(3):
        assert not await check(api, key, started["id"], "nothing")
    assert problem(await api.post(f"{path}/resend", headers=key)) == (429, "too_many_codes")
    await in_thread(lambda: rewind(0.6))
    assert (await api.post(f"{path}/resend", headers=key)).json()["tries_left"] == 2
    code = await read_code(fake)
    for _ in range(2):
        assert not await check(api, key, started["id"], "nothing")
    assert not await check(api, key, started["id"], code)
    assert (await api.get(path, headers=key)).json()["state"] == "failed"
    assert problem(await api.post(f"{path}/resend", headers=key)) == (409, "too_late")


async def test_the_code_before_the_newest_is_valid_too(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier, rewind: Any
) -> None:
    key = await make_key(Scope.VERIFY)
    started = (await start(api, key)).json()
    first = await read_code(fake)
    await in_thread(lambda: rewind(0.6))
    await api.post(f"/verifications/{started['id']}/resend", headers=key)
    assert await read_code(fake) != first
    assert await check(api, key, started["id"], first)


@pytest.mark.parametrize("end", ["expired", "canceled", "another key", "unknown"])
async def test_what_is_over_or_not_yours_answers_as_a_wrong_code(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier, rewind: Any, end: str
) -> None:
    key = await make_key(Scope.VERIFY)
    verification = (await start(api, key)).json()["id"]
    code = await read_code(fake)
    if end == "expired":
        await in_thread(lambda: rewind(10.1))
        assert (await api.get(f"/verifications/{verification}", headers=key)).json()["state"] == "expired"
    elif end == "canceled":
        canceled = await api.delete(f"/verifications/{verification}", headers=key)
        assert canceled.json()["state"] == "canceled"
    elif end == "another key":
        key = await make_key(Scope.VERIFY, name="other")
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/resend")):
            answer = await api.request(method, f"/verifications/{verification}{path}", headers=key)
            assert problem(answer) == (404, "not_found")
    else:
        verification = str(uuid4())
    assert not await check(api, key, verification, code)


async def test_a_number_that_was_ever_public_sends_no_codes(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier
) -> None:
    key = await make_key(Scope.VERIFY)
    await in_thread(lambda: Number.objects.update(public=True))
    await in_thread(lambda: Number.objects.update(public=False))
    assert problem(await start(api, key)) == (409, "no_numbers")
    assert problem(await start(api, key, **{"from": NUMBER})) == (422, "invalid_request")
    assert await in_thread(OutgoingMessage.objects.count) == 0


async def test_no_code_goes_where_no_operator_said(
    api: httpx.AsyncClient, lease: Lease, settings: Any
) -> None:
    key = await make_key(Scope.VERIFY)
    settings.VERIFY_COUNTRIES = ["GB"]
    assert problem(await start(api, key)) == (409, "country_not_allowed")
    settings.VERIFY_COUNTRIES = []
    assert problem(await start(api, key)) == (409, "country_not_allowed")
    assert await in_thread(SentCode.objects.count) == 0


async def test_a_person_is_not_nagged(api: httpx.AsyncClient, lease: Lease, rewind: Any) -> None:
    key = await make_key(Scope.VERIFY)
    answers = await asyncio.gather(*(start(api, key) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 6 + [429] * 6
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    await in_thread(lambda: rewind(61))
    assert (await start(api, key)).status_code == 201


async def test_a_row_of_numbers_is_stopped_and_wanted_codes_are_not(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier, rewind: Any
) -> None:
    key = await make_key(Scope.VERIFY)
    people = [f"+1415555{n}" for n in range(2600, 2640)]
    pumped = [(await start(api, key, to=person)).status_code for person in people]
    assert pumped == [201] * 20 + [429] * 20
    await in_thread(lambda: rewind(61))
    answer = await start(api, key, to="+12125550123")
    assert "of the codes to this country" in answer.json()["detail"], "nobody types them"
    await in_thread(lambda: SentCode.objects.update(approved=True))
    wanted = [(await start(api, key, to=person)).status_code for person in people]
    assert wanted == [201] * 40


async def test_a_key_has_a_number_of_codes_a_day(api: httpx.AsyncClient, lease: Lease, settings: Any) -> None:
    settings.VERIFY_DAILY_LIMIT = 2
    key = await make_key(Scope.VERIFY)
    people = ["+14155552671", "+12125550123", "+13105550123"]
    assert [(await start(api, key, to=person)).status_code for person in people] == [201, 201, 429]


@pytest.mark.parametrize(
    "changes",
    [
        {"length": 3},
        {"length": 11},
        {"language": "tlh"},
        {"brand": "{code}"},
        {"host": "a b"},
        {"app_hash": "x"},
    ],
)
async def test_what_is_wrong_is_refused(
    api: httpx.AsyncClient, lease: Lease, changes: dict[str, Any]
) -> None:
    key = await make_key(Scope.VERIFY)
    assert problem(await start(api, key, **changes)) == (422, "invalid_request")


def test_codes_are_read_as_people_type_them() -> None:
    assert codes.read("１２３ 456") == codes.read("١٢٣-٤٥٦") == "123456"
    assert codes.read(" bcd-fgh\u200b") == "BCDFGH"
    assert len({codes.draw(8, "letters") for _ in range(200)}) == 200


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_our_finder_finds_the_code_in_every_language(language: str) -> None:
    from inbox.codes import find

    text = texts.write("482913", language, "ACME", "login.example.org", "")
    found = find(text)
    assert found
    assert found.value == "482913"


def test_old_verifications_are_forgotten(lease: Lease) -> None:
    old = timezone.now() - timedelta(days=31)
    values = {"owner": "key:1", "recipient": PERSON, "wording": {}, "next_send_at": old, "expires_at": old}
    Verification.objects.create(**values, code_hash=b"x", created_at=old)
    assert (verifications.forget(), verifications.forget()) == (1, 0)
