"""Atom feeds (RFC 4287) of numbers: which are new, which are retired.

No message is ever in one: a feed's readers keep what they have fetched, and messages are here to be forgotten.
"""

from datetime import datetime
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from inbox.pages import countries
from inbox.pages.cards import Card, card, past_numbers, shown_numbers
from inbox.templatetags.inbox import language_tag

ENTRIES = 50


@require_safe
@conditional_page
@cache_control(public=True, max_age=300)
def everywhere(request: HttpRequest) -> HttpResponse:
    """Serve a feed of all countries."""
    return _render_feed(request, gettext("Phone numbers that receive SMS"), reverse("index"), Q())


@require_safe
@conditional_page
@cache_control(public=True, max_age=300)
def country(request: HttpRequest, iso2: str) -> HttpResponse:
    """Serve a feed of one country."""
    found = countries.country(iso2.upper(), get_language() or "en")
    if not found.known:
        raise Http404
    return _render_feed(request, found.name, reverse("country", args=[found.slug]), Q(country=found.iso2))


def _render_feed(request: HttpRequest, title: str, path: str, where: Q) -> HttpResponse:
    feed = Atom1Feed(
        title=f"{title} · tempsms",
        link=settings.PUBLIC_URL + path,
        description="",
        subtitle=gettext("New and retired numbers"),
        language=language_tag(get_language() or "en"),
        feed_url=settings.PUBLIC_URL + request.path,
    )
    live = shown_numbers().filter(where).order_by(F("leases__leased_at").desc(nulls_last=True), "e164")
    past = past_numbers().filter(where)
    entries = [_describe_new(card(number)) for number in live[:ENTRIES]]
    entries += [_describe_retired(number) for number in map(card, past[:ENTRIES]) if number["ended_at"]]
    # The newest of both kinds together: fetched separately, each list alone may fill the feed
    for entry in sorted(entries, key=itemgetter("pubdate"), reverse=True)[:ENTRIES]:
        feed.add_item(**entry)
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _describe_new(number: Card) -> dict[str, Any]:
    title = gettext("New: %(number)s, %(country)s")
    return _make_entry(number, title, number["since"], "new", number["kind_words"])


def _describe_retired(number: Card) -> dict[str, Any]:
    title = gettext("Retired: %(number)s, %(country)s")
    advice = gettext("Someone else may have it now, so remove it from every account where you used it.")
    return _make_entry(number, title, number["ended_at"], "retired", advice)


def _make_entry(number: Card, title: str, at: datetime, what: str, description: str) -> dict[str, Any]:
    """Make an entry; its id includes the time, as a number may come back."""
    link = settings.PUBLIC_URL + reverse("number", args=[number["digits"]])
    return {
        "title": title % {"number": number["international"], "country": number["country"].name},
        "link": link,
        "description": description,
        "pubdate": at,
        "updateddate": at,
        "unique_id": f"{link}#{what}-{at:%Y%m%dT%H%M%SZ}",
        "categories": [number["country"].iso2, number["kind"], what],
    }
