"""Admin pages of rentals and their links: start, extend and end rentals, create and revoke links."""

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
from django.utils import formats, timezone
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from numbers import rental_links, rentals
from numbers.admin.fields import CountryField, bounded_duration
from numbers.models import Number, Rental, RentalLink, durations
from numbers.models.number import KindChoices
from numbers.models.rental import COOL_DOWN, RETENTION, RentalQuerySet, RentalState
from tempsms.lib.admin import ReadOnly, actor
from tempsms.lib.durations import in_words

_STATE_COLOURS = {
    RentalState.RUNNING: "success",
    RentalState.BOOKED: "info",
    RentalState.CANCELLED: "warning",
}
_KEEP = "Keep the number until the rental ends"
_KEEP_HELP = "Postpones the number's retirement if it would otherwise retire before the rental ends"


class StartForm(forms.Form):
    """The number, or its country and kind; the customer; and the durations."""

    number = forms.ModelChoiceField(
        Number.objects.none(), required=False, empty_label="Any free number", widget=UnfoldAdminSelectWidget
    )
    country = CountryField(none="Any", required=False, help_text="Only if no number is chosen above")
    kind = forms.ChoiceField(
        choices=[("", "Any"), *KindChoices.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Only if no number is chosen above",
    )
    holder = forms.CharField(max_length=80, widget=UnfoldAdminTextInputWidget, label="Customer")
    lasts = bounded_duration(durations.RENTAL, initial=timedelta(days=1), label="Duration")
    cool_down = bounded_duration(
        durations.COOL_DOWN,
        initial=COOL_DOWN,
        required=False,
        label="Cool-down",
        help_text="Time after the rental in which the number cannot be rented",
    )
    retention = bounded_duration(
        durations.RETENTION,
        initial=RETENTION,
        required=False,
        label="Keep messages for",
        help_text="Counted from each message's arrival",
    )
    code_life = bounded_duration(
        durations.CODE_LIFE,
        required=False,
        label="Keep codes for",
        help_text="Leave empty to use the number's setting",
    )
    keep = forms.BooleanField(required=False, label=_KEEP, help_text=_KEEP_HELP, widget=UnfoldBooleanWidget)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data and "hours" in data:  # older scripts send hours without a unit
            data = {**data.dict(), "lasts": f"{data['hours']} hours"}
        super().__init__(data, **kwargs)
        now = timezone.now()
        free = rentals.free(now, now).values("number")
        self.fields["number"].queryset = Number.objects.filter(pk__in=free)  # type: ignore[attr-defined]

    def start(self) -> Rental:
        """Start the rental; raises `rentals.RentalRefused`."""
        given = self.cleaned_data
        kept = {name: given[name] for name in ("cool_down", "retention") if given[name] is not None}
        terms = rentals.Terms(given["holder"], given["lasts"], code_life=given["code_life"], **kept)
        if given["number"]:
            return rentals.start(given["number"], terms, keep=given["keep"])
        return rentals.start_any(given["country"], given["kind"], terms)


class ExtendForm(forms.Form):
    """The new end: a time, not a duration, so that submitting the form twice extends only once."""

    until = forms.DateTimeField(
        label="New end (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="Applies to all selected rentals; those that already end later do not change",
    )
    keep = forms.BooleanField(required=False, label=_KEEP, help_text=_KEEP_HELP, widget=UnfoldBooleanWidget)


@admin.register(Rental)
class RentalAdmin(ReadOnly):
    """Private rentals."""

    list_display = ["number", "holder", "shown_state", "begins", "ends", "open_links"]
    fields = [
        "number",
        "holder",
        "shown_state",
        "begins",
        "ends",
        "free_again",
        "messages_kept",
        "codes_kept",
        "open_links",
    ]
    readonly_fields = fields
    list_select_related = ["number"]
    search_fields = ["number__e164", "holder"]
    ordering = ["-pk"]
    actions = ["make_links", "extend", "end"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rental]:
        """Rentals, each with its state and number of links."""
        found: RentalQuerySet = super().get_queryset(request)
        queryset: QuerySet[Rental] = found.with_state()
        return queryset.annotate(link_count=Count("links", filter=Q(links__revoked_at=None)))

    @display(description="state", label=_STATE_COLOURS)
    def shown_state(self, rental: Rental) -> str:
        """The state as a coloured label."""
        return str(getattr(rental, "state", ""))

    @display(description="begins", ordering="during")
    def begins(self, rental: Rental) -> str:
        """When the rental begins."""
        return _write_time(rental.during.lower)

    @display(description="ends")
    def ends(self, rental: Rental) -> str:
        """When the rental ends."""
        return _write_time(rental.during.upper)

    @display(description="number free again")
    def free_again(self, rental: Rental) -> str:
        """When the number can be rented again."""
        return _write_time(rental.held.upper)

    @display(description="keep messages for")
    def messages_kept(self, rental: Rental) -> str:
        """How long each message is kept, with the unit."""
        return in_words(rental.retention)

    @display(description="keep codes for")
    def codes_kept(self, rental: Rental) -> str:
        """How long each code is kept, with the unit."""
        return in_words(rental.code_life) if rental.code_life else "as the number's setting says"

    @display(description="links")
    def open_links(self, rental: Rental) -> int:
        """How many links are not revoked."""
        count: int = getattr(rental, "link_count", 0)
        return count

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may start rentals."""
        return bool(request.user.has_perm("numbers.add_rental"))

    def has_edit_permission(self, request: HttpRequest) -> bool:
        """Whether the user may extend and end rentals."""
        return bool(request.user.has_perm("numbers.change_rental"))

    def has_link_permission(self, request: HttpRequest) -> bool:
        """Whether the user may create links."""
        return bool(request.user.has_perm("numbers.add_rentallink"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Start a rental and show the link to it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StartForm(request.POST or None)
        if form.is_valid():
            try:
                rental = form.start()
            except rentals.RentalRefused as error:
                form.add_error(None, str(error))
            else:
                self.log_addition(request, rental, [{"added": {}}])
                if self.has_link_permission(request):
                    return self._show_links(request, [rental])
                return redirect("admin:numbers_rental_changelist")
        return self._show_form(request, form, "Start a rental")

    @action(description="Create a link to each", permissions=["link"])
    def make_links(self, request: HttpRequest, queryset: QuerySet[Rental]) -> TemplateResponse:
        """Create links and show them once."""
        return self._show_links(request, queryset)

    @action(description="Extend", permissions=["edit"])
    def extend(self, request: HttpRequest, queryset: QuerySet[Rental]) -> TemplateResponse | None:
        """Ask for the new end, then extend the rentals."""
        form = ExtendForm(request.POST if request.POST.get("confirmed") else None)
        if not form.is_valid():
            return self._show_form(request, form, "Extend these rentals", "extend", queryset)
        given = form.cleaned_data
        self._apply_to_each(request, queryset, lambda rental: rentals.extend(rental, **given))
        return None

    @action(description="End now (cancel those that have not begun)", permissions=["edit"])
    def end(self, request: HttpRequest, queryset: QuerySet[Rental]) -> None:
        """End the rentals and close their open pages."""
        self._apply_to_each(request, queryset, rentals.end)

    def _apply_to_each(
        self, request: HttpRequest, chosen: Iterable[Rental], act: Callable[[Rental], object]
    ) -> None:
        """Apply an action to each rental; show how many succeeded, and why others did not."""
        done = 0
        for rental in chosen:
            try:
                act(rental)
                done += 1
            except rentals.RentalRefused as error:
                self.message_user(request, f"{rental}: {error}", messages.ERROR)
        self.message_user(request, f"{done} done", messages.SUCCESS)

    def _show_links(self, request: HttpRequest, chosen: Iterable[Rental]) -> TemplateResponse:
        """A page with a new link to each; not a message, since those wait in a cookie until they are shown."""
        made: list[tuple[Rental, str]] = []

        def make(rental: Rental) -> None:
            _, address = rental_links.make(rental, actor(request))
            made.append((rental, address))

        self._apply_to_each(request, chosen, make)
        context = {
            **self.admin_site.each_context(request),
            "title": "Links",
            "opts": self.opts,
            "links": made,
        }
        return TemplateResponse(request, "admin/rental_links.html", context)

    def _show_form(
        self,
        request: HttpRequest,
        form: forms.Form,
        title: str,
        action: str = "",
        chosen: Iterable[Rental] = (),
    ) -> TemplateResponse:
        """The page with a form."""
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
    """Links to rentals; their tokens cannot be recovered."""

    list_display = ["rental", "made_by", "created_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["rental__number"]
    search_fields = ["rental__number__e164", "rental__holder"]
    ordering = ["-pk"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change links."""
        return bool(request.user.has_perm("numbers.change_rentallink"))

    @action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[RentalLink]) -> None:
        """Revoke the links and close the pages opened through them."""
        done = sum(rental_links.revoke(link) for link in queryset)
        self.message_user(request, f"{done} revoked", messages.SUCCESS)


def _write_time(moment: datetime) -> str:
    """A time as the admin's lists show it; on a row's own page Django leaves what a method returns as it is."""
    return str(formats.localize(timezone.localtime(moment)))
