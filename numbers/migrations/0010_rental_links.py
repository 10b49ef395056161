"""Links to rentals, and two triggers put right.

A number stays private while it is held, which includes the cool-down: what is late for its last holder is for nobody
else. And only what makes a rental hold a number is refused for one that was public: an old rental can be corrected.
"""

import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = """
CREATE OR REPLACE FUNCTION numbers_rental_needs_private_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.number_id, NEW.during, NEW.held, NEW.cancelled)
        = (OLD.number_id, OLD.during, OLD.held, OLD.cancelled) THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM numbers_number WHERE id = NEW.number_id AND NOT ever_public FOR SHARE;
    IF NOT FOUND AND NOT NEW.cancelled THEN
        RAISE EXCEPTION 'number % was public: it cannot be rented', NEW.number_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rental_needs_private_number';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION numbers_number_stays_rented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.public AND NOT OLD.public AND EXISTS (
        SELECT 1 FROM numbers_rental
        WHERE number_id = NEW.id AND NOT cancelled AND held && tstzrange(now(), NULL)
    ) THEN
        RAISE EXCEPTION 'number % is rented: it cannot become public', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'number_stays_rented';
    END IF;
    RETURN NEW;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION numbers_rental_needs_private_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM numbers_number WHERE id = NEW.number_id AND NOT ever_public FOR SHARE;
    IF NOT FOUND AND NOT NEW.cancelled THEN
        RAISE EXCEPTION 'number % was public: it cannot be rented', NEW.number_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rental_needs_private_number';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION numbers_number_stays_rented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.public AND NOT OLD.public AND EXISTS (
        SELECT 1 FROM numbers_rental WHERE number_id = NEW.id AND NOT cancelled AND upper(during) > now()
    ) THEN
        RAISE EXCEPTION 'number % is rented: it cannot become public', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'number_stays_rented';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """The links and the triggers."""

    dependencies = [("numbers", "0009_intent_key")]
    operations = [
        migrations.CreateModel(
            name="RentalLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.UUIDField(editable=False, help_text="A keyed hash of the token", unique=True),
                ),
                ("made_by", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "rental",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="numbers.rental",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
