"""Pages about the site, and what browsers, search engines and anti-fraud teams read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client

from inbox.pages import site
from tests.factories import make_lease, make_number

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", site.PAGES)
def test_every_page_of_the_site_is_linked_and_says_what_it_is(client: Client, name: str) -> None:
    assert f'href="/{name}/"' in client.get("/").content.decode()
    page = client.get(f"/{name}/").content.decode()
    assert page.count("<h1>") == 1
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/{name}/">' in page
    assert '<meta name="description" content="' in page
    assert 'property="og:title"' in page


def test_what_is_said_of_keeping_is_what_is_done(client: Client, settings: Any) -> None:
    settings.MESSAGE_RETENTION, settings.CODE_LIFE = timedelta(hours=5), timedelta(minutes=3)
    page = client.get("/privacy/").content.decode()
    assert "kept for 5 hours" in page
    assert "deleted after 3 minutes" in page


def test_robots_and_sitemap_lead_to_lists_and_numbers_but_to_no_message(client: Client) -> None:
    make_lease()
    make_lease(make_number("+15005550007", public=False))
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /numbers/*/messages/" in robots
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in robots
    xml = fromstring(client.get("/sitemap.xml").content)
    found = {element.text for element in xml.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    expected = {
        "/",
        "/countries/us/",
        "/numbers/15005550006/",
        "/about/",
        "/privacy/",
        "/abuse/",
        "/api/",
        "/status/",
    }
    assert found == {f"http://127.0.0.1:8000{path}" for path in expected}


def test_the_manifest_makes_it_installable(client: Client) -> None:
    assert '<link rel="manifest" href="/manifest.webmanifest">' in client.get("/").content.decode()
    answer = client.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    said = json.loads(answer.content)
    assert (said["start_url"], {icon["purpose"] for icon in said["icons"]}) == ("/", {"any", "maskable"})


def test_public_numbers_are_told_only_where_an_operator_wants_it(client: Client, settings: Any) -> None:
    begun, ended = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
    make_lease(leased_at=begun)
    past = make_lease(
        make_number("+15005550007"), leased_at=begun, state="released", state_since=ended, released_at=ended
    )
    make_lease(make_number("+15005550008", public=False), leased_at=begun)
    make_lease(make_number("+999000000001", erased_key="0" * 32), leased_at=begun, state="released")
    path = "/.well-known/public-numbers.json"
    assert client.get(path).status_code == 404
    settings.PUBLIC_NUMBERS_FEED = True
    past.number.public = False
    past.number.save()
    times = ("2026-01-02T00:00:00.000Z", "2026-02-03T00:00:00.000Z")
    assert client.get(path).json() == {
        "numbers": [
            {"number": "+15005550006", "country": "US", "from": times[0], "until": None},
            {"number": "+15005550007", "country": "US", "from": times[0], "until": times[1]},
        ]
    }
