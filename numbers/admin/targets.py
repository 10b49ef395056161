"""Operators' view of what the pool is to hold: what it costs, what it holds, and why it holds less."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from numbers import countries, forecast, health, pool
from numbers.admin.common import ask_first
from numbers.admin.fields import DURATIONS, CountryField
from numbers.carriers.base import CAPABILITIES
from numbers.models import Lease, PoolTarget
from tempsms.lib.durations import in_words


class AgreementField(forms.MultipleChoiceField):
    """A box to tick whose words are known only once the rest of the form is: the form checks what was ticked."""

    def valid_value(self, value: str) -> bool:
        """Anything so far."""
        return True


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A target with choices where there are any, and a question where numbers are replaced early."""

    country = CountryField(none="choose a country", help_text=PoolTarget._meta.get_field("country").help_text)
    currency = forms.ChoiceField(
        choices=countries.currencies,
        initial="USD",
        widget=UnfoldAdminSelectWidget,
        help_text=PoolTarget._meta.get_field("currency").help_text,
    )
    capabilities = forms.MultipleChoiceField(
        choices=[(name, name.upper() if name in ("sms", "mms") else name.title()) for name in CAPABILITIES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=["sms"],
        help_text="What each number must be able to do",
    )
    agree = AgreementField(
        required=False,
        label="Cost of replacing early",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Asked when numbers are replaced within the month that is paid for them",
    )

    class Meta:
        model = PoolTarget
        fields = [
            "country",
            "kind",
            "capabilities",
            "account",
            "count",
            "rotate_after",
            "quarantine_for",
            "max_monthly_cost",
            "max_setup_cost",
            "currency",
            "monthly_ceiling",
            "public",
            "enabled",
        ]

    def _post_clean(self) -> None:
        """Ask once more, with the cost, where numbers would be replaced early; the target has its new values here."""
        super()._post_clean()  # type: ignore[misc]  # Django's own hook
        if not self.errors and self.instance.enabled and forecast.rotates_early(self.instance):
            # What is agreed to are the target's own terms: prices and carriers' errors may differ the next moment
            terms = forecast.early_terms(self.instance)
            self.fields["agree"].choices = [(terms, "Yes, at this cost")]  # type: ignore[attr-defined]
            if terms not in self.cleaned_data.get("agree", []):
                words = forecast.early_cost(self.instance)
                self.add_error(
                    "agree", f"{words[0].upper()}{words[1:]}. Tick the box and save again to have it so."
                )


@admin.register(PoolTarget)
class PoolTargetAdmin(ModelAdmin):  # type: ignore[misc]
    """What the pool is to hold."""

    form = TargetForm
    formfield_overrides = DURATIONS
    list_display = [
        "country",
        "kind",
        "held",
        "rotation",
        "monthly_cost",
        "monthly_ceiling",
        "currency",
        "public",
        "enabled",
        "why",
    ]
    list_filter = ["enabled", "country", "kind"]
    readonly_fields = ["why"]
    actions = ["order_now"]

    def get_fields(self, request: HttpRequest, obj: PoolTarget | None = None) -> list[str]:
        """What it lacks first, then its form; the question stands below what is asked about."""
        names = [*TargetForm.Meta.fields]
        names.insert(names.index("rotate_after") + 1, "agree")
        return ["why", *names] if obj else names

    def save_model(self, request: HttpRequest, obj: PoolTarget, form: Any, change: bool) -> None:
        """Save it, and say what it will cost."""
        super().save_model(request, obj, form, change)
        told = forecast.of(obj)
        level = messages.WARNING if told.monthly is None else messages.INFO
        self.message_user(request, f"{obj}: {told}{'' if obj.enabled else ' (once enabled)'}", level)

    def has_order_permission(self, request: HttpRequest) -> bool:
        """Who may change targets may have them filled."""
        return request.user.has_perm("numbers.change_pooltarget")

    @action(description="Order what is missing now", permissions=["order"])
    def order_now(self, request: HttpRequest, queryset: QuerySet[PoolTarget]) -> TemplateResponse | None:
        """Show the offers and their cost, and order them once confirmed."""
        chosen = queryset.filter(enabled=True)
        if not request.POST.get("confirmed"):
            notes = [f"{target}: it is disabled" for target in queryset.filter(enabled=False)]
            lines = [line for target in chosen for line in _offered(target, notes)]
            return ask_first(request, self, "order_now", "Lease these numbers?", lines, notes)
        for target in chosen:
            ordered = pool.fill_one(target.pk)
            target.refresh_from_db()
            level = messages.WARNING if target.trouble else messages.SUCCESS
            self.message_user(request, f"{target}: {ordered} ordered. {target.trouble}".strip(), level)
        return None

    @display(description="held")
    def held(self, target: PoolTarget) -> str:
        """Leases that count towards it, of how many; and those that are not in use yet."""
        states = list(target.leases.filter(state__in=pool.HOLDING).values_list("state", flat=True))
        waiting = sum(state != Lease.State.ACTIVE for state in states)
        return f"{len(states)} of {target.count}" + (f", {waiting} under way" if waiting else "")

    @display(description="rotate after", ordering="rotate_after")
    def rotation(self, target: PoolTarget) -> str:
        """With its unit."""
        return in_words(target.rotate_after)

    @display(description="a month")
    def monthly_cost(self, target: PoolTarget) -> str:
        """What it costs, as far as numbers that we have tell it."""
        known = forecast.of(target, ask=False).monthly
        return "unknown" if known is None else f"about {known:.2f}"

    @display(description="why it holds less than it should")
    def why(self, target: PoolTarget) -> str:
        """The reasons that were found when it was last to be filled."""
        if not target.enabled:
            return "disabled: nothing is ordered"
        lacking = pool.missing(target)
        return target.trouble or (pool.UNASKED if lacking > 0 else "")


def _offered(target: PoolTarget, notes: list[str]) -> Iterator[tuple[str, Decimal, str]]:
    """What would be leased for a target, with what is known of such numbers there; notes say why it is not more."""
    record = cache(health.record)
    wanted, reasons = pool.wanted(target)
    notes += [f"{target}: {reason}" for reason in reasons]
    for account, offer in wanted:
        named = offer.e164 or f"a {offer.kind} number in {offer.country} of the carrier's choice"
        seen = record(account.carrier, offer.country, offer.kind)
        yield f"{named} at {account}, set-up {offer.setup_cost}; {seen}", offer.monthly_cost, offer.currency
