"""Pages about the site, and what browsers, search engines and anti-fraud teams read."""

import json
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client
from django.utils import translation

from inbox.live import frames
from inbox.pages import site
from tempsms import ROOT
from tests.factories import make_lease, make_number

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", site.PAGES)
def test_every_page_of_the_site_is_linked_and_says_what_it_is(client: Client, name: str) -> None:
    assert f'href="/{name}/"' in client.get("/").content.decode()
    page = client.get(f"/{name}/").content.decode()
    assert page.count("<h1>") == 1
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/{name}/">' in page
    assert '<meta name="description" property="og:description" content="' in page
    assert 'property="og:title"' in page


def test_a_fault_of_ours_is_told_in_the_visitors_language(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "render", lambda *args: 1 / 0)
    client.raise_request_exception = False
    with translation.override("en"):
        answer = client.get("/about/", headers={"Accept-Language": "ar"})
    page = answer.content.decode()
    assert (answer.status_code, '<html lang="ar" dir="rtl">' in page, "حدث خطأ ما" in page) == (
        500,
        True,
        True,
    )


def test_what_is_said_of_keeping_is_what_is_done(client: Client, settings: Any) -> None:
    settings.MESSAGE_RETENTION, settings.CODE_LIFE = timedelta(hours=5), timedelta(minutes=3)
    page = client.get("/privacy/").content.decode()
    assert "kept for 5 hours" in page
    assert "deleted after 3 minutes" in page


@pytest.mark.parametrize(
    ("contact", "link"),
    [("help@example.org", "mailto:help@example.org"), ("https://example.org/", "https://example.org/")],
)
def test_people_are_told_whom_to_write_to_where_it_is_set(
    client: Client, settings: Any, contact: str, link: str
) -> None:
    for path in ("/privacy/", "/abuse/"):
        settings.CONTACT = ""
        assert "can be reached" not in client.get(path).content.decode()
        settings.CONTACT = contact
        assert (
            f'<a href="{link}"><bdi dir="ltr" translate="no">{contact}</bdi></a>'
            in client.get(path).content.decode()
        )


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
        "/numbers/past/",
        "/about/",
        "/privacy/",
        "/abuse/",
        "/api/",
        "/status/",
    }
    assert found == {f"http://127.0.0.1:8000{path}" for path in expected}


def test_developers_find_every_frame_and_the_rest_api(client: Client) -> None:
    page = client.get("/api/").content.decode()
    kinds = re.findall(r'^{"type": "(\w+)"', frames.__doc__ or "", re.MULTILINE)
    assert len(kinds) == 7
    assert [kind for kind in kinds if f'<code translate="no">{kind}</code>' not in page] == []
    assert 'href="/api/v1/docs"' in page


def test_the_manifest_makes_it_installable_in_the_visitors_language_and_colours(client: Client) -> None:
    link = '<link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials">'
    assert link in client.get("/about/").content.decode()
    answer = client.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    said = json.loads(answer.content)
    assert (said["start_url"], said["lang"], said["dir"], said["theme_color"]) == (
        "/",
        "en",
        "ltr",
        "#f5f6f8",
    )
    client.post("/language/", {"language": "de"})
    client.post("/theme/", {"theme": "dark"})
    other = json.loads(client.get("/manifest.webmanifest").content)
    assert (other["lang"], other["theme_color"]) == ("de", "#10151b")
    assert other["description"] != said["description"]


def test_icons_are_as_large_as_the_manifest_says(client: Client) -> None:
    icons = json.loads(client.get("/manifest.webmanifest").content)["icons"]
    bitmaps = [icon for icon in icons if icon["type"] == "image/png"]
    assert {(icon["sizes"], icon["purpose"]) for icon in bitmaps} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    apple = (
        client.get("/about/").content.decode().partition('rel="apple-touch-icon" href="')[2].partition('"')[0]
    )
    for source, size in [*((icon["src"], icon["sizes"]) for icon in bitmaps), (apple, "180x180")]:
        header = (ROOT / source.lstrip("/")).read_bytes()[:24]
        width, height = struct.unpack(">II", header[16:])
        assert (header[:8], f"{width}x{height}") == (b"\x89PNG\r\n\x1a\n", size)


def test_public_numbers_are_told_only_where_an_operator_wants_it(client: Client, settings: Any) -> None:
    begun, ended = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
    make_lease(leased_at=begun)
    past = make_lease(
        make_number("+15005550007"), leased_at=begun, state="released", state_since=ended, released_at=ended
    )
    make_lease(make_number("+15005550008", public=False), leased_at=begun)
    taken_down = make_lease(make_number("+15005550009"), leased_at=begun)
    make_lease(make_number("+999000000001", erased_key="0" * 32), leased_at=begun, state="released")
    path = "/.well-known/public-numbers.json"
    assert client.get(path).status_code == 404
    settings.PUBLIC_NUMBERS_FEED = True
    for lease in (past, taken_down):
        lease.number.public = False
        lease.number.save()
    times = ("2026-01-02T00:00:00.000Z", "2026-02-03T00:00:00.000Z")
    assert client.get(path).json() == {
        "numbers": [
            {"number": "+15005550006", "country": "US", "from": times[0], "until": None, "shown": True},
            {"number": "+15005550007", "country": "US", "from": times[0], "until": times[1], "shown": False},
            {"number": "+15005550009", "country": "US", "from": times[0], "until": None, "shown": False},
        ]
    }
