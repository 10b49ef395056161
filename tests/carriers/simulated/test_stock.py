"""Only numbers set aside for fiction are on sale, and offers fit the query, the cheapest first."""

import phonenumbers
import pytest

from numbers import carriers
from numbers.carriers.leasing import Kind, NumberQuery
from numbers.carriers.simulated.stock import NUMBERS, RANGES

FICTION = {  # prefixes set aside by the regulators; phonenumbers does not know those of the last three
    "US": ("+1",),
    "CA": ("+1",),
    "PR": ("+1",),
    "SE": ("+46846500", "+46313900", "+46406280", "+46701740"),
    "AU": ("+6125550", "+6135550", "+6175550", "+61491570"),
    "DE": ("+493023125", "+496990009", "+498999998"),
    "GB": ("+442079460", "+441614960", "+441314960", "+447700900", "+448081570"),
    "FR": ("+3319900", "+3326191", "+3346571", "+3363998"),
    "IE": ("+3532091",),
}


def test_the_stock_holds_only_numbers_set_aside_for_fiction() -> None:
    for e164, block in NUMBERS.items():
        assert e164.startswith(FICTION[block.country])
        if block.country in ("US", "CA", "PR"):
            assert e164[5:8] == "555"
            assert 100 <= int(e164[8:]) <= 199
            assert len(e164) == 12


def test_the_stock_ends_where_the_fiction_ends() -> None:
    swedish = [e164 for e164, block in NUMBERS.items() if (block.country, block.kind) == ("SE", Kind.MOBILE)]
    assert (min(swedish), max(swedish), len(swedish)) == ("+46701740605", "+46701740699", 95)
    assert [e164 for e164 in NUMBERS if e164.startswith("+1800")] == ["+18005550199"]
    assert len([e164 for e164 in NUMBERS if e164.startswith("+61491570")]) == 8


def test_the_stock_is_valid_where_the_numbering_plan_knows_it() -> None:
    kinds = {Kind.LOCAL: {0, 2}, Kind.MOBILE: {1, 2}, Kind.TOLL_FREE: {3}}
    for block in RANGES:
        if block.prefix in ("+447700900", "+3363998", "+3532091"):
            continue
        for e164 in (min(block), max(block)):
            parsed = phonenumbers.parse(e164)
            assert phonenumbers.is_valid_number(parsed), e164
            assert phonenumbers.region_code_for_number(parsed) == block.country
            assert phonenumbers.number_type(parsed) in kinds[block.kind], e164


def test_the_stock_is_wide_and_its_prices_differ() -> None:
    assert len({block.country for block in RANGES}) >= 8
    assert {block.kind for block in RANGES} >= {Kind.LOCAL, Kind.MOBILE, Kind.TOLL_FREE}
    assert sum(len(list(block)) for block in RANGES) == len(NUMBERS)
    assert len({block.offer(e164).monthly_cost for e164, block in NUMBERS.items()}) > 100


@pytest.mark.parametrize(
    ("country", "kind"),
    [
        ("US", "local"),
        ("US", "toll_free"),
        ("GB", "mobile"),
        ("FR", "mobile"),
        ("SE", "mobile"),
        ("AU", "mobile"),
    ],
)
def test_offers_fit_the_wish_the_cheapest_first_and_always_the_same(
    api: carriers.Api, country: str, kind: str
) -> None:
    query = NumberQuery(country, Kind(kind), limit=7)
    offers = api.search(query)
    assert offers == api.search(query)
    assert 0 < len(offers) <= 7
    assert {(offer.country, offer.kind) for offer in offers} == {(country, Kind(kind))}
    assert [offer.monthly_cost for offer in offers] == sorted(offer.monthly_cost for offer in offers)
    assert all(offer.monthly_cost > 0 and "sms" in offer.capabilities for offer in offers)


def test_offers_have_the_wished_digits_and_capabilities(api: carriers.Api) -> None:
    (offer,) = api.search(NumberQuery("US", contains="+12125550142"))
    assert offer.e164 == "+12125550142"
    assert api.search(NumberQuery("GB", Kind.MOBILE, frozenset({"mms"}))) == []
    assert api.search(NumberQuery("XX")) == []
