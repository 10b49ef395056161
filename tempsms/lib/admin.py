"""What the admin pages of every app share: read-only rows, search for phone numbers, and who acts."""

import re
import unicodedata
from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

_SEPARATORS = re.compile(r"[\s+()./\-\u2010-\u2015\u200e\u200f]")


class NumberSearch:
    """Finds phone numbers however they are typed: with or without a plus, spaces, or a leading 00 or 0."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """The rows that match the search term, or only its digits if it looks like a phone number."""
        found: Any = super().get_search_results(  # type: ignore[misc]
            request, queryset, digits_of(search_term) or search_term
        )
        return found


def digits_of(text: str) -> str:
    """The digits of what looks like a phone number, without leading zeros; otherwise an empty string."""
    written = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if len(written) < 3 or not written.isdecimal():
        return ""
    return "".join(str(int(digit)) for digit in written).lstrip("0")


class ReadOnly(NumberSearch, ModelAdmin):  # type: ignore[misc]
    """Rows that only the application writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are never added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never deleted by hand."""
        return False


def actor(request: HttpRequest) -> str:
    """The name under which an operator's action is recorded in the timeline."""
    return request.user.get_username()[:40]
