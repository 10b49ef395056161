"""Operators' view of accounts, numbers, leases, targets and intents."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from numbers import accounts, audit, canaries, carriers, health, pool
from numbers.admin.common import STATE_COLOURS, ReadOnly, actor, ask_first
from numbers.carriers.errors import CarrierError
from numbers.models import Account, Canary, Event, Finding, Health, Intent, Lease, Number, PoolTarget
from numbers.models.number import NOBODYS


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Secrets are written as KEY=VALUE lines and never shown again; empty leaves them as they are."""

    new_secrets = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text="One KEY=VALUE a line, a key twice for two that are valid at once; keys that are given replace the "
        "stored ones. Stored values are never shown.",
    )
    carrier = forms.ChoiceField(choices=[(name, carriers.get(name).title) for name in carriers.names()])

    class Meta:
        model = Account
        fields = [
            "carrier",
            "label",
            "enabled",
            "currency",
            "monthly_ceiling",
            "canary_sender",
            "canary_price",
        ]

    def clean_new_secrets(self) -> dict[str, str | list[str]]:
        """The pairs; unknown keys are refused with the known ones."""
        lines = [line.strip() for line in self.cleaned_data["new_secrets"].splitlines() if line.strip()]
        known = {setting.name for setting in carriers.get(self.data["carrier"]).settings}
        try:
            pairs = accounts.pairs(lines)
        except accounts.Invalid:
            pairs = {"": ""}
        if set(pairs) - known:
            raise forms.ValidationError(f"KEY=VALUE lines with keys among: {', '.join(sorted(known))}")
        return pairs

    def save(self, commit: bool = True) -> Account:
        """Merge the new secrets into the stored ones."""
        self.instance.secrets = {**self.instance.secrets, **self.cleaned_data["new_secrets"]}
        saved: Account = super().save(commit)
        return saved


@admin.register(Account)
class AccountAdmin(ModelAdmin):  # type: ignore[misc]
    """Accounts at carriers."""

    form = AccountForm
    list_display = ["label", "carrier", "enabled", "live_numbers", "refused", "created_at"]
    list_filter = ["carrier", "enabled"]
    actions = ["audit_now"]
    readonly_fields = ["webhook", "status", "refused", "secret_names", "set_up"]
    fields = [
        "carrier",
        "label",
        "enabled",
        "currency",
        "monthly_ceiling",
        "canary_sender",
        "canary_price",
        "webhook",
        "status",
        "refused",
        "secret_names",
        "new_secrets",
        "set_up",
    ]

    def has_audit_permission(self, request: HttpRequest) -> bool:
        """Who may change accounts may compare them."""
        return request.user.has_perm("numbers.change_account")

    @action(description="Compare with the carrier now", permissions=["audit"])
    def audit_now(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Look for orphans, missing, drifted and idle numbers without waiting for the next round."""
        for account in queryset:
            try:
                found = len(audit.audit(account))
            except CarrierError as error:
                self.message_user(request, f"{account}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{account}: {found} differences", messages.SUCCESS)

    @display(description="webhook address")
    def webhook(self, account: Account) -> str:
        """Where the carrier posts messages."""
        return account.webhook_url if account.pk else "known once saved"

    @display(description="status address")
    def status(self, account: Account) -> str:
        """Where the carrier posts receipts."""
        return account.status_url if account.pk else "known once saved"

    @display(description="refused requests")
    def refused(self, account: Account) -> str:
        """How many had a wrong signature, when and why the last one, while that is open."""
        found = (
            account.findings.filter(what=Finding.What.REFUSED, settled_at=None).first()
            if account.pk
            else None
        )
        return (
            f"{found.times}, the last {found.seen_at:%Y-%m-%d %H:%M} UTC: {found.detail}" if found else "none"
        )

    @display(description="secrets set")
    def secret_names(self, account: Account) -> str:
        """Names only."""
        return ", ".join(sorted(account.secrets)) or "none"

    @display(description="set-up")
    def set_up(self, account: Account) -> str:
        """What the adapter says about setting up the carrier."""
        return carriers.get(account.carrier).__doc__ or "" if account.carrier else ""

    @display(description="live numbers")
    def live_numbers(self, account: Account) -> int:
        """Leases that are not over."""
        return account.leases.filter(state__in=Lease.LIVE).count()


class LeaseInline(TabularInline):  # type: ignore[misc]
    """The leases of a number."""

    model = Lease
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ["account", "state", "state_since", "monthly_cost", "leased_at", "retire_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leases come from the pool or from adoption."""
        return False


class HealthInline(TabularInline):  # type: ignore[misc]
    """What a number was really seen to receive."""

    model = Health
    extra = 0
    can_delete = False
    fields = readonly_fields = [
        "received_at",
        "code_at",
        "short_code_at",
        "name_at",
        "domestic_at",
        "international_at",
        "filtered_at",
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Learnt from traffic."""
        return False


@admin.register(Number)
class NumberAdmin(ModelAdmin):  # type: ignore[misc]
    """Numbers that we hold or held."""

    list_display = ["e164", "country", "kind", "shown_state", "public", "received", "codes", "filtered"]
    list_filter = ["country", "kind", "public", "leases__state"]
    search_fields = ["e164"]
    readonly_fields = ["e164", "country", "kind", "capabilities", "ever_public", "last_message_at"]
    fields = [*readonly_fields, "public", "retention", "code_life"]
    inlines = [HealthInline, LeaseInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Number]:
        """With their leases and health, in one query each; without what no carrier has chosen yet."""
        queryset: QuerySet[Number] = super().get_queryset(request)
        chosen = queryset.exclude(e164__startswith=NOBODYS, erased_key=None)
        return chosen.select_related("health").prefetch_related("leases")

    @display(description="received", ordering="health__received_at")
    def received(self, number: Number) -> datetime | None:
        """Anything."""
        return number.health.received_at if hasattr(number, "health") else None

    @display(description="codes", ordering="health__code_at")
    def codes(self, number: Number) -> datetime | None:
        """One-time codes."""
        return number.health.code_at if hasattr(number, "health") else None

    @display(description="filtered", ordering="health__filtered_at")
    def filtered(self, number: Number) -> datetime | None:
        """Messages that the carrier blanked."""
        return number.health.filtered_at if hasattr(number, "health") else None

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, number: Number) -> str:
        """The state of the newest lease."""
        newest = max(number.leases.all(), key=lambda lease: lease.pk, default=None)
        return newest.state if newest else "released"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Numbers come from the pool or from adoption."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was public stays known."""
        return False


class EventInline(TabularInline):  # type: ignore[misc]
    """The timeline."""

    model = Event
    extra = 0
    can_delete = False
    fields = readonly_fields = ["at", "what", "detail", "actor"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only added by what happens."""
        return False


@admin.register(Lease)
class LeaseAdmin(ModelAdmin):  # type: ignore[misc]
    """Leases with their timeline."""

    list_display = ["number", "account", "shown_state", "monthly_cost", "currency", "leased_at", "retire_at"]
    list_filter = ["state", "account", "number__country"]
    list_select_related = ["number", "account"]
    search_fields = ["number__e164", "carrier_ref"]
    inlines = [EventInline]
    actions = ["retire", "quarantine_now", "release_now", "send_canaries"]

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, lease: Lease) -> str:
        """The state as a coloured word."""
        return lease.state

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leases come from the pool or from adoption."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """States change by actions only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Money is never deleted."""
        return False

    def has_retire_permission(self, request: HttpRequest) -> bool:
        """Who may change leases may retire them."""
        return request.user.has_perm("numbers.change_lease")

    @action(description="Retire: drain, quarantine, release", permissions=["retire"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """Begin to take the chosen numbers out of use."""
        leases = queryset.filter(state=Lease.State.ACTIVE)
        if page := ask_first(request, self, "retire", "Retire these numbers?", _costs(leases)):
            return page
        done = sum(pool.retire(lease, "by hand", actor(request)) for lease in leases)
        self.message_user(request, f"{done} draining", messages.SUCCESS)
        return None

    @action(description="Quarantine now (off the pages at once)", permissions=["retire"])
    def quarantine_now(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """Take the chosen numbers off the pages without draining."""
        shown = queryset.filter(state__in=Lease.SHOWN)
        if page := ask_first(request, self, "quarantine_now", "Quarantine these numbers?", _costs(shown)):
            return page
        done = sum(pool.quarantine(lease, actor(request)) for lease in shown)
        self.message_user(request, f"{done} quarantined", messages.SUCCESS)
        return None

    @action(description="Release quarantined numbers now", permissions=["retire"])
    def release_now(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """Give the chosen quarantined numbers back without waiting longer."""
        left = queryset.filter(state=Lease.State.QUARANTINED)
        if page := ask_first(request, self, "release_now", "Give these numbers back for good?", _costs(left)):
            return page
        done = sum(pool.release(lease, actor(request)) for lease in left)
        self.message_user(request, f"{done} to be released", messages.SUCCESS)
        return None

    @action(description="Send a test message now", permissions=["retire"])
    def send_canaries(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """See whether the chosen numbers still receive."""
        leases = queryset.filter(state=Lease.State.ACTIVE)
        lines = [(f"{lease.number}, at most", *canaries.price(lease)) for lease in leases]
        if page := ask_first(request, self, "send_canaries", "Send test messages?", lines):
            return page
        done = sum(canaries.send(lease) for lease in leases)
        self.message_user(request, f"{done} of {len(lines)} sent", messages.SUCCESS)
        return None


@admin.register(PoolTarget)
class PoolTargetAdmin(ModelAdmin):  # type: ignore[misc]
    """What the pool is to hold."""

    list_display = [
        "country",
        "kind",
        "count",
        "held",
        "rotate_after",
        "max_monthly_cost",
        "public",
        "enabled",
        "trouble",
    ]
    list_filter = ["enabled", "country", "kind"]
    readonly_fields = ["trouble"]
    actions = ["order_now"]

    def has_order_permission(self, request: HttpRequest) -> bool:
        """Who may change targets may have them filled."""
        return request.user.has_perm("numbers.change_pooltarget")

    @action(description="Order what is missing now", permissions=["order"])
    def order_now(self, request: HttpRequest, queryset: QuerySet[PoolTarget]) -> TemplateResponse | None:
        """Show the offers and their cost, and order them once confirmed."""
        if not request.POST.get("confirmed"):
            lines = [line for target in queryset for line in _offered(target)]
            return ask_first(request, self, "order_now", "Lease these numbers?", lines)
        ordered = sum(pool.fill_one(target.pk) for target in queryset.filter(enabled=True))
        self.message_user(request, f"{ordered} ordered", messages.SUCCESS)
        return None

    @display(description="held")
    def held(self, target: PoolTarget) -> int:
        """Leases that count towards it."""
        return target.leases.filter(state__in=pool.HOLDING).count()


@admin.register(Intent)
class IntentAdmin(ReadOnly):
    """What we mean to do at carriers, and how far it got."""

    list_display = ["effect", "lease", "shown_state", "attempts", "due_at", "settled_at", "trouble"]
    list_filter = ["effect", "state"]
    list_select_related = ["lease__number", "lease__account"]

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, intent: Intent) -> str:
        """The state as a coloured word."""
        return intent.state


@admin.register(Canary)
class CanaryAdmin(ReadOnly):
    """Test messages, and whether they arrived."""

    list_display = ["number", "account", "shown_state", "sent_at", "seen_at", "price", "currency", "trouble"]
    list_filter = ["state", "account"]
    list_select_related = ["number", "account"]

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, canary: Canary) -> str:
        """The state as a coloured word."""
        return canary.state


def _offered(target: PoolTarget) -> Iterator[tuple[str, Decimal, str]]:
    """What would be leased for a target, with what is known of such numbers there."""
    record = cache(health.record)
    for account, offer in pool.wanted(target):
        named = offer.e164 or f"a {offer.kind} number in {offer.country} of the carrier's choice"
        seen = record(account.carrier, offer.country, offer.kind)
        yield f"{named} at {account}, set-up {offer.setup_cost}; {seen}", offer.monthly_cost, offer.currency


def _costs(leases: QuerySet[Lease]) -> Iterator[tuple[str, Decimal, str]]:
    return ((str(lease.number), lease.monthly_cost, lease.currency) for lease in leases)
