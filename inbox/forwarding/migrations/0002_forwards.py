"""Call forwards what they are called elsewhere: rules are those for public pages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Names that operators see."""

    dependencies = [("forwarding", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(name="rule", options={"verbose_name": "forward"}),
        migrations.AlterField(
            model_name="delivery",
            name="rule",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="forwarding.rule",
                verbose_name="forward",
            ),
        ),
    ]
