"""What the database itself refuses, whoever writes: each named constraint is met by a plain statement of SQL."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inbox.models import Part, Quarantined, Report
from numbers.models import Canary, Charge, Finding, Intent, PoolTarget, Spending
from tests.factories import make_account, make_lease, make_number, make_rental

pytestmark = pytest.mark.django_db


def again(table: str, **changes: str) -> str:
    """The table's row once more, with another id."""
    values = ", ".join(f"'{name}', {value}" for name, value in {"id": "-1", **changes}.items())
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(known, jsonb_build_object({values}))).*"
        f" FROM {table} known"
    )


def put(table: str, *changes: str) -> list[str]:
    """A statement for each change of the table's row."""
    return [f"UPDATE {table} SET {change}" for change in changes]


ACCOUNT, TARGET, NUMBER = "numbers_account", "numbers_pooltarget", "numbers_number"
LEASE, RENTAL = "numbers_lease", "numbers_rental"
YEAR, MINUTE = "interval '11 years'", "interval '1 minute'"
REFUSED: dict[str, list[str]] = {
    "account_label_once_per_carrier": [again(ACCOUNT, key="'another'")],
    "account_currency_is_iso": put(ACCOUNT, "currency = 'usd'", "currency = 'US'", "currency = ''"),
    "account_money_not_negative": put(ACCOUNT, "canary_price = -0.0001", "monthly_ceiling = -1"),
    "account_canary_sender_is_one": put(ACCOUNT, "canary_sender = '<b>Bank</b>'", "canary_sender = '+01'"),
    "target_country_is_iso2": put(TARGET, "country = 'us'", "country = 'XX'", "country = ''"),
    "target_ceiling_not_negative": put(
        TARGET, "max_monthly_cost = -0.01", "max_setup_cost = -0.01", "monthly_ceiling = -0.01"
    ),
    "target_capabilities_known": put(TARGET, "capabilities = '{}'", "capabilities = '{sms,smell}'"),
    "target_currency_is_iso": put(TARGET, "currency = 'usd'"),
    "target_rotation_bounded": put(TARGET, f"rotate_after = {YEAR}", f"rotate_after = {MINUTE}"),
    "target_quarantine_bounded": put(TARGET, f"quarantine_for = {YEAR}", f"quarantine_for = {MINUTE}"),
    "number_is_e164": put(NUMBER, "e164 = '15005550006'", "e164 = '+0500555'", "e164 = '12345'"),
    "number_country_is_iso2": put(
        NUMBER, "country = 'us'", "country = 'U'", "country = 'U1'", "country = ''"
    ),
    "number_retention_bounded": put(NUMBER, f"retention = {YEAR}", f"retention = {MINUTE}"),
    "number_code_life_bounded": put(NUMBER, f"code_life = {YEAR}", "code_life = interval '1 second'"),
    "lease_one_live_per_number": [again(LEASE, carrier_ref="'another'")],
    "lease_costs_not_negative": put(LEASE, "monthly_cost = -0.0001", "setup_cost = -0.0001"),
    "charge_once_per_period": [again("numbers_charge")],
    "spending_once_a_day": [again("numbers_spending")],
    "spending_not_negative": put("numbers_spending", "amount = -0.0001"),
    "charge_not_negative": put("numbers_charge", "amount = -0.0001"),
    "intent_once_per_effect": [again("numbers_intent")],
    "finding_open_once": [again("numbers_finding")],
    "canary_one_open_per_number": [again("numbers_canary", word="'another'")],
    "rental_excludes_others": [again(RENTAL)],
    "rental_held_covers_during": put(
        RENTAL,
        "during = tstzrange(NULL, upper(during))",
        "during = tstzrange(lower(during), NULL), held = tstzrange(lower(held), NULL)",
        "held = tstzrange(lower(held), upper(during) - interval '1 second')",
    ),
    "rental_retention_bounded": put(RENTAL, f"retention = {YEAR}", f"retention = {MINUTE}"),
    "rental_code_life_bounded": put(RENTAL, f"code_life = {YEAR}", "code_life = interval '1 second'"),
    "part_once": [again("inbox_part")],
    "quarantined_once": [again("inbox_quarantined")],
    "report_open_once": [again("inbox_report")],
}


@pytest.fixture
def rows() -> None:
    """A row in each of these tables."""
    account, now = make_account(), timezone.now()
    PoolTarget.objects.create(country="US", account=account)
    lease = make_lease(make_number(public=False), account)
    make_rental(lease)
    Charge.objects.create(lease=lease, what="setup", period=date(2026, 11, 1), amount=1, currency="USD")
    Spending.objects.create(payer="site", day=date(2026, 11, 1), currency="USD", amount=1)
    Intent.objects.create(lease=lease, effect="buy")
    Finding.objects.create(account=account, what="orphan", e164="+15005550006", seen_at=now)
    Canary.objects.create(number=lease.number, account=account, state="sent", price=0)
    Report.objects.create(number=lease.number, hidden=False)
    Part.objects.create(account=account, ref="1", index=1, total=2)
    Quarantined.objects.create(account=account, body=b"", body_hash=uuid.uuid4())


@pytest.mark.parametrize(
    "statement", [pytest.param((name, one), id=name) for name in REFUSED for one in REFUSED[name]]
)
def test_it_refuses(rows: None, statement: tuple[str, str]) -> None:
    name, sql = statement
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount, "there was no row to refuse"
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == name


def test_each_of_its_constraints_is_met_here() -> None:
    named = {
        constraint.name
        for label in ("numbers", "inbox")
        for model in apps.get_app_config(label).get_models()
        for constraint in model._meta.constraints
    }
    with connection.cursor() as cursor:
        # what a migration writes in SQL is in no model; PostgreSQL names those of Django's positive integers
        cursor.execute(
            "SELECT DISTINCT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
            " WHERE contype IN ('c', 'x') AND relname ~ '^(numbers|inbox)_' AND conname !~ '_check$'"
        )
        named |= {name for (name,) in cursor.fetchall()}
    assert named == set(REFUSED)
