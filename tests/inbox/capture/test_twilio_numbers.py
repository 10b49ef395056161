"""Numbers are searched, bought from the simulated carrier's stock, set up and released with the official SDK."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from twilio.rest import Client

from inbox.sandbox import carrier_numbers
from numbers.carriers.simulated.stock import NUMBERS
from tests.conftest import Sql
from tests.inbox.capture.sdk import MESSAGES, SID, TO, TOKEN, ask, create, make_login, refused

INCOMING = MESSAGES.replace("Messages", "IncomingPhoneNumbers")
AVAILABLE = MESSAGES.replace("Messages.json", "AvailablePhoneNumbers")


async def buy(site: httpx.AsyncClient, **fields: Any) -> Any:
    """A number that the SDK bought."""
    return await ask(site, lambda client: client.incoming_phone_numbers.create(**fields))


async def test_countries_and_their_kinds_are_listed(site: httpx.AsyncClient) -> None:
    countries = await ask(site, lambda client: client.available_phone_numbers.list())
    assert {"US", "GB", "DE"} <= {one.country_code for one in countries}
    britain = await ask(site, lambda client: client.available_phone_numbers("GB").fetch())
    assert (britain.country, sorted(britain.subresource_uris)) == (
        "United Kingdom",
        ["local", "mobile", "toll_free"],
    )


async def test_numbers_are_searched(site: httpx.AsyncClient) -> None:
    found = await ask(site, lambda client: client.available_phone_numbers("US").local.list(area_code=415))
    assert len(found) == 50
    assert {one.phone_number[:5] for one in found} == {"+1415"}
    assert found[0].friendly_name == "(415) 555-0100"
    assert (found[0].iso_country, found[0].capabilities["sms"]) == ("US", True)
    assert {one.phone_number for one in found} <= NUMBERS.keys()
    (one,) = await ask(
        site, lambda client: client.available_phone_numbers("US").local.list(contains="415*550142")
    )
    assert one.phone_number == "+14155550142"
    few = await ask(site, lambda client: client.available_phone_numbers("US").local.list(page_size=3))
    assert len(few) == 3
    mobiles = await ask(
        site, lambda client: client.available_phone_numbers("GB").mobile.list(voice_enabled=True)
    )
    assert mobiles == []


@pytest.mark.parametrize(
    ("search", "status", "code"),
    [
        (lambda client: client.available_phone_numbers("US").mobile.list(), 404, 20404),
        (lambda client: client.available_phone_numbers("ZZ").fetch(), 404, 20404),
        (lambda client: client.available_phone_numbers("US").local.list(in_region="CA"), 400, 20001),
        (lambda client: client.available_phone_numbers("US").local.list(near_number="+1"), 400, 20001),
        (lambda client: client.available_phone_numbers("US").local.list(contains="(((("), 400, 20001),
    ],
)
async def test_searches_that_cannot_be_done_are_refused(
    site: httpx.AsyncClient, search: Callable[[Client], Any], status: int, code: int
) -> None:
    assert await refused(site, search) == (status, code)


async def test_a_number_is_bought_set_up_and_released(site: httpx.AsyncClient) -> None:
    bought = await buy(site, phone_number="+14155550142", sms_url="http://127.0.0.1:5000/sms")
    assert bought.sid.startswith("PN")
    assert (bought.phone_number, bought.friendly_name) == ("+14155550142", "(415) 555-0142")
    assert (bought.sms_url, bought.sms_method, bought.status) == (
        "http://127.0.0.1:5000/sms",
        "POST",
        "in-use",
    )
    sid = bought.sid
    free = await ask(
        site, lambda client: client.available_phone_numbers("US").local.list(contains="4155550142")
    )
    assert free == []
    (listed,) = await ask(
        site, lambda client: client.incoming_phone_numbers.list(phone_number="+14155550142")
    )
    assert listed.sid == sid
    changed = await ask(
        site,
        lambda client: client.incoming_phone_numbers(sid).update(
            sms_url="", friendly_name="support", sms_method="GET"
        ),
    )
    assert (changed.sms_url, changed.friendly_name, changed.sms_method) == ("", "support", "GET")
    fetched = await ask(site, lambda client: client.incoming_phone_numbers(sid).fetch())
    assert fetched.friendly_name == "support"
    assert await ask(site, lambda client: client.incoming_phone_numbers(sid).delete())
    assert await refused(site, lambda client: client.incoming_phone_numbers(sid).fetch()) == (404, 20404)
    assert (await buy(site, phone_number="+14155550142")).sid != sid


async def test_a_number_of_an_area_code_is_bought(site: httpx.AsyncClient) -> None:
    assert (await buy(site, area_code="212")).phone_number.startswith("+1212")
    assert (await buy(site, area_code="500")).phone_number == "+15005550006"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"phone_number": "+15005550000"}, 21422),
        ({"phone_number": "+15005550001"}, 21421),
        ({"phone_number": "hello"}, 21421),
        ({"phone_number": "+4915112345678"}, 21422),
        ({"area_code": "533"}, 21452),
        ({"area_code": "999"}, 21452),
        ({}, 20001),
        ({"phone_number": "+14155550142", "sms_url": "example"}, 21402),
        ({"phone_number": "+14155550142", "sms_method": "PUT"}, 20001),
        ({"phone_number": "+14155550142", "friendly_name": "x" * 65}, 20001),
        ({"phone_number": "+14155550142", "sms_application_sid": "AP1"}, 20001),
    ],
)
async def test_what_cannot_be_bought_is_refused(
    site: httpx.AsyncClient, sql: Sql, fields: dict[str, Any], code: int
) -> None:
    def attempt(client: Client) -> Any:
        return client.incoming_phone_numbers.create(**fields)

    assert await refused(site, attempt) == (400, code)
    assert sql("SELECT count(*) FROM sandbox_projectnumber") == [(0,)]


async def test_a_number_is_bought_once_by_each_project(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await buy(site, phone_number="+14155550142")

    def again(client: Client) -> Any:
        return client.incoming_phone_numbers.create(phone_number="+14155550142")

    assert await refused(site, again) == (400, 21422)
    assert (await ask(site, again, *await make_login())).phone_number == "+14155550142"
    monkeypatch.setattr(carrier_numbers, "MOST", 1)
    assert await refused(
        site, lambda client: client.incoming_phone_numbers.create(phone_number="+14155550143")
    ) == (400, 21422)


async def test_numbers_that_the_project_sends_from_are_its_own(site: httpx.AsyncClient) -> None:
    login = await make_login(numbers=["+15005550006", "+4915112345678"])
    listed = await ask(site, lambda client: client.incoming_phone_numbers.list(), *login)
    assert sorted(one.phone_number for one in listed) == ["+15005550006", "+4915112345678"]
    # what it bought, it sends from as well
    await ask(site, lambda client: client.incoming_phone_numbers.create(phone_number="+14155550142"), *login)
    assert (await create(site, *login, from_="+14155550142")).from_ == "+14155550142"
    sid = next(one.sid for one in listed if one.phone_number == "+4915112345678")
    assert await ask(site, lambda client: client.incoming_phone_numbers(sid).delete(), *login)

    def send(client: Client) -> Any:
        return client.messages.create(to=TO, from_="+4915112345678", body="a")

    assert await refused(site, send, *login) == (400, 21606)


async def test_other_projects_numbers_do_not_exist(site: httpx.AsyncClient) -> None:
    bought, login = await buy(site, phone_number="+14155550142"), await make_login()
    assert await ask(site, lambda client: client.incoming_phone_numbers.list(), *login) == []
    for attempt in (
        lambda client: client.incoming_phone_numbers(bought.sid).fetch(),
        lambda client: client.incoming_phone_numbers(bought.sid).update(sms_url=""),
        lambda client: client.incoming_phone_numbers(bought.sid).delete(),
    ):
        assert await refused(site, attempt, *login) == (404, 20404)


@pytest.mark.parametrize(
    "path",
    [
        f"{AVAILABLE}/US/Local.json?PageSize=0",
        f"{AVAILABLE}/US/Local.json?AreaCode=%00",
        f"{AVAILABLE}/US/Local.json?AreaCode=x",
        f"{AVAILABLE}/US/Local.json?Contains=1",
        f"{AVAILABLE}/US/Local.json?SmsEnabled=perhaps",
        f"{INCOMING}?PhoneNumber=%00",
        f"{INCOMING}?FriendlyName=%00",
        f"{INCOMING}?PageToken=PA{'f' * 40}",
    ],
)
async def test_hostile_parameters_are_refused(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    "path", [f"{INCOMING[:-5]}/PN1.json", f"{AVAILABLE}/us/Local.json", f"{AVAILABLE}/US/Fax"]
)
async def test_addresses_that_lead_nowhere_do_not_exist(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(path, auth=(SID, TOKEN))).status_code == 404
