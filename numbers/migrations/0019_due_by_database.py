"""An intent in `calling` is due when its worker has had all its time, as any other is due at `due_at`."""

from django.db import migrations, models
from django.db.models.functions import Now

DUE = "UPDATE numbers_intent SET due_at = called_at + interval '150 s' WHERE state = 'calling'"


class Migration(migrations.Migration):
    """The database's clock sets the time; calls on their way get theirs."""

    dependencies = [("numbers", "0018_shown_and_running")]
    operations = [
        migrations.AlterField(
            model_name="intent",
            name="due_at",
            field=models.DateTimeField(db_default=Now(), verbose_name="next attempt at"),
        ),
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
    ]
