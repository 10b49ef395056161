"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """The page's one address, without what was asked of it."""
    return {"canonical": settings.PUBLIC_URL + request.path}
