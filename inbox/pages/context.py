"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """The page's one address, without what was asked of it, and the languages there are, each in its own name."""
    return {"canonical": settings.PUBLIC_URL + request.path, "languages": settings.LANGUAGES}
