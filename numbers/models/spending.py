"""What sending messages costs those who pay for it, day by day."""

from django.db import models


class Spending(models.Model):
    """What a payer spends on sending in a day (UTC), in one currency: reserved before a message goes, corrected after.

    `payer` is an account (`account:3`), a key of the API (`key:7`), or the whole site (`site`).
    """

    payer = models.CharField(max_length=64)
    day = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=14, decimal_places=5, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "currency", "day"], name="spending_once_a_day"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="spending_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} of {self.payer} on {self.day}"
