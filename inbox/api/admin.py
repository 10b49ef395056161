"""Admin pages of API keys: create one, which is shown once, and revoke."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from inbox.api import keys, oauth
from inbox.api.models import ApiKey
from inbox.api.scopes import MEANINGS, Scope
from numbers.models import Lease, Number
from tempsms.lib.admin import ReadOnly


class KeyForm(forms.Form):
    """What a new key is for."""

    name = forms.CharField(
        max_length=80, widget=UnfoldAdminTextInputWidget, help_text="Who or what will use it"
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, f"{scope}: {meaning}") for scope, meaning in MEANINGS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="Empty: never",
    )
    numbers = forms.ModelMultipleChoiceField(
        Number.objects.none(),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget,
        help_text="Limit the key to these numbers; empty: all",
    )
    project = forms.CharField(
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text="Limit the key to this sandbox project; empty: all",
    )

    per_minute = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        label="Requests a minute",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "number"}),
        help_text="Empty: the site's default",
    )

    monthly_ceiling = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        label="May spend a month",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "number", "step": "0.01"}),
        help_text="What the numbers that it leases may cost in a calendar month; empty: the site's default",
    )
    oauth = forms.BooleanField(
        required=False,
        label="OAuth2 client",
        widget=UnfoldBooleanSwitchWidget,
        help_text="Make a client for short-lived tokens from /o/token/ instead of a key",
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        live = Number.objects.filter(leases__state__in=Lease.LIVE).order_by("e164")
        self.fields["numbers"].queryset = live  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """The name, if no other key has it."""
        name: str = self.cleaned_data["name"]
        if ApiKey.objects.filter(name=name).exists():
            raise forms.ValidationError("There is already a key with this name.")
        return name

    @transaction.atomic
    def create(self) -> tuple[ApiKey, dict[str, str]]:
        """Create the key; return it and what its client needs, by what it is called."""
        given = self.cleaned_data
        key, text = keys.create(
            given["name"],
            {Scope(scope) for scope in given["scopes"]},
            expires_at=given["expires_at"],
            numbers=list(given["numbers"]) or None,
            project=given["project"],
            per_minute=given["per_minute"],
            monthly_ceiling=given["monthly_ceiling"],
        )
        if not given["oauth"]:
            return key, {"key": text}
        client_id, secret = oauth.make_client(key)
        return key, {"client id": client_id, "client secret": secret}


# OAuth clients are made with their keys; these pages would show others that can do nothing
for model in apps.get_app_config("oauth2_provider").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    """Keys of the REST API; their texts cannot be recovered. Their limits can be changed."""

    list_display = [
        "name",
        "start",
        "shown_kind",
        "shown_state",
        "shown_scopes",
        "last_used_at",
        "expires_at",
    ]
    list_select_related = ["application"]
    fields = ["name", "start", "shown_kind", "shown_state", "shown_scopes", "bound", "numbers", "project"]
    fields += ["created_at", "expires_at", "revoked_at", "last_used_at"]
    readonly_fields = fields.copy()
    fields += ["per_minute", "monthly_ceiling"]
    search_fields = ["name", "start"]
    ordering = ["-pk"]
    actions = ["revoke"]

    @display(description="kind")
    def shown_kind(self, key: ApiKey) -> str:
        """Whether programs send it, or get tokens for it as an OAuth2 client."""
        return f"OAuth2 client {key.application.client_id}" if key.application else "key"

    @display(description="state", label={"valid": "success", "expired": "warning", "revoked": "danger"})
    def shown_state(self, key: ApiKey) -> str:
        """Whether the key is accepted."""
        if key.revoked_at:
            return "revoked"
        return "expired" if key.expires_at and key.expires_at <= timezone.now() else "valid"

    @display(description="scopes")
    def shown_scopes(self, key: ApiKey) -> str:
        """What the key may do."""
        return ", ".join(key.scopes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may create keys."""
        return bool(request.user.has_perm("api.add_apikey"))

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Whether the user may change the limits of keys."""
        return bool(request.user.has_perm("api.change_apikey"))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether the user may revoke keys."""
        return bool(request.user.has_perm("api.change_apikey"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Create a key and show its text."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = KeyForm(request.POST or None)
        made = None
        if form.is_valid():
            key, made = form.create()
            self.log_addition(request, key, [{"added": {}}])
        context = {
            **self.admin_site.each_context(request),
            "title": "Create an API key",
            "opts": self.opts,
            "form": form,
            "made": made,
        }
        answer = TemplateResponse(request, "admin/api_key.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    @action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Revoke the keys; they are refused from the next request on."""
        done = sum(keys.revoke(key) for key in queryset)
        self.message_user(request, f"{done} revoked", messages.SUCCESS)
