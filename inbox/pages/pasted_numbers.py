"""Redirects from numbers as people paste them: `/numbers/+44 7700 900142/`, or the same in a list's search field."""

import re
import unicodedata
from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox.pages import missing
from inbox.pages.cards import shown_numbers
from inbox.pages.number import polled
from inbox.text.phone_spellings import to_plain_digits
from numbers.models import Number

_BETWEEN = re.compile(r"\(0\)|[\s\-./()\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NUMBER = re.compile(r"(?:\+|00)?([0-9]{3,15})")

_WHOLE = 7  # digits, of which fewer are looked for within numbers


def digits_of(written: str) -> str:
    """Return the E.164 digits of a number as people write it, in any script; empty if it is not a number."""
    plain = unicodedata.normalize("NFKC", to_plain_digits(unquote(written[:100])))
    found = _NUMBER.fullmatch(_BETWEEN.sub("", plain))
    return found[1] if found else ""


@require_safe
@never_cache
def number(request: HttpRequest, written: str, rest: str | None = None) -> HttpResponse:
    """Redirect once to a public number; the answer for all others is the same, so that nothing can be learned."""
    digits = digits_of(written)
    if not digits:
        raise Http404
    if Number.objects.filter(e164=f"+{digits}", ever_public=True).exists():
        query = request.META["QUERY_STRING"]
        return redirect(f"/numbers/{digits}/{rest or ''}{'?' if query else ''}{query}")
    return polled(request, None) if rest == "poll/" else missing.unknown(request, digits)


def searched(request: HttpRequest) -> HttpResponseRedirect | None:
    """Return a redirect to the number that `q` names, if it is one and has a page."""
    digits = digits_of(request.GET.get("q", ""))
    if len(digits) >= _WHOLE and shown_numbers().filter(e164=f"+{digits}").exists():
        return HttpResponseRedirect(f"/numbers/{digits}/")
    return None
