"""Numbers with the official Telnyx SDK, and with our own adapter: found, ordered, configured and given back."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest
import telnyx
from telnyx import Telnyx

from numbers.carriers.leasing import Kind, NumberQuery, Owned
from numbers.carriers.telnyx import Api
from numbers.carriers.telnyx import api as adapter
from tests.conftest import Sql
from tests.inbox.capture.bridging import Bridge
from tests.inbox.capture.telnyx_sdk import BASE, KEY, ask, other_project, send

PATH = BASE.removeprefix("http://127.0.0.1:8000")
HEADERS = {"authorization": f"Bearer {KEY}"}
_Result = TypeVar("_Result")


def order(e164: str, client: Telnyx, **values: Any) -> Any:
    """Buy a number with the SDK."""
    return client.number_orders.create(phone_numbers=[{"phone_number": e164}], **values).data


async def search(site: httpx.AsyncClient, **filters: Any) -> list[Any]:
    """Numbers on sale by the SDK."""
    wanted: Any = filters
    found: Any = await ask(site, lambda client: client.available_phone_numbers.list(filter=wanted))
    return list(found.data)


async def test_numbers_are_found_ordered_and_given_back(site: httpx.AsyncClient, sql: Sql) -> None:
    (offer, *_) = await search(site, country_code="US", national_destination_code="415", limit=2)
    assert offer.phone_number.startswith("+1415")
    assert (offer.cost_information.currency, float(offer.cost_information.monthly_cost) > 0) == ("USD", True)
    bought = await ask(site, lambda client: order(offer.phone_number, client, customer_reference="mine"))
    assert (bought.status, bought.customer_reference) == ("success", "mine")
    again: Any = await ask(site, lambda client: client.number_orders.retrieve(bought.id).data)
    assert [one.phone_number for one in again.phone_numbers] == [offer.phone_number]
    (owned,) = await ask(site, lambda client: list(client.phone_numbers.list()))
    assert (owned.phone_number, owned.status, owned.customer_reference) == (
        offer.phone_number,
        "active",
        "mine",
    )
    assert offer.phone_number not in {
        one.phone_number for one in await search(site, national_destination_code="415")
    }
    # what was bought limits nobody
    assert (await send(site, from_="+13125550100")).id
    await ask(site, lambda client: client.phone_numbers.delete(owned.id))
    assert await ask(site, lambda client: list(client.phone_numbers.list())) == []
    assert sql("SELECT count(*) FROM sandbox_projectnumber") == [(0,)]


async def test_an_order_is_all_or_nothing(site: httpx.AsyncClient, sql: Sql) -> None:
    (offer, *_) = await search(site, country_code="GB", phone_number_type="mobile")
    body = {"phone_numbers": [{"phone_number": offer.phone_number}, {"phone_number": "+14155550000"}]}
    assert (await site.post(f"{PATH}/number_orders", json=body, headers=HEADERS)).status_code == 422
    assert sql("SELECT count(*) FROM sandbox_projectnumber") == [(0,)]
    await ask(site, lambda client: order(offer.phone_number, client))
    with pytest.raises(telnyx.UnprocessableEntityError):
        await ask(site, lambda client: order(offer.phone_number, client))


async def test_another_projects_numbers_do_not_exist(site: httpx.AsyncClient) -> None:
    (offer, *_) = await search(site, country_code="US")
    bought = await ask(site, lambda client: order(offer.phone_number, client))
    (owned,) = await ask(site, lambda client: list(client.phone_numbers.list()))
    _, key = await other_project(numbers=["+15005550006"])
    (own,) = await ask(site, lambda client: list(client.phone_numbers.list()), key)
    assert own.phone_number == "+15005550006"
    for method, path in [
        ("GET", f"/phone_numbers/{owned.id}"),
        ("DELETE", f"/phone_numbers/{owned.id}"),
        ("PATCH", f"/phone_numbers/{owned.id}/messaging"),
        ("GET", f"/number_orders/{bought.id}"),
    ]:
        answer = await site.request(
            method, f"{PATH}{path}", json={}, headers={"authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 404, path


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/available_phone_numbers?filter[country_code]=usa", None, 422),
        ("GET", "/available_phone_numbers?filter[phone_number_type]=fax", None, 422),
        ("GET", "/available_phone_numbers?filter[limit]=0", None, 422),
        ("GET", "/available_phone_numbers?filter[phone_number][contains]=x", None, 422),
        ("GET", "/available_phone_numbers?filter[country_code]=ZZ", None, 200),
        ("GET", "/phone_numbers?filter[phone_number]=%00", None, 200),
        ("POST", "/number_orders", {}, 422),
        ("POST", "/number_orders", {"phone_numbers": "x"}, 422),
        ("POST", "/number_orders", {"phone_numbers": [5]}, 422),
        ("POST", "/number_orders", {"phone_numbers": [{"phone_number": 5}]}, 422),
        ("POST", "/number_orders", {"phone_numbers": [{}]}, 422),
        (
            "POST",
            "/number_orders",
            {"phone_numbers": [{"phone_number": "+14155550100"}], "messaging_profile_id": "x"},
            422,
        ),
        ("GET", "/number_orders/nobody", None, 404),
        ("GET", "/phone_numbers/nobody", None, 404),
    ],
)
async def test_what_is_wrong_is_refused(
    site: httpx.AsyncClient, sql: Sql, method: str, path: str, body: Any, status: int
) -> None:
    answer = await site.request(method, f"{PATH}{path}", json=body, headers=HEADERS)
    assert answer.status_code == status, answer.text
    assert status == 200 or answer.json()["errors"]
    assert sql("SELECT count(*) FROM sandbox_projectnumber") == [(0,)]


async def by_adapter(
    site: httpx.AsyncClient, secrets: dict[str, str], work: Callable[[Api], _Result]
) -> _Result:
    """What our own adapter does with it."""
    loop = asyncio.get_running_loop()

    def run() -> _Result:
        with Api(secrets, httpx.Client(transport=Bridge(site, loop))) as api:
            return work(api)

    return await asyncio.to_thread(run)


async def test_our_own_adapter_leases_there(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "_API", BASE)
    made: Any = await ask(
        site,
        lambda client: client.messaging_profiles.create(name="x", whitelisted_destinations=["*"]).data,
    )
    secrets = {"api_key": KEY, "messaging_profile_id": made.id}
    await by_adapter(site, secrets, lambda api: api.log_in())
    query = NumberQuery("US", Kind.LOCAL, frozenset({"sms"}), contains="415", limit=3)
    offers = await by_adapter(site, secrets, lambda api: api.search(query))
    assert offers
    url = "https://app.example.org/webhooks"
    bought = await by_adapter(site, secrets, lambda api: api.buy(offers[0], url, "key1"))
    assert isinstance(bought, Owned)
    assert await by_adapter(site, secrets, lambda api: api.find("key1")) == bought
    assert await by_adapter(site, secrets, lambda api: list(api.owned())) == [
        Owned(bought.ref, offers[0].e164, url)
    ]
    await by_adapter(site, secrets, lambda api: api.release(bought.ref))
    await by_adapter(site, secrets, lambda api: api.release(bought.ref))
    assert await by_adapter(site, secrets, lambda api: list(api.owned())) == []
