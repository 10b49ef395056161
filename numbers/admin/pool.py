"""Operators' view of accounts, numbers, leases, targets and intents."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from numbers import canaries, pool
from numbers.admin.common import STATE_COLOURS, NumberSearch, ReadOnly, actor, ask_first
from numbers.admin.fields import DURATIONS
from numbers.models import Canary, Event, Health, Intent, Lease, Number
from numbers.models.number import NOBODYS


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
class NumberAdmin(NumberSearch, ModelAdmin):  # type: ignore[misc]
    """Numbers that we hold or held."""

    list_display = [
        "e164",
        "country",
        "kind",
        "shown_state",
        "public",
        "inbox",
        "received",
        "codes",
        "filtered",
    ]
    list_filter = ["country", "kind", "public", "leases__state"]
    search_fields = ["e164"]
    readonly_fields = ["inbox", "e164", "country", "kind", "capabilities", "ever_public", "last_message_at"]
    fields = [*readonly_fields, "public", "retention", "code_life"]
    inlines = [HealthInline, LeaseInline]
    formfield_overrides = DURATIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Number]:
        """With their leases and health, in one query each; without what no carrier has chosen yet."""
        queryset: QuerySet[Number] = super().get_queryset(request)
        chosen = queryset.exclude(e164__startswith=NOBODYS, erased_key=None)
        return chosen.select_related("health").prefetch_related("leases")

    @display(description="inbox")
    def inbox(self, number: Number) -> str:
        """A link to its page, while it has one."""
        shown = any(lease.state in Lease.SHOWN for lease in number.leases.all())
        if not (number.public and shown):
            return "not public"
        link = '<a class="font-medium text-primary-600 dark:text-primary-500" href="/numbers/{}/">Open</a>'
        return format_html(link, number.digits)

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
class LeaseAdmin(NumberSearch, ModelAdmin):  # type: ignore[misc]
    """Leases with their timeline."""

    list_display = [
        "number",
        "account",
        "shown_state",
        "outlook",
        "monthly_cost",
        "currency",
        "leased_at",
    ]
    list_filter = ["state", "account", "number__country"]
    list_select_related = ["number", "account", "target"]
    search_fields = ["number__e164", "carrier_ref"]
    readonly_fields = ["outlook"]
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lease]:
        """With what is intended for each."""
        queryset: QuerySet[Lease] = super().get_queryset(request)
        return queryset.prefetch_related("intents")

    @display(description="next")
    def outlook(self, lease: Lease) -> str:
        """What comes next, and when; or why it failed."""
        return pool.outlook(lease)

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
        if page := ask_first(request, self, "send_canaries", "Send test messages?", lines, heading="Each"):
            return page
        told = {lease: canaries.send_or_say(lease) for lease in leases}
        done = sum(not why for why in told.values())
        level = messages.SUCCESS if done == len(told) else messages.WARNING
        self.message_user(request, f"{done} of {len(lines)} sent", level)
        for lease, why in told.items():
            if why:
                self.message_user(request, f"{lease.number}: {why}", messages.WARNING)
        return None


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


def _costs(leases: QuerySet[Lease]) -> Iterator[tuple[str, Decimal, str]]:
    return ((str(lease.number), lease.monthly_cost, lease.currency) for lease in leases)
