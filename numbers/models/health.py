"""What a number was really seen to receive."""

from django.db import models

from numbers.models.number import Number


class Health(models.Model):
    """When a number last received each kind of traffic: what carriers promise of a number is not what arrives.

    `filtered_at` is when a carrier last blanked a message to it.
    """

    number = models.OneToOneField(Number, on_delete=models.CASCADE, primary_key=True, related_name="health")
    received_at = models.DateTimeField(null=True, help_text="Anything")
    code_at = models.DateTimeField(null=True, help_text="A one-time code")
    short_code_at = models.DateTimeField(null=True, help_text="From a short code")
    name_at = models.DateTimeField(null=True, help_text="From a sender with letters")
    domestic_at = models.DateTimeField(null=True, help_text="From a number of the same country code")
    international_at = models.DateTimeField(null=True, help_text="From a number of another country code")
    filtered_at = models.DateTimeField(null=True, help_text="Blanked by the carrier")

    class Meta:
        verbose_name_plural = "health"

    def __str__(self) -> str:
        return f"health of {self.number_id}"
