"""Addresses of everything that Django serves; webhooks, capture and sockets are routed before it (asgi.py)."""

from django.contrib import admin
from django.urls import path, re_path

from inbox import pages
from tempsms import health

urlpatterns = [
    path("", pages.index, name="index"),
    re_path(r"^countries/(?P<iso2>[A-Za-z]{2})/$", pages.country, name="country"),
    re_path(r"^numbers/(?P<digits>\d{3,15})/$", pages.number, name="number"),
    re_path(r"^numbers/(?P<digits>\d{3,15})/poll/$", pages.poll, name="poll"),
    path("admin/", admin.site.urls),
    path("favicon.ico", pages.favicon),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
