"""The database's clock says when a batch of the outbox is due."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """The default."""

    dependencies = [("inbox", "0008_newest_parts")]
    operations = [
        migrations.AlterField(
            model_name="outbox",
            name="due_at",
            field=models.DateTimeField(db_default=Now(), db_index=True, verbose_name="next attempt at"),
        ),
    ]
