"""What an operator should look into: where our books and a carrier's differ, and requests that are refused."""

from django.db import models

from numbers.models.account import Account


class Finding(models.Model):
    """A difference between what we know and what a carrier says, open until an audit no longer sees it.

    Or requests to an account's webhook whose signature is wrong: `times` of them, open until a day passes without one.
    """

    class What(models.TextChoices):
        """Kinds of differences."""

        ORPHAN = "orphan", "Orphan: owned and paid at the carrier, unknown here"
        MISSING = "missing", "Missing: leased here, not owned at the carrier"
        DRIFT = "drift", "Drift: its messages go to another address"
        IDLE = "idle", "Idle: paid, and nothing came for a long time"
        STUCK = "stuck", "Stuck: the carrier refused to take it back, and it is paid on"
        REFUSED = "refused", "Refused: requests with a wrong signature, so compare the account's secrets"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="findings")
    what = models.CharField(max_length=8, choices=What.choices)
    e164 = models.CharField(max_length=16, blank=True)
    carrier_ref = models.CharField(max_length=128, blank=True)
    detail = models.TextField(blank=True)
    monthly_cost = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="USD")
    times = models.PositiveIntegerField(default=1, db_default=1, help_text="How often it was seen")
    found_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "what", "e164"],
                condition=models.Q(settled_at=None),
                name="finding_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.e164}".rstrip()
