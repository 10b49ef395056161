import datetime
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import numbers.models.account
import numbers.models.target
import tempsms.lib.vault


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", models.CharField(max_length=32)),
                ("label", models.CharField(help_text="What operators call it", max_length=80)),
                (
                    "key",
                    models.CharField(
                        default=numbers.models.account.new_key, editable=False, max_length=64, unique=True
                    ),
                ),
                ("secrets", tempsms.lib.vault.SealedJSONField(default=dict)),
                (
                    "enabled",
                    models.BooleanField(default=True, help_text="A disabled account's webhooks answer 404"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("carrier", "label"), name="account_label_once_per_carrier"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "e164",
                    models.CharField(help_text="With the plus: +15005550006", max_length=16, unique=True),
                ),
                ("country", models.CharField(help_text="ISO 3166-1 alpha-2", max_length=2)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("local", "Local"),
                            ("mobile", "Mobile"),
                            ("toll_free", "Toll Free"),
                            ("national", "National"),
                            ("short_code", "Short Code"),
                            ("alphanumeric", "Alphanumeric"),
                        ],
                        default="local",
                        max_length=16,
                    ),
                ),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("public", models.BooleanField(default=False, help_text="Its messages are shown to anyone")),
                ("ever_public", models.BooleanField(default=False, editable=False)),
                (
                    "retention",
                    models.DurationField(blank=True, help_text="Empty: the site's default", null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_message_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("public", True)), fields=["country"], name="number_public"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("e164__regex", "^\\+[1-9][0-9]{2,14}$")), name="number_is_e164"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="number_country_is_iso2"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PoolTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(help_text="ISO 3166-1 alpha-2, upper-case", max_length=2)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("local", "Local"),
                            ("mobile", "Mobile"),
                            ("toll_free", "Toll Free"),
                            ("national", "National"),
                            ("short_code", "Short Code"),
                            ("alphanumeric", "Alphanumeric"),
                        ],
                        default="local",
                        max_length=16,
                    ),
                ),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        default=numbers.models.target.sms,
                        size=None,
                    ),
                ),
                ("count", models.PositiveSmallIntegerField(default=1)),
                ("rotate_after", models.DurationField(default=datetime.timedelta(days=30))),
                ("quarantine_for", models.DurationField(default=datetime.timedelta(days=7))),
                (
                    "max_monthly_cost",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("5"),
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("public", models.BooleanField(default=True)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: any account that has offers",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="numbers.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ordered", "Ordered"),
                            ("provisioning", "Provisioning"),
                            ("active", "Active"),
                            ("draining", "Draining"),
                            ("quarantined", "Quarantined"),
                            ("released", "Released"),
                            ("failed", "Failed"),
                        ],
                        default="ordered",
                        max_length=16,
                    ),
                ),
                ("state_since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "carrier_ref",
                    models.CharField(blank=True, help_text="The carrier's id of the number", max_length=80),
                ),
                ("monthly_cost", models.DecimalField(decimal_places=4, default=0, max_digits=10)),
                ("setup_cost", models.DecimalField(decimal_places=4, default=0, max_digits=10)),
                ("currency", models.CharField(default="USD", max_length=3)),
                ("leased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retire_at",
                    models.DateTimeField(
                        blank=True, help_text="When rotation begins; empty: never", null=True
                    ),
                ),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="numbers.account",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="numbers.number",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leases",
                        to="numbers.pooltarget",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rental",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "holder",
                    models.CharField(
                        help_text="Who rents it: a key's name or an operator's note", max_length=80
                    ),
                ),
                (
                    "during",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(help_text="[from, until)"),
                ),
                (
                    "held",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(
                        help_text="[from, until plus cool-down)"
                    ),
                ),
                ("retention", models.DurationField(default=datetime.timedelta(days=7))),
                (
                    "cancelled",
                    models.BooleanField(default=False, help_text="Never began; its time is free again"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rentals",
                        to="numbers.number",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Intent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effect", models.CharField(choices=[("buy", "Buy"), ("release", "Release")], max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("calling", "Calling"),
                            ("uncertain", "Uncertain"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("called_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("trouble", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intents",
                        to="numbers.lease",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "calling", "uncertain"])),
                        fields=["due_at"],
                        name="intent_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("lease", "effect"), name="intent_once_per_effect")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("what", models.CharField(max_length=40)),
                ("detail", models.TextField(blank=True)),
                (
                    "actor",
                    models.CharField(
                        default="pool", help_text="pool, carrier, or an operator's name", max_length=40
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="numbers.lease"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["lease", "at"], name="event_timeline")],
            },
        ),
        migrations.AddConstraint(
            model_name="pooltarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="target_country_is_iso2"
            ),
        ),
        migrations.AddConstraint(
            model_name="pooltarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_monthly_cost__gte", 0)), name="target_ceiling_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["retire_at"], name="lease_due_to_retire"
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(fields=["target", "state"], name="lease_by_target"),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["released", "failed"]), _negated=True),
                fields=("number",),
                name="lease_one_live_per_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_cost__gte", 0), ("setup_cost__gte", 0)),
                name="lease_costs_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="rental",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled", False)),
                expressions=[("number", "="), ("held", "&&")],
                name="rental_excludes_others",
            ),
        ),
        migrations.AddConstraint(
            model_name="rental",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("during__startswith__isnull", False),
                    ("during__endswith__isnull", False),
                    ("held__contains", models.F("during")),
                ),
                name="rental_held_covers_during",
            ),
        ),
    ]
