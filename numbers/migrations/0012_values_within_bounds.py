"""Values that the next migration's constraints refuse, made harmless; where in doubt, so that less is spent.

A rotation below a day was a number typed without its unit ("30" was thirty seconds): it is thirty days now. Other
durations go to the nearest bound. A target without a ceiling gets twice what its numbers may cost at most, or hold
already. Currencies and capabilities are written as everywhere else; what is none fits no offer. A target for a country
that does not exist could never be filled, and goes; its leases stay.
"""

from django.db import migrations

from numbers.migrations._countries import COUNTRIES

TARGETS = """
UPDATE numbers_pooltarget SET rotate_after = '30 days' WHERE rotate_after < '1 day';
UPDATE numbers_pooltarget SET rotate_after = '3650 days' WHERE rotate_after > '3650 days';
UPDATE numbers_pooltarget SET quarantine_for = least(greatest(quarantine_for, '1 hour'), '90 days')
    WHERE quarantine_for NOT BETWEEN '1 hour' AND '90 days';
UPDATE numbers_pooltarget SET max_setup_cost = 0 WHERE max_setup_cost < 0;
UPDATE numbers_pooltarget SET monthly_ceiling = 0 WHERE monthly_ceiling < 0;
UPDATE numbers_pooltarget t SET monthly_ceiling = least(99999999, 2 * greatest(
    t.count * (t.max_monthly_cost + t.max_setup_cost),
    (SELECT coalesce(sum(l.monthly_cost), 0) FROM numbers_lease l
     WHERE l.target_id = t.id AND l.state NOT IN ('released', 'failed'))))
    WHERE monthly_ceiling IS NULL;
UPDATE numbers_pooltarget SET currency = upper(btrim(currency)) WHERE currency !~ '^[A-Z]{3}$';
UPDATE numbers_pooltarget SET currency = 'XXX' WHERE currency !~ '^[A-Z]{3}$';
UPDATE numbers_pooltarget SET capabilities = ARRAY(
    SELECT DISTINCT name FROM (SELECT lower(btrim(unnest(capabilities))) AS name UNION SELECT 'sms') AS named
    WHERE name IN ('sms', 'mms', 'voice', 'fax') ORDER BY name)::varchar(8)[]
    WHERE NOT (capabilities @> ARRAY['sms']::varchar[]
               AND capabilities <@ ARRAY['sms', 'mms', 'voice', 'fax']::varchar[]);
"""
NOWHERE = """
UPDATE numbers_lease SET target_id = NULL
    WHERE target_id IN (SELECT id FROM numbers_pooltarget WHERE country <> ALL (%s));
DELETE FROM numbers_pooltarget WHERE country <> ALL (%s);
"""
ACCOUNTS = r"""
UPDATE numbers_account SET currency = upper(btrim(currency)) WHERE currency !~ '^[A-Z]{3}$';
UPDATE numbers_account SET currency = 'XXX' WHERE currency !~ '^[A-Z]{3}$';
UPDATE numbers_account SET canary_price = 0 WHERE canary_price < 0;
UPDATE numbers_account SET monthly_ceiling = 0 WHERE monthly_ceiling < 0;
UPDATE numbers_account SET canary_sender = btrim(canary_sender)
    WHERE canary_sender !~ '^(|\+[1-9][0-9]{6,14}|[A-Za-z0-9 ._-]{1,11})$';
UPDATE numbers_account SET canary_sender = ''
    WHERE canary_sender !~ '^(|\+[1-9][0-9]{6,14}|[A-Za-z0-9 ._-]{1,11})$';
"""
KEPT = """
UPDATE numbers_number SET retention = least(greatest(retention, '1 hour'), '30 days')
    WHERE retention NOT BETWEEN '1 hour' AND '30 days';
UPDATE numbers_number SET code_life = least(greatest(code_life, '1 minute'), '30 days')
    WHERE code_life NOT BETWEEN '1 minute' AND '30 days';
UPDATE numbers_rental SET retention = least(greatest(retention, '1 hour'), '30 days')
    WHERE retention NOT BETWEEN '1 hour' AND '30 days';
UPDATE numbers_rental SET code_life = least(greatest(code_life, '1 minute'), '30 days')
    WHERE code_life NOT BETWEEN '1 minute' AND '30 days';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("numbers", "0011_refused_requests"),
    ]

    operations = [
        migrations.RunSQL(TARGETS, migrations.RunSQL.noop),
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        migrations.RunSQL(
            [(statement, [list(COUNTRIES)]) for statement in NOWHERE.strip().split(";\n")],
            migrations.RunSQL.noop,
        ),
    ]
