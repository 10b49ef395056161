"""What visitors and operators read: reasons for reports, and the reason that rules have from the start."""

from django.db import migrations, models

_OLD, _NEW = "by a rule of this site", "Rules of this site"
_RENAME = "UPDATE inbox_rule SET reason = %s WHERE reason = %s"


class Migration(migrations.Migration):
    dependencies = [("inbox", "0006_admin_wording")]

    operations = [
        migrations.AlterField(
            model_name="report",
            name="why",
            field=models.CharField(
                choices=[
                    ("personal", "It contains my personal data"),
                    ("harmful", "It is threatening, fraudulent or abusive"),
                    ("illegal", "It is illegal"),
                    ("other", "Something else"),
                ],
                default="other",
                max_length=8,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="rule",
            name="reason",
            field=models.CharField(
                default=_NEW,
                help_text="What the page shows before the number of messages: “Rules of this site: 2”",
                max_length=80,
            ),
        ),
        migrations.RunSQL([(_RENAME, [_NEW, _OLD])], [(_RENAME, [_OLD, _NEW])]),
    ]
