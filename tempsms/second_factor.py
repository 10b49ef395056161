"""An optional second factor for operators: an authenticator app (TOTP, RFC 6238); mandatory once set up."""

import base64
from collections.abc import Callable
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

RECOVERY_CODES = 8


def token_field(label: str, **options: Any) -> forms.CharField:
    """A form field for a one-time code."""
    attrs = {"autocomplete": "one-time-code", "spellcheck": "false", "class": " ".join(BASE_INPUT_CLASSES)}
    return forms.CharField(label=label, max_length=16, widget=forms.TextInput(attrs=attrs), **options)


class LoginForm(OTPAuthenticationFormMixin, AuthenticationForm):  # type: ignore[misc]
    """Asks for name and password, and for a code if the operator has set up a second factor."""

    otp_token = token_field("Code from your authenticator app (if you have set one up)", required=False)

    def clean(self) -> Any:
        """Check the password, then the code."""
        cleaned = super().clean()
        user = self.get_user()
        if user is not None and django_otp.user_has_device(user):
            try:
                self.clean_otp(user)
            except forms.ValidationError:
                if cleaned.get("otp_token"):
                    given = {"username": cleaned.get("username")}
                    # A wrong code counts like a wrong password for django-axes, or
                    # codes could be guessed without a lockout
                    user_login_failed.send(sender=__name__, credentials=given, request=self.request)
                raise
        return cleaned

    def _chosen_device(self, user: Any) -> Any:
        """The device that matches the kind of code: trying all devices would count a failure for each."""
        return device_for(user, self.cleaned_data.get("otp_token", ""))

    def _update_form(self, user: Any) -> None:
        """Show the form again, without the password."""


class EnforceSecondFactor:
    """Middleware after django-otp's: a user who has not passed their second factor is anonymous where operators are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        if request.path.startswith(("/admin/", "/sandbox/")):
            user: Any = request.user
            if user.is_authenticated and not user.is_verified() and django_otp.user_has_device(user):
                request.user = AnonymousUser()
        return self._get_response(request)


class CodeForm(forms.Form):
    """A code."""

    token = token_field("Code")


def view(request: HttpRequest) -> HttpResponse:
    """The page that turns the second factor on or off; both need a code from it."""
    user: Any = request.user
    enrolled = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        change = turn_off if enrolled else turn_on
        if change(request, form.cleaned_data["token"]):
            return redirect(request.path)
        form.add_error(
            "token", "This code is wrong, or there were too many wrong codes: try again in a moment."
        )
    context = {
        **admin.site.each_context(request),
        "title": "Second factor",
        "form": form,
        "enrolled": enrolled,
    }
    if enrolled:
        recovery = StaticToken.objects.filter(device__user=user, device__confirmed=True)
        context["recovery_left"] = recovery.count()
    else:
        context |= set_up(pending_device(user))
    return render(request, "admin/second_factor.html", context)


def turn_on(request: HttpRequest, token: str) -> bool:
    """Confirm the device that shows this code, and show the recovery codes once."""
    device = pending_device(request.user)
    if not device.verify_token(token):
        return False
    device.confirmed = True
    device.save()
    recovery, _ = StaticDevice.objects.get_or_create(user=request.user, name="recovery")
    # Codes of an earlier set-up must not open the new one
    recovery.token_set.all().delete()
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=recovery, token=code) for code in codes)
    django_otp.login(request, device)
    messages.success(request, "Your second factor is on. From now on, every login asks for a code.")
    messages.warning(request, f"Store these recovery codes safely; each works once: {', '.join(codes)}")
    return True


@transaction.atomic
def turn_off(request: HttpRequest, token: str) -> bool:
    """Delete an operator's devices, given a code from one of them."""
    device = device_for(request.user, token)
    if device is None or not device.verify_token(token):
        return False
    for devices in (TOTPDevice, StaticDevice):
        devices.objects.filter(user=request.user).delete()
    messages.success(request, "Your second factor is off.")
    return True


def device_for(user: Any, token: str) -> TOTPDevice | StaticDevice | None:
    """The operator's device for a code: apps show six digits, recovery codes have eight characters."""
    devices = TOTPDevice if token.isdigit() and len(token) == 6 else StaticDevice
    # Locked: of two requests with the same recovery code only one may use it up
    return devices.objects.select_for_update(no_key=True).filter(user=user, confirmed=True).first()


def pending_device(user: Any) -> TOTPDevice:
    """The device that is being set up."""
    device, _ = TOTPDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "authenticator"}
    )
    return device


def set_up(device: TOTPDevice) -> dict[str, Any]:
    """The QR code for an authenticator app, and the same key as text."""
    picture = segno.make(device.config_url, micro=False).svg_inline(
        border=2, scale=5, dark="#000", light="#fff"
    )
    secret = base64.b32encode(device.bin_key).decode().rstrip("=")
    return {"qr": mark_safe(picture), "secret": secret}  # noqa: S308 (generated here)


def hide_devices() -> None:
    """Remove django-otp's own pages, which show secrets, from the admin."""
    for devices in (TOTPDevice, StaticDevice):
        if admin.site.is_registered(devices):
            admin.site.unregister(devices)
