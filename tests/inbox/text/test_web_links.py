"""Links in what strangers wrote: which are made, where they lead, what host is told; never a way to run or deceive."""

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from inbox.live.marking import mark_text
from inbox.text import web_links
from tests.factories import make_lease, make_link, make_message, make_number, make_rental

LINKS = {
    "see https://example.com.": ("https://example.com", "https://example.com", "example.com"),
    "(https://example.com/a_(b))": ("https://example.com/a_(b)", "https://example.com/a_(b)", "example.com"),
    "HTTP://Example.COM:8080/A?q=1#x!": (
        "HTTP://Example.COM:8080/A?q=1#x",
        "http://example.com:8080/A?q=1#x",
        "example.com",
    ),
    "https://www.pаypal.com/x": (
        "https://www.pаypal.com/x",
        "https://www.xn--pypal-4ve.com/x",
        "www.xn--pypal-4ve.com",
    ),
    "https://пример.рф/путь": (
        "https://пример.рф/путь",
        "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C",
        "xn--e1afmkfd.xn--p1ai",
    ),
    "打开 https://例え.jp。": ("https://例え.jp", "https://xn--r8jz45g.jp", "xn--r8jz45g.jp"),
    "https://a.example/'onclick='x": (
        "https://a.example/'onclick='x",
        "https://a.example/'onclick='x",
        "a.example",
    ),
    "https://a.example/%00\\..\\": (
        "https://a.example/%00\\..\\",
        "https://a.example/%00%5C..%5C",
        "a.example",
    ),
}
NO_LINKS = [
    "example.com",
    "javascript://example.com/%0aalert(1)",
    "data:text/html,https",
    "https://bank.example@evil.example/",
    "https://bank.example:pw@evil.example/",
    "https://bank.example\\@evil.example/",
    "https://evil.example%2f.bank.example/",
    "http://127.0.0.1/admin",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://localhost/",
    "http://router/",
    "https://-bad-.example/",
    "https://a..example/",
    "https://exa mple",
    "xhttps://example.com",
    "https://a.example/?code=••••••",
    "https://a.example:x/",
    "https://",
]


@pytest.mark.parametrize("text", LINKS)
def test_addresses_lead_where_the_network_would(text: str) -> None:
    (link,) = web_links.find(text)
    assert (text[link.start : link.end], link.href, link.host) == LINKS[text]


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_could_deceive_stays_text(text: str) -> None:
    assert list(web_links.find(text)) == []


@given(st.text(alphabet=st.sampled_from("htps:/.@#?%&<>\"'\\ \n\tax1é。．а•()[]-")), st.booleans())
def test_no_text_becomes_more_than_links(text: str, begins: bool) -> None:
    body = f"https://{text}" if begins else text
    html = mark_text({"body": body, "code": None, "code_spans": [], "sealed": None}, True)
    for tag in re.findall(r"<[^>]*>", html):
        assert re.fullmatch(
            r'<a href="https?://[a-z0-9.-]+(?::\d+)?(?:[/?#][^"<>\\]*)?" data-host="[a-z0-9.-]+" target="_blank"'
            r' rel="noopener noreferrer nofollow ugc">|</a>',
            tag,
        ), tag


def test_a_link_through_which_a_place_of_a_code_runs_is_none() -> None:
    body = "https://a.example/123456 789"
    sealed: dict[str, Any] = {"body": [(18, 28)], "from": []}
    message: dict[str, Any] = {"body": body, "code": None, "code_spans": [], "sealed": sealed}
    assert "<a " not in mark_text(message, True)
    sealed["body"] = [(18, 24)]
    assert '>https://a.example/<span class="sealed">123456</span></a> 789' in mark_text(message, True)


@pytest.mark.django_db(transaction=True)
def test_only_a_rentals_pages_have_links(client: Client) -> None:
    body = "Sign in: https://example.com/x?a=1&b=2"
    lease = make_lease(make_number(public=False))
    rental = make_rental(lease)
    pk = make_message(lease, body, rental_id=rental.pk, public=False).pk
    path = make_link(rental)
    wanted = (
        'Sign in: <a href="https://example.com/x?a=1&amp;b=2" data-host="example.com" target="_blank"'
        ' rel="noopener noreferrer nofollow ugc">https://example.com/x?a=1&amp;b=2</a></p>'
    )
    for page in (path, f"{path}?q=sign", f"{path}messages/{pk}/"):
        answer = client.get(page)
        assert wanted in answer.content.decode(), page
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert wanted in client.get(f"{path}poll/").json()["frames"][0]["html"]
    shown = make_lease(make_number("+15005550009"))
    make_message(shown, body)
    assert 'data-host="' not in client.get("/numbers/15005550009/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_rentals_pages_tell_what_kind_of_files_came(client: Client) -> None:
    lease = make_lease(make_number(public=False))
    rental = make_rental(lease)
    told = ("Image/PNG; name=x.png", "<b>", "", "x" * 99, "image/\u202egnp", f"image/{'x' * 50}")
    media = [{"url": "part:secret", "content_type": kind} for kind in told]
    make_message(lease, "Look", rental_id=rental.pk, public=False, media=media)
    page = client.get(make_link(rental)).content.decode()
    kinds = re.findall(r'<li class="chip" translate="no"><bdi>(.*?)</bdi></li>', page)
    assert kinds == ["image/png", f"image/{'x' * 33}…"]
    assert "secret" not in page
    shown = make_lease(make_number("+15005550009"))
    make_message(shown, "Look", media=media)
    assert "image/png" not in client.get("/numbers/15005550009/").content.decode()
