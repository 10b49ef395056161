"""Lookups say what the numbering plans know of a number, and nothing that only carriers know."""

from typing import Any

import httpx
import pytest
from twilio.rest import Client

from tests.inbox.capture.sdk import SID, TOKEN, ask, refused

PATH = "/capture/twilio/v2/PhoneNumbers"


async def look_up(site: httpx.AsyncClient, number: str, **fields: Any) -> Any:
    """What the SDK finds of a number."""
    return await ask(site, lambda client: client.lookups.v2.phone_numbers(number).fetch(**fields))


async def test_a_valid_number_has_its_formats(site: httpx.AsyncClient) -> None:
    found = await look_up(site, "+14159929960")
    assert (found.valid, found.phone_number, found.national_format) == (
        True,
        "+14159929960",
        "(415) 992-9960",
    )
    assert (found.country_code, found.calling_country_code) == ("US", "1")
    assert (found.validation_errors, found.line_type_intelligence, found.caller_name) == ([], None, None)
    assert found.url == "https://lookups.twilio.com/v2/PhoneNumbers/+14159929960"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("lookups/v2/PhoneNumbers/+14159929960", 200),
        ("v2/PhoneNumbers/+14159929960", 200),
        ("messaging/v1/Services", 200),
        ("verify/v2/Services", 200),
        ("verify/v1/Services", 404),
        ("lookups/v2/Services", 404),
    ],
)
async def test_a_hosts_name_may_stand_in_front(site: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await site.get(f"/capture/twilio/{path}", auth=(SID, TOKEN))
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("number", "country", "e164"),
    [
        ("4159929960", None, "+14159929960"),
        ("020 7946 0001", "GB", "+442079460001"),
        ("(415) 992-9960", "us", "+14159929960"),
    ],
)
async def test_a_national_number_is_one_of_its_country(
    site: httpx.AsyncClient, number: str, country: str | None, e164: str
) -> None:
    fields = {"country_code": country} if country else {}
    assert (await look_up(site, number, **fields)).phone_number == e164


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("+141599299600", "TOO_LONG"),
        ("+1415", "TOO_SHORT"),
        ("+10000000000", "INVALID_BUT_POSSIBLE"),
        ("+9991234567", "INVALID_COUNTRY_CODE"),
        ("hello", "NOT_A_NUMBER"),
        ("+", "NOT_A_NUMBER"),
    ],
)
async def test_what_is_no_valid_number_has_a_reason(site: httpx.AsyncClient, number: str, error: str) -> None:
    found = await look_up(site, number)
    assert (found.valid, found.validation_errors) == (False, [error])
    assert (found.country_code, found.national_format) == (None, None)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+61491570157", "mobile"),
        ("+442079460001", "landline"),
        ("+18005550199", "tollFree"),
        ("+14159929960", None),
    ],
)
async def test_the_line_type_is_told_where_the_plan_says_it(
    site: httpx.AsyncClient, number: str, kind: str | None
) -> None:
    found = await look_up(site, number, fields="line_type_intelligence")
    assert found.line_type_intelligence == {
        "type": kind,
        "carrier_name": None,
        "mobile_country_code": None,
        "mobile_network_code": None,
        "error_code": None,
    }


async def test_what_only_carriers_know_is_not_enabled(site: httpx.AsyncClient) -> None:
    found = await look_up(site, "+14159929960", fields="caller_name,sim_swap")
    assert found.caller_name == {"caller_name": None, "caller_type": None, "error_code": 60606}
    assert found.sim_swap["error_code"] == 60606
    assert found.line_status is None


async def test_a_wrong_login_is_refused(site: httpx.AsyncClient) -> None:
    def attempt(client: Client) -> Any:
        return client.lookups.v2.phone_numbers("+14159929960").fetch()

    assert await refused(site, attempt, SID, "wrong") == (401, 20003)


@pytest.mark.parametrize("query", ["Fields=colour", "Fields=%00", "CountryCode=ZZ", "CountryCode=%00"])
async def test_parameters_are_checked(site: httpx.AsyncClient, query: str) -> None:
    answer = await site.get(f"{PATH}/+14159929960?{query}", auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("number", ["%F0%9F%8E%89", "<b>", "'--", "１２３４５"])
async def test_hostile_numbers_are_no_numbers(site: httpx.AsyncClient, number: str) -> None:
    answer = await site.get(f"{PATH}/{number}", auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["valid"]) == (200, False)
