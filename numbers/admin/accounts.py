"""Admin pages of accounts at carriers: their settings, whether the login works, and what is wrong with it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from numbers import account_settings, accounts, audit, canaries, carriers, countries, logins
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CarrierError
from numbers.logins import Login, Outcome
from numbers.models import Account, Finding, Lease
from numbers.models.number import NOBODYS
from tempsms.lib.vault import NO_KEY, Unreadable

_LEVELS = {Outcome.WORKS: messages.SUCCESS, Outcome.NOT_TRIED: messages.INFO}
_NO_SENDER = ("", "None: send no test messages")


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Secrets are entered as KEY=VALUE lines and never shown again; an empty field leaves them unchanged."""

    new_secrets = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One KEY=VALUE per line; repeat a key if two values are valid at once. Keys given here replace "
        "the stored ones. Stored values are never shown.",
    )
    carrier = forms.ChoiceField(
        choices=[("", "Choose a carrier"), *((name, carriers.get(name).title) for name in carriers.names())],
        widget=UnfoldAdminSelectWidget,
    )
    currency = forms.ChoiceField(
        choices=countries.currencies,
        initial="USD",
        widget=UnfoldAdminSelectWidget,
        help_text=Account._meta.get_field("currency").help_text,
    )
    canary_sender = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=Account._meta.get_field("canary_sender").help_text,
    )
    even_so = forms.MultipleChoiceField(
        required=False,
        choices=[("refused", "Save even if the carrier refuses the login")],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Refused login",
        help_text="New settings are checked with the carrier before they are saved",
    )

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

    login: Login | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "carrier" in self.fields:
            self.fields["carrier"].disabled = True  # its secrets belong to this carrier
        if "canary_sender" in self.fields:
            self.fields["canary_sender"].choices = _list_senders(self.instance)  # type: ignore[attr-defined]

    def clean_new_secrets(self) -> dict[str, str | list[str]]:
        """The settings, without the whitespace that pasting adds."""
        lines = [
            line
            for line in self.cleaned_data["new_secrets"].splitlines()
            if account_settings.strip_pasted(line)
        ]
        try:
            return account_settings.parse_pairs(lines)
        except accounts.Invalid as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        """Check old and new settings together: complete, plausible, and accepted by the carrier."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        carrier, new = given.get("carrier"), given.get("new_secrets")
        if given.get("canary_sender") and given.get("monthly_ceiling") is None:
            self.add_error("monthly_ceiling", "Test messages cost money: set a monthly ceiling.")
        if carrier and new is not None:
            self._check_secrets(carrier, new)
        return given

    def _check_secrets(self, carrier: str, new: dict[str, str | list[str]]) -> None:
        """Check the new settings together with the stored ones, and the login with them."""
        stored = self.instance.secrets
        # Settings that no key opens cannot be merged with; they are replaced as a whole
        merged = dict(new) if isinstance(stored, Unreadable) else {**stored, **new}
        if not self.instance.pk:
            merged = accounts.with_defaults(carrier, merged)
        try:
            account_settings.check(carrier, merged)
        except accounts.Invalid as error:
            self.add_error("new_secrets", str(error).replace("--set ", ""))
            return
        self.merged = merged
        if new or not self.instance.pk:
            self.login = logins.attempt(Account(carrier=carrier, secrets=merged))
        allowed = "refused" in self.cleaned_data.get("even_so", [])
        if self.login and self.login.outcome is Outcome.REFUSED and not allowed:
            self.add_error(
                "new_secrets",
                f"{self.login} Correct the settings, or tick the box below to save them anyway.",
            )

    def save(self, commit: bool = True) -> Account:
        """Save the account with the new secrets merged into the stored ones."""
        self.instance.secrets = self.merged
        saved: Account = super().save(commit)
        return saved


def _list_senders(account: Account) -> list[tuple[str, str]]:
    """The choices of a canary sender: the account's active numbers and the stored value."""
    active = account.leases.filter(state=Lease.State.ACTIVE) if account.pk else Lease.objects.none()
    own = active.exclude(number__e164__startswith=NOBODYS).values_list("number__e164", flat=True)
    # Also one that is no longer leased: a form without it would erase the sender when something else is saved
    stored = account.canary_sender if account.pk else ""
    known = dict.fromkeys([*own.order_by("number__e164"), stored])
    return [_NO_SENDER, *((name, name) for name in known if name)]


@admin.register(Account)
class AccountAdmin(ModelAdmin):  # type: ignore[misc]
    """Accounts at carriers."""

    form = AccountForm
    list_display = ["label", "carrier", "enabled", "live_numbers", "refused", "problem", "created_at"]
    list_filter = ["carrier", "enabled"]
    actions = ["audit_now", "try_login"]
    readonly_fields = ["problem", "webhook", "status", "refused", "secret_names", "needed", "set_up"]
    fields = [
        "problem",
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
        "even_so",
        "needed",
        "set_up",
    ]

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Save the account; show the result of the login and any setting that looks unusual."""
        super().save_model(request, obj, form, change)
        if form.login:
            level = _LEVELS.get(form.login.outcome, messages.WARNING)
            self.message_user(request, str(form.login), level)
        if obj.monthly_ceiling is None and Feature.BUY in carriers.features(obj.carrier):
            limits = "This account has no monthly ceiling: only the targets' ceilings limit its spending."
            self.message_user(request, limits, messages.WARNING)
        for unusual in account_settings.unusual_values(obj.carrier, form.cleaned_data["new_secrets"]):
            self.message_user(request, f"Saved, but check {unusual}", messages.WARNING)

    def has_audit_permission(self, request: HttpRequest) -> bool:
        """Whether the user may change accounts."""
        return request.user.has_perm("numbers.change_account")

    @action(description="Compare with the carrier now", permissions=["audit"])
    def audit_now(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Look for orphaned, missing, drifted and idle numbers without waiting for the next audit."""
        for account in queryset:
            try:
                found = len(audit.audit(account))
            except CarrierError as error:
                self.message_user(request, f"{account}: {error}", messages.ERROR)
            else:
                noun = "difference" if found == 1 else "differences"
                self.message_user(request, f"{account}: {found} {noun}", messages.SUCCESS)

    @action(description="Test the login now", permissions=["audit"])
    def try_login(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Check whether each account's login works."""
        for account in queryset:
            login = logins.attempt(account)
            self.message_user(request, f"{account}: {login}", _LEVELS.get(login.outcome, messages.ERROR))

    @display(description="problems")
    def problem(self, account: Account) -> str:
        """What failed in the last calls to the carrier."""
        if not account.pk:
            return "none"
        problems = {
            "the carrier's numbers could not be listed": account.audit_problem,
            "the carrier's message log could not be read": account.log_problem,
            "test messages": canaries.reason_not_to_send(account),
        }
        return "; ".join(f"{what}: {why}" for what, why in problems.items() if why)

    @display(description="webhook address")
    def webhook(self, account: Account) -> str:
        """Where the carrier posts messages."""
        return account.webhook_url if account.pk else "shown after saving"

    @display(description="status webhook address")
    def status(self, account: Account) -> str:
        """Where the carrier posts receipts."""
        return account.status_url if account.pk else "shown after saving"

    @display(description="refused requests")
    def refused(self, account: Account) -> str:
        """How many requests had an invalid signature, and when and why the last one was refused."""
        open_ones = (
            account.findings.filter(what=Finding.What.REFUSED, settled_at=None) if account.pk else None
        )
        found = open_ones.first() if open_ones else None
        return (
            f"{found.times}, the last {found.seen_at:%Y-%m-%d %H:%M} UTC: {found.detail}" if found else "none"
        )

    @display(description="stored secrets")
    def secret_names(self, account: Account) -> str:
        """The names of the stored secrets, without their values."""
        if isinstance(account.secrets, Unreadable):
            return f"unreadable: {NO_KEY}; restore the key, or enter all settings again"
        return ", ".join(sorted(account.secrets)) or "none"

    @display(description="carrier settings")
    def needed(self, account: Account) -> str:
        """The carrier's settings and what each is for."""
        if not account.carrier:
            return "shown once the carrier is chosen; saving without them lists those required"
        return "\n".join(
            f"{setting.name}{' (required)' if setting.needed else ''}: {setting.help}"
            for setting in carriers.get(account.carrier).settings
        )

    @display(description="set-up instructions")
    def set_up(self, account: Account) -> str:
        """The adapter's instructions for setting up the carrier."""
        return carriers.get(account.carrier).__doc__ or "" if account.carrier else ""

    @display(description="live numbers")
    def live_numbers(self, account: Account) -> int:
        """How many of its leases have not ended."""
        return account.leases.filter(state__in=Lease.LIVE).count()
