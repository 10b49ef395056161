"""A phone number in E.164."""

import secrets
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from numbers.models.durations import CODE_LIFE, RETENTION, bounded, kept
from numbers.models.lease_state import SHOWN
from tempsms.lib import vault


class KindChoices(models.TextChoices):
    """Kinds of numbers, as in `numbers.carriers.contract.Kind`."""

    LOCAL = "local"
    MOBILE = "mobile"
    TOLL_FREE = "toll_free"
    NATIONAL = "national"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


SHORT_CODE = r"^[0-9]{3,8}$"
NOBODYS = "+999"
"""An unassigned country code, used for erased numbers and for placeholders."""


def erased_key(e164: str) -> UUID:
    """The keyed hash that remains of an erased number."""
    return UUID(bytes=vault.keyed_hash("erased number", e164))


class NumberManager(models.Manager["Number"]):
    """Finds and creates numbers."""

    def known(self, e164: str, **defaults: Any) -> "Number":
        """The number, created if necessary; one that was public before it was erased stays marked as ever public."""
        number, new = self.get_or_create(e164=e164, defaults=defaults)
        if new and self.filter(erased_key=erased_key(e164), ever_public=True).exists():
            for public in (True, number.public):  # a trigger sets `ever_public`
                number.public = public
                number.save(update_fields=["public"])
            number.refresh_from_db()
        return number

    def with_public_page(self) -> "models.QuerySet[Number]":
        """Those that have a page that anyone can read now; in SQL, the view `numbers_receiving` has them."""
        # A number has one live lease at most, so the join returns it once
        return self.filter(public=True, leases__state__in=SHOWN)

    def placeholder(self, country: str, kind: str, capabilities: list[str]) -> "Number":
        """Create the placeholder for a number that the carrier has yet to choose."""
        e164 = f"{NOBODYS}{secrets.randbelow(10**12):012d}"
        return self.create(e164=e164, country=country, kind=kind, capabilities=capabilities)


class Number(models.Model):
    """A phone number that we lease or have leased.

    `ever_public` is set by a trigger when the number is made public and never unset: such a number can never
    be rented privately, because anyone may still know it.
    """

    e164 = models.CharField(
        "number", max_length=16, unique=True, help_text="With the plus (example: +15005550006)"
    )
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    kind = models.CharField(max_length=16, choices=KindChoices.choices, default=KindChoices.LOCAL)
    capabilities = ArrayField(models.CharField(max_length=8), default=list)
    public = models.BooleanField(default=False, help_text="Anyone can read its messages")
    ever_public = models.BooleanField(default=False, editable=False)
    retention = bounded(
        RETENTION,
        verbose_name="keep messages for",
        null=True,
        blank=True,
        help_text="Leave empty for the site's default",
    )
    code_life = bounded(
        CODE_LIFE,
        verbose_name="keep codes for",
        null=True,
        blank=True,
        help_text="Leave empty for the site's default",
    )
    erased_key = models.UUIDField(
        null=True,
        editable=False,
        help_text="Keyed hash of a number that was erased; `e164` is then a placeholder",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NumberManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(e164__regex=r"^\+[1-9][0-9]{2,14}$")
                # A short code is valid in its country only, and public pages are addressed by E.164
                | models.Q(kind="short_code", public=False, e164__regex=SHORT_CODE),
                name="number_is_e164",
                violation_error_message="A short code cannot be public: public pages are addressed by E.164.",
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="number_country_is_iso2"
            ),
            kept("retention", RETENTION, "number_retention_bounded"),
            kept("code_life", CODE_LIFE, "number_code_life_bounded"),
        ]
        indexes = [
            models.Index(fields=["country"], condition=models.Q(public=True), name="number_public"),
            models.Index(
                fields=["erased_key"], condition=models.Q(erased_key__isnull=False), name="number_erased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} number in {self.country}, not chosen yet" if self.is_placeholder else self.e164

    @property
    def is_placeholder(self) -> bool:
        """Whether the carrier has yet to choose the number; `e164` is not a real number until then."""
        return self.e164.startswith(NOBODYS) and self.erased_key is None

    def clean(self) -> None:
        """Report what a trigger would refuse."""
        held = Q(cancelled=False, held__endswith__gt=Now())
        if self.pk and self.public and self.rentals.filter(held).exists():
            raise ValidationError(
                {
                    "public": "This number is rented or cooling down after a rental, so it cannot become public."
                }
            )

    @property
    def digits(self) -> str:
        """E.164 without the plus, as in the addresses of pages."""
        return self.e164.removeprefix("+")
