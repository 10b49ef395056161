"""The newest open parts of a message are read without sorting all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0007_visitors_wording")]

    operations = [
        migrations.RemoveIndex(model_name="part", name="part_open"),
        migrations.AddIndex(
            model_name="part",
            index=models.Index(
                fields=["account", "recipient", "sender", "group", "id"],
                condition=models.Q(joined_at=None),
                name="part_open_newest",
            ),
        ),
    ]
