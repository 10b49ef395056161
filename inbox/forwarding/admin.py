"""Admin pages of forwarding: rules, the targets that they send to, and the log of deliveries."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from inbox.forwarding import deliveries, targets
from inbox.forwarding.models import OPERATORS, Delivery, Rule, Target
from numbers.models import Number, Rental
from tempsms.lib.admin import ReadOnly

_COLOURS = {
    "waiting": "info",
    Delivery.Outcome.DELIVERED: "success",
    Delivery.Outcome.FAILED: "danger",
    Delivery.Outcome.DROPPED: "warning",
}
_ADDRESS_HELP = (
    "An https address; an e-mail address; or an Apprise address (example: slack://token/channel)."
    " It cannot be shown again"
)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule; its target is given as an address when the rule is made, and cannot be changed."""

    kind = forms.ChoiceField(choices=Target.Kind.choices, widget=UnfoldAdminSelectWidget, label="Forward to")
    address = forms.CharField(max_length=2000, widget=UnfoldAdminTextInputWidget, help_text=_ADDRESS_HELP)
    number = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="In E.164 (example: +15005550006); leave number and rental empty for all numbers",
    )
    rental = forms.ModelChoiceField(
        Rental.objects.none(), required=False, empty_label="None", widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Rule
        fields = ["number", "rental", "sender", "text", "codes", "code_in_subject", "enabled"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        running = Q(pk__in=Rental.objects.not_over()) | Q(pk=self.instance.rental_id)
        self.fields["rental"].queryset = Rental.objects.filter(running).select_related("number")  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["number"] = self.instance.number.e164 if self.instance.number else ""
            del self.fields["kind"], self.fields["address"]

    def clean_number(self) -> Number | None:
        """The number that was entered."""
        e164 = self.cleaned_data["number"].strip()
        if not e164:
            return None
        number = Number.objects.filter(e164=e164).first()
        if number is None:
            raise forms.ValidationError("We have no such number.")
        return number

    def clean(self) -> dict[str, Any]:
        """Check the address."""
        given = super().clean() or self.cleaned_data
        if "address" in given and "kind" in given:
            try:
                targets.check(given["kind"], given["address"].strip())
            except targets.TargetRefused as error:
                self.add_error("address", str(error))
        return given


class ReplayForm(forms.Form):
    """Of which time messages are delivered again."""

    since = forms.DateTimeField(
        label="From (UTC)", widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label="Until (UTC)", widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    )


@admin.register(Rule)
class RuleAdmin(ModelAdmin):  # type: ignore[misc]
    """Rules."""

    form = RuleForm
    list_display = ["what", "target", "sender", "text", "codes", "enabled", "owner"]
    list_filter = ["enabled", "target__kind"]
    list_select_related = ["number", "rental__number", "target"]
    search_fields = ["target__shown", "number__e164", "rental__number__e164"]
    ordering = ["-pk"]
    actions = ["send_test", "replay"]

    def get_fields(self, request: HttpRequest, obj: Rule | None = None) -> list[str]:
        """The address of a new rule; of others the target, which stays."""
        first = ["target"] if obj else ["kind", "address"]
        return [*first, *RuleForm.Meta.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> list[str]:
        """The target stays."""
        return ["target"] if obj else []

    @display(description="messages of")
    def what(self, rule: Rule) -> str:
        """Whose messages are passed on."""
        return f"rental: {rule.rental}" if rule.rental else str(rule.number or "all numbers")

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """Find or make the target of a new rule."""
        if not change:
            given = form.cleaned_data
            obj.target, secret = targets.ensure(given["kind"], given["address"], OPERATORS)
            request.forward_secret = secret  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Rule, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The secret of a new webhook, which is shown this once."""
        if secret := getattr(request, "forward_secret", ""):
            return _show_secret(self, request, obj.target, secret)
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        return response

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change forwards."""
        return request.user.has_perm("forwarding.change_rule")

    @action(description="Send a test message", permissions=["send"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Send a made-up message by each rule."""
        for rule in queryset.select_related("target"):
            delivery = targets.send_test(rule)
            self.message_user(request, f"{rule}: sent as {delivery}; see Deliveries", messages.SUCCESS)

    @action(description="Deliver the messages of a period again", permissions=["send"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Rule]) -> TemplateResponse | None:
        """Ask for the time, then deliver its messages again."""
        form = ReplayForm(request.POST if request.POST.get("confirmed") else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "Deliver again",
                "opts": self.opts,
                "form": form,
                "chosen": queryset,
            }
            return TemplateResponse(request, "admin/forward_replay.html", context)
        count = sum(deliveries.replay_range(rule.pk, **form.cleaned_data) for rule in queryset)
        self.message_user(request, f"{count} deliveries are made again", messages.SUCCESS)
        return None


@admin.register(Target)
class TargetAdmin(ReadOnly):
    """Targets: how each does, and its secret."""

    list_display = ["shown", "kind", "enabled", "problem", "waiting", "failures", "succeeded_at"]
    list_filter = ["kind", "enabled"]
    search_fields = ["shown"]
    ordering = ["-pk"]
    fields = [
        "shown",
        "kind",
        "enabled",
        "problem",
        "disabled_at",
        "noticed_at",
        "waiting",
        "failures",
        "paused_until",
        "succeeded_at",
        "sequence",
        "created_at",
    ]
    readonly_fields = fields
    actions = ["enable", "disable", "rotate_secret"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        """Targets with how many deliveries wait, and without what is sealed."""
        queryset: QuerySet[Target] = super().get_queryset(request)
        waiting = Count("deliveries", filter=Q(deliveries__settled_at=None))
        return queryset.defer("sealed").annotate(waiting_count=waiting)

    @display(description="waiting")
    def waiting(self, target: Target) -> int:
        """How many deliveries wait for their next try."""
        count: int = getattr(target, "waiting_count", 0)
        return count

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may delete targets, with their rules and deliveries."""
        return request.user.has_perm("forwarding.delete_target")

    def has_edit_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change targets."""
        return request.user.has_perm("forwarding.change_target")

    @action(description="Enable", permissions=["edit"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Target]) -> None:
        """Send to them again."""
        for target in queryset:
            targets.enable(target)

    @action(description="Disable", permissions=["edit"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Target]) -> None:
        """Send nothing more to them."""
        for target in queryset:
            targets.disable(target.pk, "disabled by an operator", notice=False)

    @action(description="New secret (the old one signs for 24 hours more)", permissions=["edit"])
    def rotate_secret(self, request: HttpRequest, queryset: QuerySet[Target]) -> HttpResponse | None:
        """Give one webhook a new secret and show it."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Choose one target.", messages.ERROR)
            return None
        try:
            secret = targets.rotate_secret(chosen[0])
        except targets.TargetRefused as error:
            self.message_user(request, f"{chosen[0]}: {error}", messages.ERROR)
            return None
        return _show_secret(self, request, chosen[0], secret)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """The log of deliveries: what was tried when, and what the target said."""

    list_display = [
        "public_id",
        "target",
        "message_id",
        "state",
        "status",
        "tries",
        "created_at",
        "shown_next",
    ]
    list_filter = ["outcome", "target__kind", ("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["target"]
    search_fields = ["target__shown"]
    # counting all of them reads the whole table
    show_full_result_count = False
    ordering = ["-pk"]
    fields = [
        "public_id",
        "target",
        "rule",
        "message_id",
        "sequence",
        "state",
        "tries",
        "status",
        "note",
        "shown_log",
        "shown_next",
        "created_at",
        "settled_at",
        "expires_at",
    ]
    readonly_fields = fields
    actions = ["replay"]

    @display(description="id")
    def public_id(self, delivery: Delivery) -> str:
        """The id that the target gets."""
        return delivery.public_id

    @display(description="state", label=_COLOURS)
    def state(self, delivery: Delivery) -> str:
        """The outcome, or that it waits."""
        return delivery.outcome or "waiting"

    @display(description="next try")
    def shown_next(self, delivery: Delivery) -> Any:
        """When it is tried next."""
        return delivery.next_try and timezone.localtime(delivery.next_try).strftime("%Y-%m-%d %H:%M:%S")

    @display(description="log")
    def shown_log(self, delivery: Delivery) -> SafeString:
        """Each attempt on a line."""
        lines = (
            (
                entry["at"],
                f"status {entry['status']}" if entry["status"] else "no answer",
                entry["ms"],
                entry["note"],
            )
            for entry in delivery.entries()
        )
        return format_html("<pre>{}</pre>", format_html_join("\n", "{}  {}, {} ms  {}", lines))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change deliveries."""
        return request.user.has_perm("forwarding.change_delivery")

    @action(description="Deliver again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Deliver again what was settled."""
        count = sum(deliveries.replay_one(delivery) for delivery in queryset)
        self.message_user(request, f"{count} deliveries are made again", messages.SUCCESS)


def _show_secret(page: ModelAdmin, request: HttpRequest, target: Target, secret: str) -> TemplateResponse:
    """A page with a secret; not a message, since those wait in a cookie until they are shown."""
    context = {
        **page.admin_site.each_context(request),
        "title": "Secret",
        "opts": page.opts,
        "target": target,
        "secret": secret,
    }
    return TemplateResponse(request, "admin/forward_secret.html", context)
