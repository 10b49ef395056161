"""The ledger: what carriers charge for leases."""

from django.db import models

from numbers.models.lease import Lease


class Charge(models.Model):
    """A line of the ledger: what a carrier charges for a lease, in the lease's currency; lines are only added.

    The database allows one set-up line per lease and one line per paid month, identified by the month's first day.
    """

    class What(models.TextChoices):
        """What is paid for."""

        SETUP = "setup", "set-up"
        MONTH = "month", "month"

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="charges")
    what = models.CharField("type", max_length=8, choices=What.choices)
    period = models.DateField(help_text="First day of the period paid for")
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
