"""The pages of a private rental, for whoever has a link to it: `/r/<token>/`.

What is wrong with a token is not revealed: unknown, revoked and malformed ones get the same answer as an address that
does not exist. `tempsms.middleware.private_pages` sees that no token leaves with an answer.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.pages import measures
from inbox.pages.cards import card
from inbox.pages.number import contents, polled
from inbox.pages.status import LOOKED_BACK
from numbers import rental_links
from numbers.models import Lease, Rental
from numbers.models.rental import RentalState


@require_safe
def inbox(request: HttpRequest, token: str) -> HttpResponse:
    """Render the inbox of a rental while it lasts; before and afterwards its times."""
    link = rental_links.find(token)
    if link is None:
        return nowhere(request)
    if (lease := _find_lease(link.rental)) is None:
        return _render_closed(request, link.rental)
    rental = link.rental
    number = rental.number
    context = {
        **contents(request, _inbox_of(rental)),
        "rental": rental,
        "number": card(number, lease),
        "lease": lease,
        "usual": measures.of_number(number.pk, LOOKED_BACK).median,
        "kept_for": rental.retention,
        "code_life": rental.code_life or number.code_life or settings.CODE_LIFE,
    }
    return render(request, "inbox/number.html", context)


@require_safe
def poll(request: HttpRequest, token: str) -> JsonResponse:
    """Return what arrived in a rental after an id."""
    link = rental_links.find(token)
    return polled(request, _inbox_of(link.rental) if link and _find_lease(link.rental) else None)


@require_safe
def message(request: HttpRequest, token: str, message_id: str) -> HttpResponse:
    """Render one message of a rental."""
    link = rental_links.find(token)
    if link is None:
        return nowhere(request)
    rental = link.rental
    if _find_lease(rental) is None:
        return _render_closed(request, rental)
    shown = queries.one(_inbox_of(rental), int(message_id))
    context = {"rental": rental, "number": card(rental.number), "message": shown, "now": timezone.now()}
    context["private"] = True
    if shown is None:
        return render(request, "inbox/rental_no_message.html", context, status=404)
    return render(request, "inbox/rental_message.html", context)


def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer 404 to every other address here."""
    return render(request, "404.html", status=404)


def _inbox_of(rental: Rental) -> Inbox:
    return Inbox(rental.number_id, rental.number.e164, rental.pk)


def _find_lease(rental: Rental) -> Lease | None:
    """Return the lease of a rental that lasts by the database's clock, as its messages do."""
    running = Rental.objects.running().filter(pk=rental.pk)
    return Lease.objects.shown().filter(number__rentals__in=running).first()


def _render_closed(request: HttpRequest, rental: Rental) -> HttpResponse:
    """Render when the rental begins, or that it is over."""
    state = Rental.objects.with_state().values_list("state", flat=True).get(pk=rental.pk)
    booked = state == RentalState.BOOKED
    number = None if rental.number.erased_key else card(rental.number)
    context = {"rental": rental, "number": number, "state": state}
    return render(request, "inbox/rental_closed.html", context, status=200 if booked else 410)
