"""One message on a page of its own, and the forms by which anyone can report it, or a whole number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.models import Report
from inbox.moderation import reports
from inbox.pages.cards import Card, card, shown_numbers
from numbers.models import Number
from tempsms.lib import visitor


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def message(request: HttpRequest, digits: str, message_id: str) -> HttpResponse:
    """A message while it is kept; posting `why` reports it, and it is gone from public view."""
    found = _public(digits)
    shown = queries.one(Inbox(found.pk, found.e164), int(message_id)) if found else None
    if found is None or shown is None:
        return _missing(request, digits)
    context = {"number": card(found), "message": shown, "reasons": Report.Why.choices, "now": timezone.now()}
    if request.method != "POST":
        return render(request, "inbox/message_page.html", context)
    try:
        outcome = reports.report_message(found, shown["id"], _why(request), visitor.of_request(request))
    except reports.TooMany:
        return _too_many(request, card(found))
    except reports.Unknown:  # reported by someone else meanwhile
        outcome = reports.Outcome(hidden=True)
    return render(
        request, "inbox/reported.html", {"number": card(found), "outcome": outcome, "what": "message"}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def number(request: HttpRequest, digits: str) -> HttpResponse:
    """Ask for a number's page to be taken down, for instance by who has the number now."""
    found = _public(digits)
    if found is None:
        return _missing(request, digits)
    context = {"number": card(found), "reasons": Report.Why.choices}
    if request.method != "POST":
        return render(request, "inbox/report_number.html", context)
    try:
        outcome = reports.report_number(found, _why(request), visitor.of_request(request))
    except reports.TooMany:
        return _too_many(request, card(found))
    except reports.Unknown:
        outcome = reports.Outcome(hidden=True)
    return render(
        request, "inbox/reported.html", {"number": card(found), "outcome": outcome, "what": "number"}
    )


def _public(digits: str) -> Number | None:
    return shown_numbers().filter(e164=f"+{digits}").first()


def _why(request: HttpRequest) -> str:
    why = request.POST.get("why", "")
    return why if why in Report.Why.values else Report.Why.OTHER


def _missing(request: HttpRequest, digits: str) -> HttpResponse:
    return render(request, "inbox/no_message.html", {"digits": digits}, status=404)


def _too_many(request: HttpRequest, shown: Card) -> HttpResponse:
    return render(request, "inbox/too_many_reports.html", {"number": shown}, status=429)
