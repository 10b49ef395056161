"""Numbers with the official Vonage SDK, and with our own adapter: found, bought, pointed somewhere and given back."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest
from vonage_http_client.errors import AuthenticationError, HttpRequestError
from vonage_numbers import NumberParams, SearchAvailableNumbersFilter, UpdateNumberParams

from inbox.api.threads import in_thread
from inbox.sandbox import projects
from numbers.carriers.leasing import Kind, NumberQuery
from numbers.carriers.vonage import Api
from numbers.carriers.vonage import api as adapter
from tests.conftest import Sql
from tests.inbox.capture.bridging import Bridge
from tests.inbox.capture.vonage_sdk import BASE, ask

PATH = BASE.removeprefix("http://127.0.0.1:8000")
LOGIN = {"api_key": "sandbox", "api_secret": "sandbox"}
_Result = TypeVar("_Result")


async def search(site: httpx.AsyncClient, **values: Any) -> Any:
    """Numbers on sale by the SDK, how many there are, and the next page."""
    wanted = SearchAvailableNumbersFilter(**{"country": "GB", **values})
    return await ask(site, lambda client: client.numbers.search_available_numbers(wanted))


async def test_numbers_are_found_bought_pointed_and_given_back(site: httpx.AsyncClient, sql: Sql) -> None:
    found, count, following = await search(site, type="mobile-lvn", size=5)
    assert (len(found), count, following) == (5, 1000, 2)
    assert (found[0].type, found[0].features, float(found[0].cost) > 0) == ("mobile-lvn", ["SMS"], True)
    params = NumberParams(country="GB", msisdn=found[0].msisdn)
    assert (await ask(site, lambda client: client.numbers.buy_number(params))).error_code == "200"
    url = "http://127.0.0.1:5000/sms"
    change = UpdateNumberParams(country="GB", msisdn=found[0].msisdn, mo_http_url=url)
    await ask(site, lambda client: client.numbers.update_number(change))
    owned, count, _ = await ask(site, lambda client: client.numbers.list_owned_numbers())
    assert [(one.msisdn, one.mo_http_url, one.country) for one in owned] == [(found[0].msisdn, url, "GB")]
    left, _, _ = await search(site, type="mobile-lvn", pattern=found[0].msisdn, search_pattern=0)
    assert left == []
    await ask(site, lambda client: client.numbers.cancel_number(params))
    assert await ask(site, lambda client: client.numbers.list_owned_numbers()) == ([], 0, None)
    assert sql("SELECT count(*) FROM sandbox_projectnumber") == [(0,)]


async def test_errors_are_the_sdks_own_exceptions(site: httpx.AsyncClient) -> None:
    params = NumberParams(country="GB", msisdn="447911123456")
    for work in ("buy_number", "cancel_number"):
        with pytest.raises(HttpRequestError, match="420"):
            await ask(site, lambda client, work=work: getattr(client.numbers, work)(params))  # type: ignore[misc]
    with pytest.raises(AuthenticationError):
        await ask(site, lambda client: client.numbers.buy_number(params), api_key="sandbox", api_secret="x")


async def test_another_projects_numbers_are_its_own(site: httpx.AsyncClient) -> None:
    found, *_ = await search(site)
    params = NumberParams(country="GB", msisdn=found[0].msisdn)
    await ask(site, lambda client: client.numbers.buy_number(params))
    project = await in_thread(lambda: projects.make("tests"))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="vonage"))
    assert credential
    login = {"api_key": credential.login, "api_secret": credential.sealed["api_secret"]}
    assert await ask(site, lambda client: client.numbers.list_owned_numbers(), **login) == ([], 0, None)
    with pytest.raises(HttpRequestError, match="420"):
        await ask(site, lambda client: client.numbers.cancel_number(params), **login)


@pytest.mark.parametrize(
    ("method", "path", "fields", "status"),
    [
        ("GET", "/number/search", {}, 420),
        ("GET", "/number/search", {"country": "USA"}, 420),
        ("GET", "/number/search", {"country": "GB", "type": "x"}, 420),
        ("GET", "/number/search", {"country": "GB", "size": "0"}, 420),
        ("GET", "/number/search", {"country": "GB", "index": "\u00b2"}, 420),
        ("GET", "/number/search", {"country": "GB", "search_pattern": "3"}, 420),
        ("GET", "/number/search", {"country": "ZZ"}, 200),
        ("POST", "/number/buy", {"country": "GB"}, 420),
        ("POST", "/number/buy", {"msisdn": "\0"}, 420),
        ("POST", "/number/update", {"msisdn": "447700900000"}, 420),
        ("GET", "/number/buy", {}, 405),
        ("GET", "/account/secrets", {}, 404),
        ("GET", "/account/get-balance", {}, 200),
    ],
)
async def test_what_is_wrong_is_refused(
    site: httpx.AsyncClient, sql: Sql, method: str, path: str, fields: dict[str, str], status: int
) -> None:
    given = {**LOGIN, **fields}
    content: dict[str, Any] = {"params": given} if method == "GET" else {"data": given}
    answer = await site.request(method, f"{PATH}{path}", **content)
    assert (answer.status_code, "error-code" in answer.json()) == (status, status != 200)
    assert sql("SELECT count(*) FROM sandbox_projectnumber") == [(0,)]
    assert (await site.request(method, f"{PATH}{path}")).status_code in (401, 404, 405)


async def by_adapter(site: httpx.AsyncClient, work: Callable[[Api], _Result]) -> _Result:
    """What our own adapter does with it."""
    loop = asyncio.get_running_loop()

    def run() -> _Result:
        with Api(LOGIN, httpx.Client(transport=Bridge(site, loop))) as api:
            return work(api)

    return await asyncio.to_thread(run)


async def test_our_own_adapter_leases_there(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "_API", BASE)
    await by_adapter(site, lambda api: api.log_in())
    query = NumberQuery("GB", Kind.MOBILE, frozenset({"sms"}), limit=3)
    offers = await by_adapter(site, lambda api: api.search(query))
    url = "https://app.example.org/webhooks"
    bought = await by_adapter(site, lambda api: api.buy(offers[0], url))
    (owned,) = await by_adapter(site, lambda api: list(api.owned()))
    assert (owned.ref, owned.e164, owned.webhook_url) == (bought.ref, offers[0].e164, url)
    await by_adapter(site, lambda api: api.release(bought.ref))
    await by_adapter(site, lambda api: api.release(bought.ref))
    assert await by_adapter(site, lambda api: list(api.owned())) == []
