"""Twilio's numbers are searched, bought, listed and released by calls in its API's published shapes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from numbers import carriers
from numbers.carriers.errors import CallFailed, Rejected, Uncertain, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from tests.carriers.twilio_forms import TOKEN, URL

ACCOUNT = "AC" + "a" * 32
OFFER = Offer("+18089255327", "US", Kind.LOCAL, frozenset({"sms"}), Decimal("1.15"))
AVAILABLE = {
    "address_requirements": "none",
    "beta": False,
    "capabilities": {"mms": True, "sms": True, "voice": False},
    "friendly_name": "(808) 925-1571",
    "iso_country": "US",
    "phone_number": "+18089251571",
}
PRICES = {
    "country": "United States",
    "iso_country": "US",
    "phone_number_prices": [
        {"number_type": "local", "base_price": "1.15", "current_price": "1.10"},
        {"number_type": "toll free", "base_price": "2.15", "current_price": "2.15"},
    ],
    "price_unit": "USD",
}


def api(answer: Callable[[httpx.Request], httpx.Response], **secrets: str) -> carriers.Api:
    known = {"account_sid": ACCOUNT, "auth_token": TOKEN, **secrets}
    return carriers.connect("twilio", known, httpx.Client(transport=httpx.MockTransport(answer)))


def failing(error: type[httpx.HTTPError]) -> carriers.Api:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken")

    return api(answer)


def error(code: int, text: str, status: int = 400) -> httpx.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return httpx.Response(status, json={"code": code, "message": text, "more_info": more, "status": status})


def test_a_search_asks_for_fitting_numbers_and_adds_the_list_price() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(
            200,
            json=PRICES if "pricing" in request.url.host else {"available_phone_numbers": [AVAILABLE] * 3},
        )

    query = NumberQuery("US", Kind.LOCAL, frozenset({"sms", "mms"}), contains="808*", limit=2)
    offers = api(answer).search(query)
    assert (
        offers
        == [
            Offer(
                "+18089251571",
                "US",
                Kind.LOCAL,
                frozenset({"sms", "mms"}),
                Decimal("1.10"),
                Decimal(0),
                "USD",
            )
        ]
        * 2
    )
    path = f"/2010-04-01/Accounts/{ACCOUNT}/AvailablePhoneNumbers/US/Local.json"
    assert (asked[0].url.host, asked[0].url.path) == ("api.twilio.com", path)
    wanted = {"SmsEnabled": "true", "MmsEnabled": "true", "Contains": "808*", "PageSize": "2"}
    assert wanted.items() <= dict(asked[0].url.params).items()
    assert str(asked[1].url) == "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US"
    assert {request.headers["authorization"] for request in asked} == {
        httpx.Headers(_basic(ACCOUNT, TOKEN))["authorization"]
    }


def _basic(user: str, password: str) -> dict[str, str]:
    request = httpx.Request("GET", "https://x/")
    return dict(next(httpx.BasicAuth(user, password).auth_flow(request)).headers)


def test_an_api_key_is_used_for_calls_when_there_is_one() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == _basic("SK1", "s3")["authorization"]
        assert ACCOUNT in request.url.path
        return httpx.Response(200, json={"incoming_phone_numbers": [], "next_page_uri": None})

    assert list(api(answer, api_key="SK1", api_secret="s3").owned()) == []


def test_a_number_that_we_have_costs_the_list_price() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US"
        return httpx.Response(200, json=PRICES)

    assert api(answer).list_price("US", Kind.LOCAL) == (Decimal("1.10"), "USD")
    with pytest.raises(CallFailed, match="does not report a price"):
        api(answer).list_price("US", Kind.MOBILE)


def test_a_country_without_such_numbers_has_no_offers() -> None:
    query = NumberQuery("NO", Kind.MOBILE)
    assert api(lambda request: error(20404, "not found", 404)).search(query) == []
    assert api(lambda request: httpx.Response(200, json={"available_phone_numbers": []})).search(query) == []


LOCAL: dict[str, Any] = {"number_type": "local"}


@pytest.mark.parametrize(
    "price", [{}, LOCAL, {**LOCAL, "current_price": "gratis"}, {**LOCAL, "current_price": "-1"}]
)
def test_no_price_means_no_offer(price: dict[str, Any]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "pricing" in request.url.host:
            return httpx.Response(200, json={**PRICES, "phone_number_prices": [price]})
        return httpx.Response(200, json={"available_phone_numbers": [AVAILABLE]})

    with pytest.raises(CallFailed, match="does not report a price"):
        api(answer).search(NumberQuery("US"))


def test_what_twilio_does_not_sell_is_unsupported_by_name() -> None:
    with pytest.raises(Unsupported, match="twilio does not support short_code numbers"):
        failing(httpx.ConnectError).search(NumberQuery("US", Kind.SHORT_CODE))
    with pytest.raises(Unsupported, match="telepathy"):
        failing(httpx.ConnectError).search(NumberQuery("US", capabilities=frozenset({"telepathy"})))


def test_a_purchase_names_the_number_and_points_it_at_the_webhook() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == (
            "POST",
            f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json",
        )
        form = {name: value for name, (value,) in parse_qs(request.content.decode()).items()}
        assert form == {"PhoneNumber": "+18089255327", "SmsUrl": f"{URL}#rc=3&rp=all", "SmsMethod": "POST"}
        return httpx.Response(201, json={"sid": "PN1", "phone_number": "+18089255327", "status": "in-use"})

    assert api(answer).buy(OFFER, URL) == Owned("PN1", "+18089255327", URL, Decimal("1.15"), "USD")


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (error(21422, "not available"), "carrier"),
        (error(21631, "address"), "account"),
        (error(20003, "no", 401), "account"),
    ],
)
def test_a_refused_purchase_says_why_and_whose_fault(response: httpx.Response, fault: str) -> None:
    with pytest.raises(Rejected) as caught:
        api(lambda request: response).buy(OFFER, URL)
    assert caught.value.fault == fault
    assert caught.value.code in str(caught.value)


@pytest.mark.parametrize(
    "broken", [httpx.ReadTimeout, httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError]
)
def test_a_purchase_without_an_answer_is_uncertain(broken: type[httpx.HTTPError]) -> None:
    with pytest.raises(Uncertain):
        failing(broken).buy(OFFER, URL)
    with pytest.raises(Uncertain):
        failing(broken).release("PN1")


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(503, json={"code": 20503}),
        httpx.Response(201, text="<html>"),
        httpx.Response(201, json=[]),
        httpx.Response(201, json={"sid": "PN1", "phone_number": "+18085550100"}),
        httpx.Response(201, json={"phone_number": "+18089255327"}),
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(408),
    ],
)
def test_a_purchase_with_an_answer_that_leaves_it_open_is_uncertain(response: httpx.Response) -> None:
    with pytest.raises(Uncertain):
        api(lambda request: response).buy(OFFER, URL)


@pytest.mark.parametrize("broken", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_call_that_was_never_sent_may_be_tried_again(broken: type[httpx.HTTPError]) -> None:
    with pytest.raises(CallFailed) as caught:
        failing(broken).buy(OFFER, URL)
    assert caught.value.retry
    assert not isinstance(caught.value, Uncertain | Rejected)


def test_too_many_requests_means_not_done_and_later() -> None:
    with pytest.raises(CallFailed) as caught:
        api(lambda request: error(20429, "too many", 429)).buy(OFFER, URL)
    assert caught.value.retry
    assert not isinstance(caught.value, Uncertain | Rejected)


def test_a_list_that_fails_is_never_uncertain() -> None:
    with pytest.raises(CallFailed) as caught:
        api(lambda request: httpx.Response(500)).owned()
    assert caught.value.retry
    assert not isinstance(caught.value, Uncertain)


def test_without_an_account_sid_nothing_is_called() -> None:
    with pytest.raises(Rejected, match="account_sid"):
        carriers.connect("twilio", {"auth_token": TOKEN}, failing(httpx.ReadError).http).buy(OFFER, URL)


@pytest.mark.parametrize("response", [httpx.Response(204), error(20404, "not found", 404)])
def test_a_release_deletes_and_what_is_gone_is_released(response: httpx.Response) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/PN1%2Fx.json"
        assert (request.method, request.url.raw_path.decode()) == ("DELETE", path)
        return response

    api(answer).release("PN1/x")


def test_the_list_of_numbers_is_followed_to_its_end() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.twilio.com"
        page = int(request.url.params.get("Page", "0"))
        more = (
            f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?Page={page + 1}" if page < 2 else None
        )
        number = {"sid": f"PN{page}", "phone_number": f"+1808555010{page}", "sms_url": f"{URL}#rc=3&rp=all"}
        return httpx.Response(200, json={"incoming_phone_numbers": [number], "next_page_uri": more})

    assert list(api(answer).owned()) == [Owned(f"PN{n}", f"+1808555010{n}", URL) for n in range(3)]


@pytest.mark.parametrize(
    "following", ["/2010-04-01/again.json", "https://evil.example/", "@evil.example/", 7]
)
def test_a_list_without_end_or_with_a_strange_next_page_is_an_error(following: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.twilio.com"
        return httpx.Response(200, json={"incoming_phone_numbers": [], "next_page_uri": following})

    with pytest.raises(CallFailed, match="does not end"):
        api(answer).owned()


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"incoming_phone_numbers": None},
        {"incoming_phone_numbers": ["x"]},
        {"incoming_phone_numbers": [{}]},
    ],
)
def test_a_list_in_another_shape_is_an_error(page: dict[str, Any]) -> None:
    with pytest.raises(CallFailed):
        api(lambda request: httpx.Response(200, json=page)).owned()


def test_errors_of_calls_never_hold_the_token() -> None:
    for refused in (
        failing(httpx.ReadTimeout),
        failing(httpx.ConnectError),
        api(lambda request: error(20003, "Authenticate", 401)),
    ):
        with pytest.raises(CallFailed) as caught:
            refused.buy(OFFER, URL)
        assert TOKEN not in str(caught.value)
