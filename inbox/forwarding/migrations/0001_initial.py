"""Forwarding: targets, rules and deliveries."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tempsms.lib.vault


class Migration(migrations.Migration):
    """Targets, rules and deliveries."""

    initial = True

    dependencies = [
        ("numbers", "0020_problems"),
    ]

    operations = [
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(blank=True, default="", editable=False, max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[("webhook", "Webhook"), ("email", "e-mail"), ("chat", "chat app")],
                        max_length=8,
                    ),
                ),
                ("sealed", tempsms.lib.vault.SealedSettingsField(default=dict)),
                ("address_hash", models.UUIDField(editable=False)),
                (
                    "shown",
                    models.CharField(
                        help_text="Without what is secret in it", max_length=300, verbose_name="address"
                    ),
                ),
                (
                    "sequence",
                    models.BigIntegerField(default=0, editable=False, help_text="Of its newest delivery"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "problem",
                    models.CharField(blank=True, help_text="Why it is disabled, or fails", max_length=200),
                ),
                ("disabled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "noticed_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When somebody was told that it is disabled",
                        null=True,
                    ),
                ),
                (
                    "succeeded_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last success"),
                ),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="failures in a row"),
                ),
                ("paused_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("taken_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("taken_by", models.UUIDField(blank=True, editable=False, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "kind", "address_hash"), name="target_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(blank=True, default="", editable=False, max_length=64)),
                (
                    "sender",
                    models.CharField(blank=True, help_text="Only messages from this sender", max_length=64),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True,
                        help_text="In upper or lower case; codes are not searched",
                        max_length=200,
                        verbose_name="text contains",
                    ),
                ),
                (
                    "codes",
                    models.CharField(
                        choices=[
                            ("any", "with or without a code"),
                            ("with", "only with a code"),
                            ("without", "only without a code"),
                        ],
                        default="any",
                        max_length=8,
                    ),
                ),
                (
                    "whole",
                    models.BooleanField(
                        default=True,
                        editable=False,
                        help_text="Whether the owner may read senders whole, and what only operators see",
                    ),
                ),
                (
                    "code_in_subject",
                    models.BooleanField(
                        default=False,
                        help_text="Put the code into the subject of e-mails, which phones show when locked",
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "number",
                    models.ForeignKey(
                        blank=True,
                        help_text="Leave number and rental empty for all numbers",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="numbers.number",
                    ),
                ),
                (
                    "rental",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="numbers.rental",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="forwarding.target",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="next attempt at"
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("message_id", models.BigIntegerField(help_text="Empty for a test", null=True)),
                (
                    "sequence",
                    models.BigIntegerField(default=0, help_text="Within its target, from 1; 0 for a test"),
                ),
                (
                    "tries",
                    models.PositiveSmallIntegerField(default=0, help_text="Since it was made or replayed"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("delivered", "Delivered"), ("failed", "Failed"), ("dropped", "Dropped")],
                        max_length=10,
                    ),
                ),
                ("status", models.PositiveSmallIntegerField(default=0, verbose_name="last status")),
                ("note", models.CharField(blank=True, max_length=300)),
                ("log", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "expires_at",
                    models.DateTimeField(help_text="When its message is forgotten, and this with it"),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="forwarding.rule",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="forwarding.target",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", None), ("rental", None), _connector="OR"),
                name="rule_for_number_or_rental",
                violation_error_message="Choose a number or a rental, not both.",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("settled_at", None)), fields=["target", "due_at"], name="delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("message_id", None), ("settled_at", None)),
                fields=["target"],
                name="delivery_test_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["target", "-id"], name="delivery_newest"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["message_id"], name="delivery_by_message"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["expires_at"], name="delivery_by_expiry"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("rule", "message_id"), name="delivery_once"),
        ),
    ]
