"""Rentals get the API client that made them; those of operators have none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column with a default in the database, so that older code can still insert."""

    dependencies = [("numbers", "0020_problems")]
    operations = [
        migrations.AddField(
            model_name="rental",
            name="owner",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=40,
                verbose_name="API client",
            ),
        ),
        migrations.AddIndex(
            model_name="rental",
            index=models.Index(
                condition=models.Q(("owner", ""), _negated=True),
                fields=["owner", "-id"],
                name="rental_by_owner",
            ),
        ),
    ]
