"""Flags: a small picture for every country; of the package that has them, static files find nothing else."""

from pathlib import Path

import phonenumbers
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from inbox.pages import countries
from inbox.templatetags.inbox import flag
from tempsms.lib import flags
from tests.factories import make_account, make_lease, make_number


def test_every_country_that_has_numbers_has_a_small_flag() -> None:
    assert [iso2 for iso2 in sorted(phonenumbers.SUPPORTED_REGIONS) if not flags.picture(iso2)] == []
    sizes = [
        Path(str(finders.find(flags.picture(iso2)))).stat().st_size for iso2 in phonenumbers.SUPPORTED_REGIONS
    ]
    assert max(sizes) < 20_000
    assert sum(sizes) / len(sizes) < 2_000


def test_static_files_hold_the_flags_and_no_other_picture_of_the_package() -> None:
    names = [name for name, _ in flags.FlagFinder().list([])]
    assert 250 < len(names) < 270
    for path in ("flags/1F600.svg", "flags/../__init__.py", "1F1FA-1F1F8.svg", "flags/1F1FF-1F1FF.svg"):
        assert finders.find(path) is None, path


def test_a_country_without_a_flag_shows_its_letters() -> None:
    unknown = countries.country("ZZ")
    assert ">ZZ</span>" in flag(unknown)
    assert "<img" not in flag(unknown)


@pytest.mark.django_db
def test_a_page_asks_for_the_flags_that_are_on_it(client: Client) -> None:
    make_lease(make_number("+447700900123", country="GB"), make_account())
    page = client.get("/").content.decode()
    assert page.count("/static/flags/") == page.count(flags.picture("GB")) == 2
