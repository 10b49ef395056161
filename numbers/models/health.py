"""What a number has actually received."""

from django.db import models

from numbers.models.number import Number


class Health(models.Model):
    """When a number last received each kind of traffic, since numbers do not receive all that carriers promise.

    `filtered_at` is when the carrier last blanked a message to it.
    """

    number = models.OneToOneField(Number, on_delete=models.CASCADE, primary_key=True, related_name="health")
    received_at = models.DateTimeField("last message", null=True, help_text="Of any kind")
    code_at = models.DateTimeField("last one-time code", null=True)
    short_code_at = models.DateTimeField("last from a short code", null=True)
    name_at = models.DateTimeField("last from a named sender", null=True)
    domestic_at = models.DateTimeField(
        "last domestic", null=True, help_text="From a number with the same country code"
    )
    international_at = models.DateTimeField(
        "last from abroad", null=True, help_text="From a number with another country code"
    )
    filtered_at = models.DateTimeField("last blanked by the carrier", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "received traffic"

    def __str__(self) -> str:
        return f"health of {self.number_id}"
