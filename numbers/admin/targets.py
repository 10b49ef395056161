"""Admin pages of pool targets: what each should hold, what it holds and costs, and why it holds less."""

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
from numbers.admin.common import Question, ask_first
from numbers.admin.fields import DURATIONS, CountryField
from numbers.carriers.leasing import CAPABILITIES
from numbers.models import Lease, PoolTarget
from tempsms.lib.durations import in_words

_ORDER = Question(
    "order_now",
    "Lease these numbers?",
    "Lease",
    "There is nothing to lease for the selected targets.",
    spends=True,
)


class AgreementField(forms.MultipleChoiceField):
    """A checkbox whose label depends on the rest of the form, which therefore checks what was ticked."""

    def valid_value(self, value: str) -> bool:
        """Accept any value for now."""
        return True


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A pool target; asks for confirmation when numbers are replaced within a paid month."""

    country = CountryField(none="Choose a country", help_text=PoolTarget._meta.get_field("country").help_text)
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
        help_text="What each number must support",
    )
    agree = AgreementField(
        required=False,
        label="Cost of early replacement",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Required when numbers are replaced before the month paid for them is over",
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
        """Ask for confirmation, with the cost, if numbers would be replaced early; the instance has its new values."""
        # Here, not in `clean`: only Django's `_post_clean` puts the new values into the instance
        super()._post_clean()  # type: ignore[misc]  # Django's own hook
        if not self.errors and self.instance.enabled and forecast.rotates_early(self.instance):
            # The agreement covers the target's own terms: prices and carriers' errors may change at any moment
            terms = forecast.early_terms(self.instance)
            self.fields["agree"].choices = [(terms, "Accept this cost")]  # type: ignore[attr-defined]
            if terms not in self.cleaned_data.get("agree", []):
                text = forecast.early_cost(self.instance)
                self.add_error(
                    "agree", f"{text[0].upper()}{text[1:]}. To accept, tick the box and save again."
                )


@admin.register(PoolTarget)
class PoolTargetAdmin(ModelAdmin):  # type: ignore[misc]
    """Pool targets."""

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
        """The reasons for what it lacks, then the form; the confirmation follows the field that causes it."""
        names = [*TargetForm.Meta.fields]
        names.insert(names.index("rotate_after") + 1, "agree")
        return ["why", *names] if obj else names

    def save_model(self, request: HttpRequest, obj: PoolTarget, form: Any, change: bool) -> None:
        """Save the target and show what it will cost."""
        super().save_model(request, obj, form, change)
        expected = forecast.of(obj)
        level = messages.WARNING if expected.monthly is None else messages.INFO
        self.message_user(request, f"{obj}: {expected}{'' if obj.enabled else ' (once enabled)'}", level)

    def has_order_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change targets."""
        return request.user.has_perm("numbers.change_pooltarget")

    @action(description="Order missing numbers now", permissions=["order"])
    def order_now(self, request: HttpRequest, queryset: QuerySet[PoolTarget]) -> TemplateResponse | None:
        """Show the offers and their cost; order them once confirmed."""
        chosen = queryset.filter(enabled=True)
        if not request.POST.get("confirmed"):
            notes = [f"{target}: disabled" for target in queryset.filter(enabled=False)]
            lines = [line for target in chosen for line in _list_offers(target, notes)]
            return ask_first(request, self, _ORDER, lines, notes)
        for target in chosen:
            ordered = pool.fill_one(target.pk)
            target.refresh_from_db()
            level = messages.WARNING if target.problem else messages.SUCCESS
            self.message_user(request, f"{target}: {ordered} ordered. {target.problem}".strip(), level)
        return None

    @display(description="held")
    def held(self, target: PoolTarget) -> str:
        """How many leases count towards it, of how many wanted, and how many of them are not active yet."""
        states = list(target.leases.filter(state__in=pool.HOLDING).values_list("state", flat=True))
        waiting = sum(state != Lease.State.ACTIVE for state in states)
        return f"{len(states)} of {target.count}" + (f", {waiting} in progress" if waiting else "")

    @display(description="replace after", ordering="rotate_after")
    def rotation(self, target: PoolTarget) -> str:
        """The time after which each number is replaced, with its unit."""
        return in_words(target.rotate_after)

    @display(description="monthly cost")
    def monthly_cost(self, target: PoolTarget) -> str:
        """What it costs per month, judged by the numbers that we already have."""
        known = forecast.of(target, ask=False).monthly
        return "unknown" if known is None else f"about {known:.2f}"

    @display(description="why numbers are missing")
    def why(self, target: PoolTarget) -> str:
        """The reasons found when it was last filled."""
        if not target.enabled:
            return "disabled: nothing is ordered"
        lacking = pool.missing(target)
        return target.problem or (pool.UNASKED if lacking > 0 else "")


def _list_offers(target: PoolTarget, notes: list[str]) -> Iterator[tuple[str, Decimal, str]]:
    """What would be leased for a target, with our experience of such numbers; appends reasons for less to `notes`."""
    # Many offers are of one carrier, country and kind: one query for all of them
    record = cache(health.describe_experience)
    wanted, reasons = pool.wanted(target)
    notes += [f"{target}: {reason}" for reason in reasons]
    for account, offer in wanted:
        named = offer.e164 or f"a {offer.kind} number in {offer.country}, chosen by the carrier"
        seen = record(account.carrier, offer.country, offer.kind)
        yield f"{named} at {account}, set-up {offer.setup_cost}; {seen}", offer.monthly_cost, offer.currency
