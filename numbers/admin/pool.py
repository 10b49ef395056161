"""Admin pages of numbers, leases, purchases and releases, and test messages."""

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
from numbers.admin.common import STATE_COLOURS, Question, ask_first
from numbers.admin.fields import DURATIONS
from numbers.models import Canary, Event, Health, Intent, Lease, Number
from numbers.models.lease import LeaseQuerySet
from numbers.models.number import NOBODYS
from tempsms.lib.admin import NumberSearch, ReadOnly, actor

_RETIRE = Question(
    "retire", "Retire these numbers?", "Retire", "None of the selected leases can be retired: none is active."
)
_QUARANTINE = Question(
    "quarantine_now",
    "Quarantine these numbers?",
    "Quarantine",
    "None of the selected leases can be quarantined: none is active or draining.",
)
_RELEASE = Question(
    "release_now",
    "Permanently release these numbers?",
    "Release",
    "None of the selected leases can be released: none is quarantined.",
)
_SEND = Question(
    "send_canaries",
    "Send test messages?",
    "Send",
    "No test message can be sent to the selected leases: none is active.",
    noun="test message",
    heading="Price",
    spends=True,
)


class LeaseInline(TabularInline):  # type: ignore[misc]
    """The leases of a number."""

    model = Lease
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ["account", "state", "state_since", "monthly_cost", "leased_at", "retire_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leases are created by the pool or by adoption."""
        return False


class HealthInline(TabularInline):  # type: ignore[misc]
    """What a number has actually received."""

    model = Health
    extra = 0
    can_delete = False
    hide_title = True
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
        """Rows are written from traffic only."""
        return False


@admin.register(Number)
class NumberAdmin(NumberSearch, ModelAdmin):  # type: ignore[misc]
    """Numbers that we lease or have leased."""

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
        """Numbers with their leases and health, in one query each; without placeholders."""
        queryset: QuerySet[Number] = super().get_queryset(request)
        chosen = queryset.exclude(e164__startswith=NOBODYS, erased_key=None)
        return chosen.select_related("health").prefetch_related("leases")

    @display(description="inbox")
    def inbox(self, number: Number) -> str:
        """A link to the number's public page, while it has one."""
        shown = any(lease.state in Lease.SHOWN for lease in number.leases.all())
        if not (number.public and shown):
            return "not public"
        link = '<a class="font-medium text-primary-600 dark:text-primary-500" href="/numbers/{}/">Open</a>'
        return format_html(link, number.digits)

    @display(description="last message", ordering="health__received_at")
    def received(self, number: Number) -> datetime | None:
        """When the last message of any kind arrived."""
        return number.health.received_at if hasattr(number, "health") else None

    @display(description="last code", ordering="health__code_at")
    def codes(self, number: Number) -> datetime | None:
        """When the last one-time code arrived."""
        return number.health.code_at if hasattr(number, "health") else None

    @display(description="last filtered", ordering="health__filtered_at")
    def filtered(self, number: Number) -> datetime | None:
        """When the carrier last blanked a message."""
        return number.health.filtered_at if hasattr(number, "health") else None

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, number: Number) -> str:
        """The state of the newest lease."""
        # In Python, since the leases are prefetched for the whole list
        newest = max(number.leases.all(), key=lambda lease: lease.pk, default=None)
        return newest.state if newest else Lease.State.RELEASED

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Numbers are created by the pool or by adoption."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Numbers stay, so that one that was ever public is never rented privately."""
        return False


class EventInline(TabularInline):  # type: ignore[misc]
    """The timeline of a lease."""

    model = Event
    extra = 0
    can_delete = False
    hide_title = True
    fields = readonly_fields = ["at", "what", "detail", "actor"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Entries are written by the application only."""
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
        """The state as a coloured label."""
        return lease.state

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leases are created by the pool or by adoption."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leases change through actions only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leases stay: the ledger refers to them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lease]:
        """Leases with their purchases and releases."""
        queryset: QuerySet[Lease] = super().get_queryset(request)
        return queryset.prefetch_related("intents")

    @display(description="next step")
    def outlook(self, lease: Lease) -> str:
        """What happens to the lease next, and when; or why it failed."""
        return pool.outlook(lease)

    def has_retire_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change leases."""
        return request.user.has_perm("numbers.change_lease")

    @action(description="Retire (drain, then quarantine, then release)", permissions=["retire"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """Start taking the selected numbers out of use."""
        leases = queryset.filter(state=Lease.State.ACTIVE)
        if page := ask_first(request, self, _RETIRE, _list_costs(leases)):
            return page
        done = sum(pool.retire(lease, "by hand", actor(request)) for lease in leases)
        self.message_user(request, f"{done} now draining", messages.SUCCESS)
        return None

    @action(description="Quarantine now (hide from public pages immediately)", permissions=["retire"])
    def quarantine_now(self, request: HttpRequest, queryset: LeaseQuerySet) -> TemplateResponse | None:
        """Take the selected numbers off the public pages without draining them."""
        shown = queryset.shown()
        if page := ask_first(request, self, _QUARANTINE, _list_costs(shown)):
            return page
        done = sum(pool.quarantine(lease, actor(request)) for lease in shown)
        self.message_user(request, f"{done} quarantined", messages.SUCCESS)
        return None

    @action(description="Release quarantined numbers now", permissions=["retire"])
    def release_now(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """Give the selected quarantined numbers back to their carriers without waiting any longer."""
        left = queryset.filter(state=Lease.State.QUARANTINED)
        if page := ask_first(request, self, _RELEASE, _list_costs(left)):
            return page
        done = sum(pool.release(lease, actor(request)) for lease in left)
        self.message_user(request, f"{done} will be released", messages.SUCCESS)
        return None

    @action(description="Send a test message now", permissions=["retire"])
    def send_canaries(self, request: HttpRequest, queryset: QuerySet[Lease]) -> TemplateResponse | None:
        """Check whether the selected numbers still receive messages."""
        leases = queryset.filter(state=Lease.State.ACTIVE)
        lines = [(f"{lease.number} (maximum)", *canaries.expected_price(lease)) for lease in leases]
        if page := ask_first(request, self, _SEND, lines):
            return page
        failures = {lease: canaries.try_to_send(lease) for lease in leases}
        done = sum(not why for why in failures.values())
        level = messages.SUCCESS if done == len(failures) else messages.WARNING
        self.message_user(request, f"{done} of {len(lines)} sent", level)
        for lease, why in failures.items():
            if why:
                self.message_user(request, f"{lease.number}: {why}", messages.WARNING)
        return None


@admin.register(Intent)
class IntentAdmin(ReadOnly):
    """Purchases and releases at carriers, and how far each has got."""

    list_display = ["effect", "lease", "shown_state", "attempts", "due_at", "settled_at", "problem"]
    list_filter = ["effect", "state"]
    list_select_related = ["lease__number", "lease__account"]

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, intent: Intent) -> str:
        """The state as a coloured label."""
        return intent.state


@admin.register(Canary)
class CanaryAdmin(ReadOnly):
    """Test messages, and whether they arrived."""

    list_display = ["number", "account", "shown_state", "sent_at", "seen_at", "price", "currency", "problem"]
    list_filter = ["state", "account"]
    list_select_related = ["number", "account"]

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, canary: Canary) -> str:
        """The state as a coloured label."""
        return canary.state


def _list_costs(leases: QuerySet[Lease]) -> Iterator[tuple[str, Decimal, str]]:
    """Each lease's number, monthly cost and currency."""
    return ((str(lease.number), lease.monthly_cost, lease.currency) for lease in leases)
