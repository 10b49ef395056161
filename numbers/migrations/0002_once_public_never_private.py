"""A number that was ever public never becomes private again: the database itself sees to it.

`ever_public` is set with `public` and never unset, and a rental of such a number is refused. Both triggers lock or
write the number's row, so that publishing and renting at the same moment exclude each other.
"""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION numbers_number_keeps_ever_public() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ever_public := NEW.public OR (TG_OP = 'UPDATE' AND OLD.ever_public);
    RETURN NEW;
END $$;
CREATE TRIGGER number_keeps_ever_public BEFORE INSERT OR UPDATE ON numbers_number
    FOR EACH ROW EXECUTE FUNCTION numbers_number_keeps_ever_public();

CREATE FUNCTION numbers_rental_needs_private_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM numbers_number WHERE id = NEW.number_id AND NOT ever_public FOR SHARE;
    IF NOT FOUND AND NOT NEW.cancelled THEN
        RAISE EXCEPTION 'number % was public: it cannot be rented', NEW.number_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rental_needs_private_number';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rental_needs_private_number BEFORE INSERT OR UPDATE ON numbers_rental
    FOR EACH ROW EXECUTE FUNCTION numbers_rental_needs_private_number();

CREATE FUNCTION numbers_number_stays_rented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.public AND NOT OLD.public AND EXISTS (
        SELECT 1 FROM numbers_rental WHERE number_id = NEW.id AND NOT cancelled AND upper(during) > now()
    ) THEN
        RAISE EXCEPTION 'number % is rented: it cannot become public', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'number_stays_rented';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER number_stays_rented BEFORE UPDATE ON numbers_number
    FOR EACH ROW EXECUTE FUNCTION numbers_number_stays_rented();
"""

UNDO = """
DROP TRIGGER number_stays_rented ON numbers_number;
DROP TRIGGER rental_needs_private_number ON numbers_rental;
DROP TRIGGER number_keeps_ever_public ON numbers_number;
DROP FUNCTION numbers_number_stays_rented, numbers_rental_needs_private_number, numbers_number_keeps_ever_public;
"""


class Migration(migrations.Migration):
    """The triggers."""

    dependencies = [("numbers", "0001_initial")]
    operations = [migrations.RunSQL(TRIGGERS, UNDO)]
