"""A number is bought, ordered, billed and released once, and belongs to the account that bought it."""

import multiprocessing
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from numbers import carriers
from numbers.carriers.contract import Secrets
from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import Kind, NumberQuery, Ordered, Owned
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.stock import NUMBERS
from tests.carriers.simulated.buying import NOW, URL, bought, keys, purchase


def test_a_bought_number_is_owned_billed_and_no_longer_offered(api: carriers.Api, books: Books) -> None:
    offer = api.search(NumberQuery("FR", Kind.MOBILE))[0]
    number = purchase(api, offer, URL)
    assert list(api.owned()) == [number]
    assert (number.e164, number.webhook_url, number.monthly_cost) == (offer.e164, URL, offer.monthly_cost)
    assert offer not in api.search(NumberQuery("FR", Kind.MOBILE))
    (line,) = books.ledger(keys(api))
    assert (line.deed, line.ref, line.amount) == ("buy", number.ref, offer.monthly_cost + Decimal(1))
    assert abs(line.at.timestamp() - time.time()) < 60


def test_a_number_is_released_once_however_often_one_says_so(api: carriers.Api, books: Books) -> None:
    offer = api.search(NumberQuery("US"))[0]
    number = purchase(api, offer, URL)
    for _ in range(3):
        api.release(number.ref)
    assert list(api.owned()) == []
    assert [(line.deed, line.amount) for line in books.ledger(keys(api))] == [
        ("buy", offer.monthly_cost),
        ("release", 0),
    ]
    again = purchase(api, offer, URL)
    assert again.ref != number.ref
    api.release(number.ref)
    assert list(api.owned()) == [again], "an old lease's end does not end the new one"


def test_a_number_that_is_taken_or_not_for_sale_is_refused(api: carriers.Api, books: Books) -> None:
    offer = api.search(NumberQuery("US"))[0]
    purchase(api, offer, URL)
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    for buyer in (api, other):
        with pytest.raises(Rejected, match="taken"):
            purchase(buyer, offer, URL)
    with pytest.raises(Rejected, match="not for sale"):
        purchase(api, replace(offer, e164="+14155552671"), URL)
    assert len(books.ledger(keys(api))) == 1


def test_accounts_see_and_end_only_their_own_leases(api: carriers.Api) -> None:
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    bought(api)
    bought(other)
    (mine,), (theirs,) = api.owned(), other.owned()
    api.release(theirs.ref)
    assert list(other.owned()) == [theirs]
    assert mine.e164 != theirs.e164


def test_a_new_signing_key_beside_the_old_one_is_the_same_account_and_signs(
    api: carriers.Api, books: Books
) -> None:
    number = bought(api)
    rotated = carriers.connect("simulated", {**api.secrets, "signing_key": ["new", *keys(api)]})
    assert [one.e164 for one in rotated.owned()] == [number]
    only_new = carriers.connect("simulated", {**api.secrets, "signing_key": "new"})
    assert [one.e164 for one in only_new.owned()] == [number]
    books.write("SX1", number, b"{}", NOW)
    assert books.claim(NOW, 1)[0].signing_key == "new"


def _buy(secrets: Secrets, e164: str) -> str:
    offer = carriers.connect("simulated", secrets).search(NumberQuery("US", contains=e164)) or [
        NUMBERS[e164].offer(e164)
    ]
    try:
        return purchase(carriers.connect("simulated", secrets), offer[0], URL).ref
    except Rejected:
        return ""


def test_of_many_processes_one_gets_the_number(api: carriers.Api, books: Books) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        refs = pool.starmap(_buy, [(dict(api.secrets), "+12125550142")] * 40)
    assert len([ref for ref in refs if ref]) == 1
    assert [line.deed for line in books.ledger(keys(api))] == ["buy"]


def test_an_order_takes_its_time_and_is_billed_when_it_is_carried_out(
    api: carriers.Api, books: Books
) -> None:
    slow = carriers.connect("simulated", {**api.secrets, "order_seconds": "5"})
    offer = slow.search(NumberQuery("US"))[0]
    with time_machine.travel(NOW, tick=False) as clock:
        ordered = slow.buy(offer, URL)
        assert isinstance(ordered, Ordered)
        assert slow.order(ordered.ref) == ordered
        assert (list(slow.owned()), books.ledger(keys(slow))) == ([], [])
        assert offer not in slow.search(NumberQuery("US"))
        with pytest.raises(Rejected, match="taken"):
            api.buy(offer, URL)
        clock.shift(5)
        owned = slow.order(ordered.ref)
        assert isinstance(owned, Owned)
        assert list(slow.owned()) == [owned]
        assert [(line.deed, line.ref) for line in books.ledger(keys(slow))] == [("buy", ordered.ref)]
    with pytest.raises(Rejected, match="no order"):
        slow.order("SN0")


def test_a_purchase_is_known_by_its_key_until_its_end(api: carriers.Api) -> None:
    slow = carriers.connect("simulated", {**api.secrets, "order_seconds": "5"})
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "another"})
    with time_machine.travel(NOW, tick=False) as clock:
        ordered = slow.buy(slow.search(NumberQuery("US"))[0], URL, "k1")
        assert isinstance(ordered, Ordered)
        assert slow.find("k1") == ordered
        assert slow.find("k2") is other.find("k1") is None
        clock.shift(5)
        assert slow.find("k1") == slow.order(ordered.ref)
        assert slow.find("k2") is None
        slow.release(ordered.ref)
        assert slow.find("k1") is None
        api.buy(api.search(NumberQuery("US"))[0], URL)
        assert api.find("") is None


def test_a_blind_offer_is_bought_once_under_a_key_and_never_dearer_than_it_says(
    api: carriers.Api, books: Books
) -> None:
    blind = carriers.connect("simulated", {**api.secrets, "blind": "yes"})
    (offer,) = blind.search(NumberQuery("AU"))
    assert (offer.blind, offer.kind) == (True, Kind.LOCAL)
    assert all(one.monthly_cost <= offer.monthly_cost for one in api.search(NumberQuery("AU")))
    bought = blind.buy(offer, URL, "k1")
    assert isinstance(bought, Owned)
    assert blind.buy(offer, URL, "k1") == bought == blind.find("k1")
    assert bought.monthly_cost == NUMBERS[bought.e164].offer(bought.e164).monthly_cost
    assert len(books.ledger(keys(blind))) == 1
    assert blind.search(NumberQuery("AU", capabilities=frozenset({"fax"}))) == []
    (only,) = blind.search(NumberQuery("US", Kind.TOLL_FREE))
    blind.buy(only, URL, "k2")
    with pytest.raises(Rejected, match="no such number left"):
        blind.buy(only, URL, "k3")


@pytest.mark.parametrize("value", ["x", "-1", "11", "nan"])
def test_an_order_that_would_take_too_long_is_refused(api: carriers.Api, value: str) -> None:
    odd = carriers.connect("simulated", {**api.secrets, "order_seconds": value})
    with pytest.raises(Rejected, match="order_seconds"):
        odd.buy(api.search(NumberQuery("US"))[0], URL)


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (datetime(2026, 1, 31, 15, tzinfo=UTC), ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (datetime(2027, 11, 15, tzinfo=UTC), ["2027-12-15", "2028-01-15", "2028-02-15"]),
    ],
)
def test_every_further_month_is_on_the_bill_until_the_release(
    api: carriers.Api, books: Books, day: datetime, days: list[str]
) -> None:
    with time_machine.travel(day, tick=False) as clock:
        number = purchase(api, api.search(NumberQuery("US"))[0])
        clock.move_to(day + timedelta(days=100))
        api.release(number.ref)
        clock.move_to(day + timedelta(days=300))
        lines = books.ledger(keys(api))
    assert [(line.deed, line.amount) for line in lines] == [
        ("buy", number.monthly_cost),
        *[("month", number.monthly_cost)] * 3,
        ("release", 0),
    ]
    assert [f"{line.at:%Y-%m-%d}" for line in lines[1:4]] == days
