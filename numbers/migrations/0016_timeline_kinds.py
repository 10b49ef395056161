from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("numbers", "0015_admin_wording"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="what",
            field=models.CharField(
                choices=[
                    ("ordered", "ordered"),
                    ("provisioning", "provisioning"),
                    ("active", "active"),
                    ("draining", "draining"),
                    ("quarantined", "quarantined"),
                    ("released", "released"),
                    ("failed", "failed"),
                    ("adopted", "adopted"),
                    ("bought after all", "bought after all"),
                    ("chosen", "chosen"),
                    ("kept", "kept"),
                    ("priced", "priced"),
                    ("unusable", "unusable"),
                    ("release requested", "release requested"),
                    ("release refused", "release refused"),
                ],
                max_length=40,
                verbose_name="event",
            ),
        ),
    ]
