"""Pages about the site for people, and what browsers, search engines and anti-fraud teams read."""

from datetime import datetime
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.db.models import Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi, gettext
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inbox.messages.views import rfc3339
from inbox.moderation import reports
from inbox.pages import theme
from inbox.pages.cards import past_numbers, shown_numbers
from inbox.templatetags.inbox import language_tag
from numbers.models import Number

PAGES = {"about": "About", "privacy": "Privacy", "abuse": "Abuse", "api": "API"}
_ICON_SIZES = (192, 512)
_FOR_AN_HOUR = cache_control(public=True, max_age=3600)


@require_safe
@_FOR_AN_HOUR
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Render one of `PAGES`."""
    context = {
        "kept_for": settings.MESSAGE_RETENTION,
        "code_life": settings.CODE_LIFE,
        "per_visitor": reports.PER_VISITOR,
        "public_url": settings.PUBLIC_URL,
        "contact": settings.CONTACT,
        "contact_link": settings.CONTACT if "://" in settings.CONTACT else f"mailto:{settings.CONTACT}",
    }
    return render(request, f"site/{name}.html", context)


@require_safe
@_FOR_AN_HOUR
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect from where browsers look for an icon when a page names none."""
    return redirect(static("favicon.svg"))


@require_safe
@_FOR_AN_HOUR
def robots(request: HttpRequest) -> HttpResponse:
    """Let robots read lists and pages about the site, but no single messages (RFC 9309)."""
    hidden = ["/admin/", *(f"/numbers/*/{part}/" for part in ("messages", "report", "poll"))]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in hidden)]
    return HttpResponse("\n".join([*lines, f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml", ""]), "text/plain")


@require_safe
@_FOR_AN_HOUR
def sitemap(request: HttpRequest) -> HttpResponse:
    """List every page worth finding: https://www.sitemaps.org/protocol.html."""
    numbers = list(shown_numbers())
    addresses: dict[str, datetime | None] = {reverse("index"): None}
    addresses |= {reverse("country", args=[number.country.lower()]): None for number in numbers}
    addresses |= {reverse("number", args=[number.digits]): number.last_message_at for number in numbers}
    addresses |= {reverse(name): None for name in ("past", "status", *PAGES)}
    answer = HttpResponse(content_type="application/xml; charset=utf-8")
    xml = SimplerXMLGenerator(answer, "utf-8")
    xml.startDocument()
    xml.startElement("urlset", AttributesImpl({"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}))
    for address, changed in addresses.items():
        xml.startElement("url", AttributesImpl({}))
        xml.addQuickElement("loc", settings.PUBLIC_URL + address)
        if changed:
            xml.addQuickElement("lastmod", rfc3339(changed))
        xml.endElement("url")
    xml.endElement("urlset")
    xml.endDocument()
    return answer


@require_safe
@_FOR_AN_HOUR
def manifest(request: HttpRequest) -> JsonResponse:
    """Make the site installable, in the visitor's language: https://www.w3.org/TR/appmanifest/."""
    chosen = theme.chosen(request)
    ground = theme.GROUND["light" if chosen == theme.SYSTEM else chosen]
    content: dict[str, Any] = {
        "id": "/",
        "name": f"tempsms: {gettext('Phone numbers that receive SMS')}",
        "short_name": "tempsms",
        "description": gettext("Phone numbers that receive SMS: send one a message and read it live."),
        "lang": language_tag(get_language() or "en"),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("index"),
        "scope": "/",
        "display": "standalone",
        "background_color": ground,
        "theme_color": ground,
        "icons": [
            {"src": static("favicon.svg"), "type": "image/svg+xml", "sizes": "any", "purpose": "any"},
            *(_describe_icon(size, "any", f"{size}") for size in _ICON_SIZES),
            *(_describe_icon(size, "maskable", f"maskable-{size}") for size in _ICON_SIZES),
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _describe_icon(size: int, purpose: str, name: str) -> dict[str, str]:
    source = static(f"icons/{name}.png")
    return {"src": source, "type": "image/png", "sizes": f"{size}x{size}", "purpose": purpose}


@require_safe
@_FOR_AN_HOUR
def public_numbers(request: HttpRequest) -> JsonResponse:
    """List current and past public numbers with their dates, for anti-fraud teams; only if the operator wants it.

    Times are RFC 3339 UTC; `until` is null while a number is shown, and where it is not known when it left its page.
    Numbers that were erased are left out.
    """
    if not settings.PUBLIC_NUMBERS_FEED:
        raise Http404
    numbers = [*_with_begin(shown_numbers()), *_with_begin(past_numbers())]
    found = [
        {
            "number": number.e164,
            "country": number.country,
            "from": rfc3339(number.begun or number.created_at),
            "until": rfc3339(ended_at) if (ended_at := getattr(number, "ended_at", None)) else None,
            "shown": not hasattr(number, "ended_at"),
        }
        for number in sorted(numbers, key=lambda number: number.e164)
    ]
    return JsonResponse({"numbers": found})


def _with_begin(numbers: QuerySet[Number]) -> QuerySet[Any]:
    return numbers.annotate(begun=Min("leases__leased_at"))
