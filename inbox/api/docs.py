"""`/api/v1/docs`: the API's documentation for browsers. Swagger UI comes from the package `django-ninja`.

Nothing is loaded from other sites. Only the files that the page needs become static files, under `api-docs/`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ninja
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from inbox.api.problems import ROOT

PREFIX = "api-docs"
FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui.css.map")
_FOLDER = Path(ninja.__file__).parent / "static" / "ninja"


class SwaggerFinder(BaseFinder):
    """Lets Django's static files find the files of Swagger UI, and no others of the package."""

    def __init__(self) -> None:
        self.storage = FileSystemStorage(location=_FOLDER)
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the file of a static path, or a list where all places are asked for."""
        folder, _, name = path.partition("/")
        if folder != PREFIX or name not in FILES:
            return []
        return [str(_FOLDER / name)] if find_all else str(_FOLDER / name)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """List the files."""
        for name in FILES:
            yield name, self.storage


@require_safe
@cache_control(public=True, max_age=3600)
@csp_replace(
    {
        # Swagger UI sets styles on elements, and writes HTML
        "style-src": [SELF, UNSAFE_INLINE],
        "require-trusted-types-for": None,
        "trusted-types": None,
    }
)
def page(request: HttpRequest) -> HttpResponse:
    """Render the documentation."""
    return render(request, "site/api_docs.html", {"document": f"{ROOT}openapi.json"})
