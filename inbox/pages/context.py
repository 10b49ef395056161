"""Context of every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from inbox.pages import theme
from numbers import rental_links
from tempsms.lib import web_origin


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the page's canonical address, without parameters; its language, in its own name; the colours.

    The sandbox is for whoever works on this machine: where nobody else can be served, pages lead to it.

    A rental's page has no such address: its own is known to its holder only.
    """
    chosen = theme.chosen(request)
    return {
        "canonical": ""
        if request.path.startswith(rental_links.PREFIX)
        else settings.PUBLIC_URL + request.path,
        "language_name": dict(settings.LANGUAGES).get(get_language() or "", ""),
        "leads_to_sandbox": web_origin.is_loopback(settings.PUBLIC_URL),
        "theme": chosen,
        "following_theme": theme.following(chosen),
        "grounds": theme.grounds(chosen),
    }
