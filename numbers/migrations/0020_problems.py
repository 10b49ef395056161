"""Texts about what went wrong are called problems, as pages call them; their columns keep their names."""

from django.db import migrations, models

_ACCOUNT = {"blank": True, "db_default": "", "editable": False}
FIELDS = [
    ("account", "audit_trouble", {**_ACCOUNT, "help_text": "Why the last audit of this account failed"}),
    (
        "account",
        "log_trouble",
        {**_ACCOUNT, "help_text": "Why the last reading of the carrier's message log failed"},
    ),
    ("canary", "trouble", {"blank": True}),
    ("intent", "trouble", {"blank": True}),
    ("pooltarget", "trouble", {"blank": True, "editable": False, "help_text": "Why numbers are missing"}),
]


class Migration(migrations.Migration):
    """New names of fields; the database does not change."""

    dependencies = [("numbers", "0019_due_by_database")]
    operations = [
        operation
        for model, name, options in FIELDS
        for operation in (
            migrations.AlterField(model, name, models.TextField(db_column=name, **options)),
            migrations.RenameField(model, name, name.replace("trouble", "problem")),
        )
    ]
