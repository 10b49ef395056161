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
    """Render a message while it is kept; posting `why` reports it, which hides it."""
    found = _find_number(digits)
    shown = queries.one(Inbox(found.pk, found.e164), int(message_id)) if found else None
    if found is None or shown is None:
        return _render_missing(request, digits)
    context = {"number": card(found), "message": shown, "reasons": Report.Why.choices, "now": timezone.now()}
    if request.method != "POST":
        return render(request, "inbox/message_page.html", context)
    try:
        outcome = reports.report_message(
            found, shown["id"], _read_reason(request), visitor.of_request(request)
        )
    except reports.TooManyReports:
        return _too_many(request, card(found))
    except reports.NotShown:  # reported by someone else meanwhile
        outcome = reports.ReportResult(hidden=True)
    return render(
        request, "inbox/reported.html", {"number": card(found), "outcome": outcome, "what": "message"}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def number(request: HttpRequest, digits: str) -> HttpResponse:
    """Render or take a report of a whole number, for instance by whoever has the number now."""
    found = _find_number(digits)
    if found is None:
        return _render_missing(request, digits)
    context = {"number": card(found), "reasons": Report.Why.choices}
    if request.method != "POST":
        return render(request, "inbox/report_number.html", context)
    try:
        outcome = reports.report_number(found, _read_reason(request), visitor.of_request(request))
    except reports.TooManyReports:
        return _too_many(request, card(found))
    except reports.NotShown:
        outcome = reports.ReportResult(hidden=True)
    return render(
        request, "inbox/reported.html", {"number": card(found), "outcome": outcome, "what": "number"}
    )


def _find_number(digits: str) -> Number | None:
    return shown_numbers().filter(e164=f"+{digits}").first()


def _read_reason(request: HttpRequest) -> str:
    why = request.POST.get("why", "")
    return why if why in Report.Why.values else Report.Why.OTHER


def _render_missing(request: HttpRequest, digits: str) -> HttpResponse:
    return render(request, "inbox/no_message.html", {"digits": digits}, status=404)


def _too_many(request: HttpRequest, shown: Card) -> HttpResponse:
    return render(request, "inbox/too_many_reports.html", {"number": shown}, status=429)
