"""Kept requests are sealed and expire; receipts among them, and what is older than any message, go."""

from typing import Any

import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

import inbox.models.quarantined
from numbers import carriers
from tempsms.lib import vault

_SEALED = ("detail", "query", "headers", "body")


def seal(apps: Any, schema_editor: Any) -> None:
    """Seal what is there, without what proves who sent it."""
    rows = apps.get_model("inbox", "Quarantined").objects
    oldest = timezone.now() - settings.MESSAGE_RETENTION
    rows.filter(models.Q(reason="unmatched receipt") | models.Q(received_at__lte=oldest)).delete()
    for row in rows.select_related("account").iterator(chunk_size=100):
        proof_headers, proof_parameters = _proofs(row.account.carrier)
        row.detail = row.plain_detail
        row.query = "&".join(
            field for field in row.plain_query.split("&") if field.partition("=")[0] not in proof_parameters
        )
        row.headers = {name: value for name, value in row.plain_headers.items() if name not in proof_headers}
        row.body = bytes(row.plain_body)
        row.expires_at = row.received_at + settings.MESSAGE_RETENTION
        row.save(update_fields=[*_SEALED, "expires_at"])


def _proofs(carrier: str) -> tuple[frozenset[str], frozenset[str]]:
    try:
        adapter = carriers.get(carrier)
    except KeyError:
        return frozenset({"authorization"}), frozenset({"token"})
    return adapter.proof_headers, adapter.proof_parameters


class Migration(migrations.Migration):
    """New columns of the old names; the old ones are dropped."""

    dependencies = [("inbox", "0004_rules_and_reports")]

    operations = [
        *(migrations.RenameField("quarantined", name, f"plain_{name}") for name in _SEALED),
        migrations.AddField("quarantined", "detail", vault.SealedJSONField(default=str)),
        migrations.AddField("quarantined", "query", vault.SealedJSONField(default=str)),
        migrations.AddField("quarantined", "headers", vault.SealedJSONField(default=dict)),
        migrations.AddField(
            "quarantined", "body", vault.SealedBytesField(default=bytes), preserve_default=False
        ),
        migrations.AddField(
            "quarantined",
            "expires_at",
            models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                default=inbox.models.quarantined.kept_until,
            ),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        *(migrations.RemoveField("quarantined", f"plain_{name}") for name in _SEALED),
        migrations.AlterField(
            "quarantined",
            "reason",
            models.CharField(
                choices=[
                    ("unparsable", "Unparsable"),
                    ("unknown number", "Unknown Number"),
                    ("unstorable text", "Unstorable"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex("quarantined", models.Index(fields=["expires_at"], name="quarantined_expiry")),
    ]
