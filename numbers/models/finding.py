"""What an operator should look into: differences between our records and a carrier's, and refused requests."""

from django.db import models

from numbers.models.account import Account


class Finding(models.Model):
    """A difference between our records and a carrier's, open until an audit no longer finds it.

    Or `times` requests to an account's webhook with an invalid signature, open until a day passes without one.
    """

    class What(models.TextChoices):
        """Kinds of differences."""

        ORPHAN = "orphan", "Orphan: owned and paid for at the carrier, unknown here"
        MISSING = "missing", "Missing: leased here, not owned at the carrier"
        DRIFT = "drift", "Drift: its messages go to another webhook address"
        IDLE = "idle", "Idle: paid for, but nothing received for a long time"
        STUCK = "stuck", "Stuck: the carrier refused to release it, so it is still paid for"
        REFUSED = "refused", "Refused: requests with an invalid signature; check the account's secrets"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="findings")
    what = models.CharField("type", max_length=8, choices=What.choices)
    e164 = models.CharField("number", max_length=16, blank=True)
    carrier_ref = models.CharField("carrier's id", max_length=128, blank=True)
    detail = models.TextField(blank=True)
    monthly_cost = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="USD")
    times = models.PositiveIntegerField("times seen", default=1, db_default=1)
    found_at = models.DateTimeField("first seen", auto_now_add=True)
    seen_at = models.DateTimeField("last seen")
    settled_at = models.DateTimeField("resolved at", null=True, blank=True)

    class Meta:
        verbose_name = "difference with a carrier"
        verbose_name_plural = "differences with carriers"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "what", "e164"],
                condition=models.Q(settled_at=None),
                name="finding_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.e164}".rstrip()
