"""What carriers take for leases, line by line."""

from django.db import models

from numbers.models.lease import Lease


class Charge(models.Model):
    """A line of the ledger: what a carrier takes for a lease, in the lease's currency; only ever added.

    The database allows one set-up line a lease and one line for each paid month, by the month's first day.
    """

    class What(models.TextChoices):
        """What is paid for."""

        SETUP = "setup"
        MONTH = "month"

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="charges")
    what = models.CharField(max_length=8, choices=What.choices)
    period = models.DateField(help_text="First day of what is paid for")
    amount = models.DecimalField(max_digits=10, decimal_places=4)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lease", "what", "period"], name="charge_once_per_period"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="charge_not_negative"),
        ]
        indexes = [models.Index(fields=["period"], name="charge_by_period")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.what} {self.period}"
