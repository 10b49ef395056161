"""Light or dark: the visitor's choice is a cookie that the server reads, so that a page is right when it is painted."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

GROUND = {"light": "#f5f6f8", "dark": "#10151b"}
"""The choices, each with its background for the browser's own bars: `--ground` in static/css/variables.css."""

SYSTEM = "system"
_ORDER = [SYSTEM, *GROUND]
_YEAR = 365 * 24 * 3600


def chosen(request: HttpRequest) -> str:
    """Return `light`, `dark`, or `system` if nothing was chosen."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in GROUND else SYSTEM


def following(theme: str) -> str:
    """Return the theme to which the switch leads."""
    return _ORDER[(_ORDER.index(theme) + 1) % len(_ORDER)]


def grounds(theme: str) -> list[tuple[str, str, str]]:
    """Return each scheme with its background and the media query under which it applies."""
    when = {scheme: f"(prefers-color-scheme: {scheme})" for scheme in GROUND}
    if theme != SYSTEM:
        when = {scheme: "all" if scheme == theme else "not all" for scheme in GROUND}
    return [(scheme, ground, when[scheme]) for scheme, ground in GROUND.items()]


@csrf_exempt  # a page with a token could not be cached, and a changed colour does no harm
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Store `theme` in a cookie, or delete it for `system`, and redirect to `next`, a page of ours."""
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(address if ours else reverse("index"))
    theme = request.POST.get("theme", "")
    if theme in GROUND:
        answer.set_cookie(
            "theme", theme, max_age=_YEAR, secure=settings.SECURE, httponly=True, samesite="Lax"
        )
    elif theme == SYSTEM:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
