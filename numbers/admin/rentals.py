"""Operators' view of rentals and the links to them: started, linked, extended, ended, revoked."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from numbers import links, rentals
from numbers.admin.common import ReadOnly, actor
from numbers.admin.fields import CountryField, bounded_duration
from numbers.models import Number, Rental, RentalLink, durations
from numbers.models.number import KindChoices
from numbers.models.rental import COOL_DOWN, RETENTION

_KEEP = "Have the number retire later, if it would retire before the rental ends"


class StartForm(forms.Form):
    """A number, or what kind of number; for whom, and how long."""

    number = forms.ModelChoiceField(
        Number.objects.none(), required=False, empty_label="any that is free", widget=UnfoldAdminSelectWidget
    )
    country = CountryField(none="whichever", required=False, help_text="Of any that is free")
    kind = forms.ChoiceField(
        choices=[("", "whichever"), *KindChoices.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Of any that is free",
    )
    holder = forms.CharField(max_length=80, widget=UnfoldAdminTextInputWidget, help_text="Who rents it")
    lasts = bounded_duration(durations.RENTAL, initial=timedelta(days=1), label="For how long")
    cool_down = bounded_duration(
        durations.COOL_DOWN,
        initial=COOL_DOWN,
        required=False,
        label="Cool-down",
        help_text="How long nobody rents it afterwards",
    )
    retention = bounded_duration(
        durations.RETENTION,
        initial=RETENTION,
        required=False,
        label="Messages are kept",
        help_text="Each from its arrival on",
    )
    code_life = bounded_duration(
        durations.CODE_LIFE, required=False, label="Codes are kept", help_text="Empty: as the number says"
    )
    keep = forms.BooleanField(required=False, label=_KEEP, widget=UnfoldBooleanWidget)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data and "hours" in data:  # as scripts sent it before there were units
            data = {**data.dict(), "lasts": f"{data['hours']} hours"}
        super().__init__(data, **kwargs)
        now = timezone.now()
        free = rentals.free(now, now).values("number")
        self.fields["number"].queryset = Number.objects.filter(pk__in=free)  # type: ignore[attr-defined]

    def start(self) -> Rental:
        """Start the rental; raises `rentals.Refused`."""
        given = self.cleaned_data
        kept = {name: given[name] for name in ("cool_down", "retention") if given[name] is not None}
        terms = rentals.Terms(given["holder"], given["lasts"], code_life=given["code_life"], **kept)
        if given["number"]:
            return rentals.start(given["number"], terms, keep=given["keep"])
        return rentals.start_any(given["country"], given["kind"], terms)


class ExtendForm(forms.Form):
    """Until when: a time, so that doing it twice extends once."""

    until = forms.DateTimeField(
        label="Until (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="Of all that were chosen; such as last longer already stay as they are",
    )
    keep = forms.BooleanField(required=False, label=_KEEP, widget=UnfoldBooleanWidget)


@admin.register(Rental)
class RentalAdmin(ReadOnly):
    """Private rentals."""

    list_display = ["number", "holder", "shown_state", "begins", "ends", "open_links"]
    list_select_related = ["number"]
    search_fields = ["number__e164", "holder"]
    ordering = ["-pk"]
    actions = ["make_links", "extend", "end"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rental]:
        """With how many links lead to each."""
        queryset: QuerySet[Rental] = super().get_queryset(request)
        return queryset.annotate(link_count=Count("links", filter=Q(links__revoked_at=None)))

    @display(description="state", label={"running": "success", "booked": "info", "cancelled": "warning"})
    def shown_state(self, rental: Rental) -> str:
        """Where it stands, as a coloured word."""
        now = timezone.now()
        if rental.cancelled:
            return "cancelled"
        if rental.during.lower > now:
            return "booked"
        return "running" if rental.during.upper > now else "over"

    @display(description="begins", ordering="during")
    def begins(self, rental: Rental) -> datetime:
        """From when messages belong to it."""
        begin: datetime = rental.during.lower
        return begin

    @display(description="ends")
    def ends(self, rental: Rental) -> datetime:
        """Until when."""
        end: datetime = rental.during.upper
        return end

    @display(description="links")
    def open_links(self, rental: Rental) -> int:
        """Links that were not revoked."""
        count: int = getattr(rental, "link_count", 0)
        return count

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who may add rentals starts them."""
        return bool(request.user.has_perm("numbers.add_rental"))

    def has_deed_permission(self, request: HttpRequest) -> bool:
        """Who may change rentals extends and ends them."""
        return bool(request.user.has_perm("numbers.change_rental"))

    def has_link_permission(self, request: HttpRequest) -> bool:
        """Who may add links makes them."""
        return bool(request.user.has_perm("numbers.add_rentallink"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Start a rental, and show the link to it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StartForm(request.POST or None)
        if form.is_valid():
            try:
                rental = form.start()
            except rentals.Refused as error:
                form.add_error(None, str(error))
            else:
                self.log_addition(request, rental, [{"added": {}}])
                if self.has_link_permission(request):
                    return self._linked(request, [rental])
                return redirect("admin:numbers_rental_changelist")
        return self._form(request, form, "Start a rental")

    @action(description="Make a link to each", permissions=["link"])
    def make_links(self, request: HttpRequest, queryset: QuerySet[Rental]) -> TemplateResponse:
        """Links that are shown once."""
        return self._linked(request, queryset)

    @action(description="Extend", permissions=["deed"])
    def extend(self, request: HttpRequest, queryset: QuerySet[Rental]) -> TemplateResponse | None:
        """Ask until when, and do it."""
        form = ExtendForm(request.POST if request.POST.get("confirmed") else None)
        if not form.is_valid():
            return self._form(request, form, "Extend these rentals", "extend", queryset)
        given = form.cleaned_data
        self._each(request, queryset, lambda rental: rentals.extend(rental, **given))
        return None

    @action(description="End now; cancel what has not begun", permissions=["deed"])
    def end(self, request: HttpRequest, queryset: QuerySet[Rental]) -> None:
        """End them, open pages included."""
        self._each(request, queryset, rentals.end)

    def _each(self, request: HttpRequest, chosen: Iterable[Rental], deed: Callable[[Rental], object]) -> None:
        """Do it to each of them; the refusals, in words."""
        done = 0
        for rental in chosen:
            try:
                deed(rental)
                done += 1
            except rentals.Refused as error:
                self.message_user(request, f"{rental}: {error}", messages.ERROR)
        self.message_user(request, f"{done} done", messages.SUCCESS)

    def _linked(self, request: HttpRequest, chosen: Iterable[Rental]) -> TemplateResponse:
        """A page with a new link to each. In no message: those lie in a cookie until they are read."""
        made: list[tuple[Rental, str]] = []

        def make(rental: Rental) -> None:
            _, address = links.make(rental, actor(request))
            made.append((rental, address))

        self._each(request, chosen, make)
        context = {
            **self.admin_site.each_context(request),
            "title": "Links",
            "opts": self.opts,
            "links": made,
        }
        return TemplateResponse(request, "admin/rental_links.html", context)

    def _form(
        self,
        request: HttpRequest,
        form: forms.Form,
        title: str,
        action: str = "",
        chosen: Iterable[Rental] = (),
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "action": action,
            "chosen": chosen,
        }
        return TemplateResponse(request, "admin/rental_form.html", context)


@admin.register(RentalLink)
class RentalLinkAdmin(ReadOnly):
    """Links to rentals; their tokens are known to nobody any more."""

    list_display = ["rental", "made_by", "created_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["rental__number"]
    search_fields = ["rental__number__e164", "rental__holder"]
    ordering = ["-pk"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may change links."""
        return bool(request.user.has_perm("numbers.change_rentallink"))

    @action(description="Revoke: they lead nowhere from now on", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[RentalLink]) -> None:
        """Revoke them, and close what they have open."""
        done = sum(links.revoke(link) for link in queryset)
        self.message_user(request, f"{done} revoked", messages.SUCCESS)
