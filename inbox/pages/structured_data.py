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
    """Describe the site and its numbers."""
    site = {
        "@type": "WebSite",
        "name": "tempsms",
        "url": settings.PUBLIC_URL + reverse("index"),
        "inLanguage": get_language(),
    }
    return _make_graph(site, _list_numbers(shown))


def country_page(country: Country, shown: Iterable[Card]) -> Node:
    """Describe the page's position in the site, and its numbers."""
    above = (
        (gettext("All countries"), reverse("index")),
        (country.name, reverse("country", args=[country.slug])),
    )
    crumbs = {"@type": "BreadcrumbList", "itemListElement": _list_items(above)}
    return _make_graph(crumbs, _list_numbers(shown))


def _make_graph(*nodes: Node) -> Node:
    return {"@context": "https://schema.org", "@graph": list(nodes)}


def _list_numbers(shown: Iterable[Card]) -> Node:
    addresses = ((number["international"], reverse("number", args=[number["digits"]])) for number in shown)
    return {"@type": "ItemList", "itemListElement": _list_items(addresses)}


def _list_items(named: Iterable[tuple[str, str]]) -> list[Node]:
    """List names and paths: a trail calls them `item`, a list `url`."""
    return [
        {"@type": "ListItem", "position": place, "name": name, "item": settings.PUBLIC_URL + path}
        for place, (name, path) in enumerate(named, 1)
    ]
