"""What Django's DEBUG pages may show, and to whom: no password to anybody, nothing at all to other machines."""

import re
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from tempsms.lib import web_origin

_LOGIN = re.compile(r"(://)[^/@\s]*@")


class Filter(SafeExceptionReporterFilter):
    """Django's own, which knows settings by their names, and not the passwords inside of addresses."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        """The value without what must not be shown."""
        cleansed = super().cleanse_setting(key, value)
        return (
            _LOGIN.sub(rf"\1{self.cleansed_substitute}@", str(cleansed))
            if isinstance(cleansed, str)
            else cleansed
        )

    def is_active(self, request: HttpRequest | None) -> bool:
        """What is marked as sensitive is hidden with DEBUG too."""
        return True


class Reporter(ExceptionReporter):
    """Django's own report, for requests from this machine only, since variables of frames cannot be cleansed."""

    def get_traceback_html(self) -> SafeString:
        """The page."""
        return (
            super().get_traceback_html()
            if is_local(self.request)
            else mark_safe("<!doctype html>Server error")
        )

    def get_traceback_text(self) -> SafeString:
        """The same for programs."""
        return super().get_traceback_text() if is_local(self.request) else mark_safe("Server error")


def is_local(request: HttpRequest | None) -> bool:
    """Whether a request comes from this machine, and not through a proxy on it."""
    if request is None or "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    peer = request.META.get("REMOTE_ADDR", "")
    return web_origin.is_loopback(f"http://{web_origin.in_url(peer)}")
