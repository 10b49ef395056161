"""Addresses of everything that Django serves; webhooks, sockets and the like are routed before it (asgi.py)."""

from django.contrib import admin
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from inbox.api import docs as api_docs
from inbox.pages import feeds, lists, number, pasted_numbers, rental, reports, site, status, theme
from inbox.pages.sandbox import urls as sandbox
from tempsms import second_factor
from tempsms.middleware import languages

second_factor.hide_devices()

urlpatterns = [
    path("", lists.index, name="index"),
    re_path(r"^countries/(?P<iso2>[A-Za-z]{2})/$", lists.country, name="country"),
    re_path(r"^countries/(?P<iso2>[A-Za-z]{2})/feed/$", feeds.country, name="country-feed"),
    path("status/", status.status, name="status"),
    path("numbers/past/", lists.past, name="past"),
    path("numbers/feed/", feeds.everywhere, name="feed"),
    re_path(r"^numbers/(?P<digits>[1-9][0-9]{2,14})/$", number.number, name="number"),
    re_path(r"^numbers/(?P<digits>[1-9][0-9]{2,14})/poll/$", number.poll, name="poll"),
    re_path(r"^numbers/(?P<digits>[1-9][0-9]{2,14})/report/$", reports.number, name="report-number"),
    re_path(
        r"^numbers/(?P<digits>[1-9][0-9]{2,14})/messages/(?P<message_id>\d{1,18})/$",
        reports.message,
        name="message",
    ),
    re_path(
        r"^numbers/(?P<written>(?:%2[Bb]|[^/A-Za-z]){3,100})"
        r"(?:/(?P<rest>poll/|report/|messages/[0-9]{1,18}/)?)?$",
        pasted_numbers.number,
    ),
    re_path(r"^r/(?P<token>[^/]+)/$", rental.inbox, name="rental"),
    re_path(r"^r/(?P<token>[^/]+)/poll/$", rental.poll),
    re_path(r"^r/(?P<token>[^/]+)/messages/(?P<message_id>\d{1,18})/$", rental.message),
    re_path(r"^r/(?:[^/]+/.*)?$", rental.nowhere),
    *sandbox.PATHS,
    path("api/v1/docs", api_docs.page, name="api-docs"),
    path("o/token/", csrf_exempt(TokenView.as_view()), name="token"),
    path("language/", languages.choose, name="language"),
    path("theme/", theme.choose, name="theme"),
    path("admin/second-factor/", admin.site.admin_view(second_factor.view), name="second-factor"),
    path("admin/", admin.site.urls),
    *(path(f"{name}/", site.page, {"name": name}, name=name) for name in site.PAGES),
    path("favicon.ico", site.favicon),
    path("robots.txt", site.robots),
    path("sitemap.xml", site.sitemap),
    path("manifest.webmanifest", site.manifest, name="manifest"),
    path(".well-known/public-numbers.json", site.public_numbers, name="public-numbers"),
]
