"""The numbers that the pytest plugin gives to tests pass as real ones, and no two tests of a run have the same."""

import phonenumbers
import pytest

from tempsms_client import fiction


@pytest.mark.parametrize("country", ["US", "SE"])
def test_all_are_valid_numbers_of_their_country(country: str) -> None:
    numbers = fiction.phone_numbers(country.lower())
    assert len(set(numbers)) == len(numbers) >= 95
    for number in numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.region_code_for_number(parsed) == country


def test_another_country_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(fiction.BadCountry, match=r"'GB'.*use one of US, SE"):
        fiction.phone_numbers("GB")


def test_runs_begin_at_different_places() -> None:
    assert fiction.place_of("a") == fiction.place_of("a") != fiction.place_of("b")
