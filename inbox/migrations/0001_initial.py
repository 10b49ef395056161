import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# Partitioned by the day on which rows may be forgotten; `rest` takes what no partition was made for in time.
# The primary key must hold the partition key; ids are unique by their sequence.
MESSAGES = """
CREATE SEQUENCE inbox_message_id_seq AS bigint CACHE 1;
CREATE TABLE inbox_message (
    id bigint NOT NULL DEFAULT nextval('inbox_message_id_seq'),
    number_id bigint NOT NULL,
    account_id bigint NOT NULL,
    rental_id bigint,
    carrier_ref text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    sender text NOT NULL,
    body text NOT NULL,
    cuts integer[] NOT NULL,
    code_confidence double precision,
    code_reason text NOT NULL,
    segments smallint NOT NULL,
    encoding text NOT NULL,
    flags text[] NOT NULL,
    media jsonb NOT NULL,
    public boolean NOT NULL CHECK (NOT public OR rental_id IS NULL),
    sent_at timestamptz,
    received_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (id, expires_at)
) PARTITION BY RANGE (expires_at);
ALTER SEQUENCE inbox_message_id_seq OWNED BY inbox_message.id;
CREATE INDEX message_newest ON inbox_message (number_id, id DESC);
CREATE TABLE inbox_message_rest PARTITION OF inbox_message DEFAULT;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("numbers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Code",
            fields=[
                ("message_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed", models.TextField(help_text="A Fernet token")),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "message_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(MESSAGES, "DROP TABLE inbox_message")],
            state_operations=[
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("carrier_ref", models.CharField(max_length=128)),
                        (
                            "direction",
                            models.CharField(
                                choices=[("in", "In"), ("out", "Out")], default="in", max_length=3
                            ),
                        ),
                        ("sender", models.CharField(max_length=64)),
                        ("body", models.TextField(blank=True)),
                        (
                            "cuts",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.IntegerField(), default=list, size=None
                            ),
                        ),
                        ("code_confidence", models.FloatField(blank=True, null=True)),
                        ("code_reason", models.TextField(blank=True)),
                        ("segments", models.PositiveSmallIntegerField(default=1)),
                        ("encoding", models.CharField(default="GSM-7", max_length=8)),
                        (
                            "flags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=16), default=list, size=None
                            ),
                        ),
                        ("media", models.JSONField(default=list)),
                        (
                            "public",
                            models.BooleanField(
                                default=False, help_text="Came while its number was public and not rented"
                            ),
                        ),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                to="numbers.account",
                            ),
                        ),
                        (
                            "number",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="messages",
                                to="numbers.number",
                            ),
                        ),
                        (
                            "rental",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                to="numbers.rental",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["number", "-id"], name="message_newest")],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seen",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.UUIDField()),
                ("seen_on", models.DateField(default=datetime.date.today)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="numbers.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Quarantined",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("unparsable", "Unparsable"),
                            ("unknown number", "Unknown Number"),
                            ("unstorable text", "Unstorable"),
                            ("unmatched receipt", "Unmatched Receipt"),
                        ],
                        max_length=20,
                    ),
                ),
                ("detail", models.TextField(blank=True)),
                ("purpose", models.CharField(default="inbound", help_text="inbound or status", max_length=8)),
                ("method", models.CharField(max_length=8)),
                ("query", models.TextField(blank=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("body_hash", models.UUIDField(help_text="Keyed; the same request again only counts up")),
                ("repeats", models.PositiveIntegerField(default=0)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="numbers.account"),
                ),
            ],
            options={
                "verbose_name_plural": "quarantined requests",
                "indexes": [models.Index(fields=["received_at"], name="quarantined_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "body_hash"), name="quarantined_once")
                ],
            },
        ),
    ]
