"""Leases get the API client that ordered them, rentals their purpose; those of operators have none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns with defaults in the database, so that older code can still insert."""

    dependencies = [("numbers", "0021_rental_owner")]
    operations = [
        migrations.AddField(
            model_name="lease",
            name="owner",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Who ordered it and pays for it; empty: the pool or an operator",
                max_length=40,
                verbose_name="API client",
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("owner", ""), _negated=True), fields=["owner"], name="lease_by_owner"
            ),
        ),
        migrations.AddField(
            model_name="rental",
            name="purpose",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=120),
        ),
    ]
