"""A link to a rental's page."""

from django.db import models

from numbers.models.rental import Rental


class RentalLink(models.Model):
    """A link to a rental's page; only a keyed hash of its token is stored. See `numbers.rental_links`."""

    rental = models.ForeignKey(Rental, on_delete=models.CASCADE, related_name="links")
    key = models.UUIDField(unique=True, editable=False, help_text="A keyed hash of the token")
    made_by = models.CharField("created by", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link {self.pk} to {self.rental}"
