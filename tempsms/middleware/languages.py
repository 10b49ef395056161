"""Which language a page is in: the visitor's choice (a cookie), or the first of the browser's that there is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import set_language


class Languages(LocaleMiddleware):
    """Django's own middleware, but operators' pages stay in English, and the cookie counts for caches."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language."""
        if request.path.startswith("/admin/"):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Name the language, and what it depends on, in the headers."""
        answer: HttpResponseBase = super().process_response(request, response)
        # Django names Accept-Language only, so a shared cache would give one visitor's chosen language to all
        patch_vary_headers(answer, ["Cookie"])
        return answer


@csrf_exempt  # a page with a token in it could be cached by nobody, and a language can be chosen back
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep `language` in a cookie and go to `next`, a page of ours."""
    answer: HttpResponse = set_language(request)
    return answer
