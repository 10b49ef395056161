"""Keys of the REST API."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from numbers.models import Number


class KeyQuerySet(models.QuerySet["ApiKey"]):
    """Selects keys by whether they are accepted, by the database's clock."""

    def valid(self) -> "KeyQuerySet":
        """Those that are neither revoked nor expired."""
        lasting = models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        return self.filter(lasting, revoked_at=None)


class ApiKey(models.Model):
    """A key of the REST API. Only its hash is stored; `start` is enough to recognise it in a list."""

    name = models.CharField(max_length=80, unique=True, help_text="Who or what uses it")
    start = models.CharField(max_length=16, editable=False)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20), help_text="What it may do")
    # Not "has numbers": a key whose last number is gone must not become one for all numbers
    bound = models.BooleanField(default=False, help_text="Only for the numbers below")
    numbers = models.ManyToManyField(Number, blank=True, related_name="+")
    project = models.CharField(
        max_length=40, blank=True, help_text="Name of the sandbox project that it is for; empty: all"
    )
    per_minute = models.PositiveIntegerField(
        "requests a minute", null=True, blank=True, help_text="Empty: the site's default"
    )
    monthly_ceiling = models.DecimalField(
        "may spend a month",
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="What the numbers that it leases may cost in a calendar month; empty: API_MONTHLY_CEILING",
    )
    application = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="api_key",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="To the minute")

    objects = KeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=models.Q(scopes__len__gte=1), name="apikey_has_scopes"),
            models.CheckConstraint(
                condition=models.Q(per_minute__isnull=True) | models.Q(per_minute__range=(1, 1_000_000)),
                name="apikey_per_minute_in_bounds",
                violation_error_message="Requests a minute: 1 to 1000000, or empty.",
            ),
            models.CheckConstraint(
                condition=models.Q(monthly_ceiling__isnull=True) | models.Q(monthly_ceiling__gte=0),
                name="apikey_ceiling_not_negative",
                violation_error_message="What it may spend a month cannot be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"


class StoredAnswer(models.Model):
    """The answer to a request with an `Idempotency-Key`; `key` and `request` are hashes, `body` is sealed."""

    SEALED = ("body",)

    key = models.BinaryField(max_length=16, primary_key=True)
    request = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"answer {self.status} of {self.created_at}"
