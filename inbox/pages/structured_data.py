"""Structured data (schema.org, as JSON-LD) of the lists, for search engines."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext

from inbox.pages.cards import Card
from inbox.pages.countries import Country

Node = dict[str, Any]


def first_page(shown: Iterable[Card]) -> Node:
    """The site and its numbers."""
    site = {
        "@type": "WebSite",
        "name": "tempsms",
        "url": settings.PUBLIC_URL + reverse("index"),
        "inLanguage": get_language(),
    }
    return _graph(site, _numbers(shown))


def country_page(country: Country, shown: Iterable[Card]) -> Node:
    """Where the page stands, and its numbers."""
    above = (
        (gettext("All countries"), reverse("index")),
        (country.name, reverse("country", args=[country.slug])),
    )
    crumbs = {"@type": "BreadcrumbList", "itemListElement": _items(above)}
    return _graph(crumbs, _numbers(shown))


def _graph(*nodes: Node) -> Node:
    return {"@context": "https://schema.org", "@graph": list(nodes)}


def _numbers(shown: Iterable[Card]) -> Node:
    addresses = ((number["international"], reverse("number", args=[number["digits"]])) for number in shown)
    return {"@type": "ItemList", "itemListElement": _items(addresses)}


def _items(named: Iterable[tuple[str, str]]) -> list[Node]:
    """Names and paths as list items; `item` in a trail, `url` in a list, say the same."""
    return [
        {"@type": "ListItem", "position": place, "name": name, "item": settings.PUBLIC_URL + path}
        for place, (name, path) in enumerate(named, 1)
    ]
