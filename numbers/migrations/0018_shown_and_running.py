"""Two views that state once, in SQL, which numbers are in use and shown, and which rentals run.

The managers of `Lease`, `Number` and `Rental` state the same for the ORM. A migration that alters a column named here
drops the view first and creates it again.
"""

from django.db import migrations

VIEWS = """
CREATE VIEW numbers_receiving AS
SELECT lease.id AS lease_id, lease.account_id, number.id AS number_id, number.e164, number.country, number.retention, number.code_life,
    lease.state IN ('active', 'draining') AS shown,
    number.public AND lease.state IN ('active', 'draining') AS has_public_page
FROM numbers_number number JOIN numbers_lease lease ON lease.number_id = number.id
WHERE lease.state NOT IN ('ordered', 'released', 'failed');
COMMENT ON VIEW numbers_receiving IS
'A number whose messages are accepted now, with its lease: shown to somebody, or on a page that anyone can read';

CREATE VIEW numbers_running_rental AS
SELECT id, number_id, during FROM numbers_rental WHERE NOT cancelled AND during @> statement_timestamp();
COMMENT ON VIEW numbers_running_rental IS 'A rental that runs now: messages to its number belong to it';
"""


class Migration(migrations.Migration):
    """The views."""

    dependencies = [("numbers", "0017_account_secrets_unreadable")]
    operations = [migrations.RunSQL(VIEWS, "DROP VIEW numbers_receiving; DROP VIEW numbers_running_rental;")]
