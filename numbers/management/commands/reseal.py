"""`manage.py reseal`: encrypt stored secrets again, with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from numbers.models import Account
from tempsms.lib.vault import NO_KEY, SealedSettingsField, Unreadable


class Command(BaseCommand):
    """The second step of a key rotation; the old key can be dropped once the last code and the last unprocessed
    request have expired: after one day or the messages' retention, whichever is longer."""

    help = "Encrypt the secrets of carriers and forwards again, with the newest key."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Decrypt with any key and encrypt with the first."""
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, SealedSettingsField):
                    self._reseal_column(model, field.name)

    def _reseal_column(self, model: type[models.Model], name: str) -> None:
        # Locked, so that settings saved meanwhile are not overwritten by older ones
        rows = list(model._default_manager.select_for_update(no_key=True).order_by("pk"))
        readable = [row for row in rows if not isinstance(getattr(row, name), Unreadable)]
        for row in readable:
            row.save(update_fields=[name])
        if rows or model is Account:
            self.stdout.write(f"{len(readable)} {model._meta.verbose_name_plural} resealed")
        for row in rows:
            if row not in readable:
                self.stderr.write(f"not resealed: {row}: {NO_KEY}")
