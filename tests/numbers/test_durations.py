"""Durations are typed with their unit, in forms, commands and settings, and the database keeps their bounds."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from inbox.privacy import retention
from numbers.admin.fields import DurationField
from numbers.migrations import _countries
from numbers.models import Number, PoolTarget, Rental
from numbers.models.durations import RETENTION
from tempsms.lib import durations
from tests.factories import make_account, make_lease, make_number, make_rental

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30 days", 30 * DAY),
        ("1 day", DAY),
        ("12h", timedelta(hours=12)),
        (" 90 min ", timedelta(minutes=90)),
        ("1.5 Days", timedelta(hours=36)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, value: timedelta) -> None:
    assert durations.parse(text) == value
    number, unit = durations.split(value)
    assert durations.parse(f"{number} {unit}") == value


@pytest.mark.parametrize(
    "text", ["30", "", "days", "-1 days", "3 fortnights", "1 day 2 hours", "1e9 days", "٣ days"]
)
def test_what_has_no_unit_or_is_no_duration_is_refused_in_words(text: str) -> None:
    with pytest.raises(durations.BadDuration, match="unit"):
        durations.parse(text)


def test_a_duration_is_told_with_its_unit() -> None:
    values = [timedelta(0), timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=36), 30 * DAY]
    assert [durations.in_words(value) for value in values] == [
        "0 minutes",
        "30 seconds",
        "1 minute",
        "36 hours",
        "30 days",
    ]


@pytest.mark.parametrize(
    ("number", "unit", "says"),
    [
        ("9999999999", "days", "9 digits"),
        ("30", "", "Choose a unit"),
        ("30", "weeks", "valid choice"),
        ("", "days", "required"),
        ("x", "days", "number"),
    ],
)
def test_a_form_field_refuses_what_is_no_duration(number: str, unit: str, says: str) -> None:
    field: Any = DurationField()
    with pytest.raises(ValidationError, match=says):
        field.clean([number, unit])


@pytest.mark.parametrize(
    ("what", "field", "bad"),
    [
        (PoolTarget, "rotate_after", timedelta(seconds=30)),
        (PoolTarget, "rotate_after", timedelta(0)),
        (PoolTarget, "rotate_after", -DAY),
        (PoolTarget, "rotate_after", 3651 * DAY),
        (PoolTarget, "quarantine_for", timedelta(minutes=59)),
        (PoolTarget, "quarantine_for", 91 * DAY),
        (Number, "retention", timedelta(minutes=59)),
        (Number, "retention", 31 * DAY),
        (Number, "code_life", timedelta(seconds=59)),
        (Number, "code_life", 31 * DAY),
        (Rental, "retention", timedelta(minutes=59)),
        (Rental, "retention", 31 * DAY),
        (Rental, "code_life", timedelta(seconds=59)),
        (Rental, "code_life", 31 * DAY),
    ],
)
def test_the_database_refuses_durations_out_of_bounds(what: Any, field: str, bad: timedelta) -> None:
    PoolTarget.objects.create(country="US", account=make_account())
    make_rental()
    assert what.objects.count() == 1
    with pytest.raises(IntegrityError, match="bounded"), transaction.atomic():
        what.objects.update(**{field: bad})


@pytest.mark.parametrize(
    ("number", "unit", "says"),
    [
        ("48", "minutes", "48 minutes is out of bounds: from 1 hour to 30 days"),
        ("0", "days", "out of bounds"),
        ("-1", "days", "out of bounds"),
        ("31", "days", "out of bounds"),
        ("48", "", "This field is required|Choose a unit"),
    ],
)
def test_the_form_of_a_number_refuses_a_retention_that_makes_no_sense(
    admin_client: Client, number: str, unit: str, says: str
) -> None:
    row = make_number()
    page = _save_number(admin_client, row, retention_0=number, retention_1=unit)
    assert any(part in page for part in says.split("|"))
    row.refresh_from_db()
    assert row.retention is None


def test_the_form_of_a_number_keeps_durations_with_their_units(admin_client: Client) -> None:
    row = make_number()
    _save_number(
        admin_client, row, retention_0="48", retention_1="hours", code_life_0="5", code_life_1="minutes"
    )
    row.refresh_from_db()
    assert (row.retention, row.code_life) == (2 * DAY, timedelta(minutes=5))
    page = admin_client.get(f"/admin/numbers/number/{row.pk}/change/").content.decode()
    assert 'name="retention_0" value="2"' in page.replace("\n", " ")
    _save_number(admin_client, row, retention_0="", retention_1="days")
    row.refresh_from_db()
    assert row.retention is None, "the site's default again"


def _save_number(client: Client, row: Number, **given: str) -> str:
    inlines = {
        f"{prefix}-{name}": "0"
        for prefix in ("health", "leases")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    form = {"public": "on", **inlines, **given}
    answer = client.post(f"/admin/numbers/number/{row.pk}/change/", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_rental_is_started_with_durations_and_their_units(admin_client: Client) -> None:
    lease = make_lease(make_number(public=False))
    form = {"holder": "Ada", "number": str(lease.number_id), "lasts_0": "3", "lasts_1": "days"}
    form |= {"cool_down_0": "0", "cool_down_1": "days", "retention_0": "36", "retention_1": "hours"}
    admin_client.post("/admin/numbers/rental/add/", form)
    rental = Rental.objects.get()
    assert rental.during.upper - rental.during.lower == 3 * DAY
    assert rental.held.upper == rental.during.upper
    assert (rental.retention, rental.code_life) == (timedelta(hours=36), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lasts_0": "367", "lasts_1": "days"},
        {"lasts_0": "0", "lasts_1": "days"},
        {"lasts_0": "24", "lasts_1": ""},
        {"cool_down_0": "-1", "cool_down_1": "days"},
        {"retention_0": "48", "retention_1": "minutes"},
        {"code_life_0": "31", "code_life_1": "days"},
    ],
)
def test_a_rental_with_a_senseless_duration_is_not_started(
    admin_client: Client, wrong: dict[str, str]
) -> None:
    lease = make_lease(make_number(public=False))
    form = {"holder": "Ada", "number": str(lease.number_id), "lasts_0": "3", "lasts_1": "days"}
    answer = admin_client.post("/admin/numbers/rental/add/", {**form, **wrong})
    assert answer.status_code == 200
    assert Rental.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--for", "30"], "no unit|not a duration with its unit"),
        (["--for", "400 days"], "the duration"),
        (["--for", "2 days", "--cool-down", "9 years"], "not a unit"),
        (["--for", "2 days", "--retention", "5 minutes"], "the retention: 5 minutes is out of bounds"),
        (["--for", "2 days", "--hours", "3"], "not allowed with"),
        (["--for", "2 days", "--country", "XX"], "not a country"),
    ],
)
def test_the_command_refuses_the_same(more: list[str], says: str) -> None:
    make_lease(make_number(public=False))
    with pytest.raises(CommandError, match=says):
        call_command("rental", "start", "--number", "+15005550006", "--holder", "Ada", *more)
    assert Rental.objects.count() == 0


def test_the_command_takes_durations_with_their_units() -> None:
    make_lease(make_number(public=False))
    argv = ["--for", "2 days", "--cool-down", "0 days", "--retention", "36h", "--code-life", "5 minutes"]
    call_command("rental", "start", "--number", "+15005550006", "--holder", "Ada", *argv)
    rental = Rental.objects.get()
    assert rental.held == rental.during
    assert rental.during.upper - rental.during.lower == 2 * DAY
    assert (rental.retention, rental.code_life) == (timedelta(hours=36), timedelta(minutes=5))


def test_nothing_is_kept_longer_than_partitions_are_made_for() -> None:
    assert RETENTION.most == retention.LONGEST


# Rows from before there were bounds


def test_rows_out_of_bounds_are_made_harmless_by_the_migration() -> None:
    """Its statements are run on rows as an older version could have them."""
    migration: Any = __import__("numbers.migrations.0012_values_within_bounds", fromlist=["Migration"])
    rows: dict[str, dict[str, Any]] = {
        "typed": {
            "rotate_after": timedelta(seconds=30),
            "currency": " gb",
            "capabilities": ["SMS ", "mms", "sing"],
        },
        "short": {"rotate_after": 3 * DAY, "quarantine_for": timedelta(0), "monthly_ceiling": Decimal(7)},
        "nowhere": {"country": "ZZ"},
    }
    with _no_constraints("numbers_pooltarget", "numbers_account", "numbers_number"):
        account = make_account(currency="usd", canary_sender="not a sender at all")
        usual = {"country": "US", "account": account}
        made = {name: PoolTarget.objects.create(**{**usual, **row}) for name, row in rows.items()}
        PoolTarget.objects.filter(pk=made["typed"].pk).update(monthly_ceiling=None, count=3)
        lease = make_lease(make_number(retention=timedelta(seconds=48)), account, target=made["nowhere"])
        with connection.cursor() as cursor:
            for text in (migration.TARGETS, migration.ACCOUNTS, migration.KEPT):
                cursor.execute(text)
            for statement in migration.NOWHERE.strip().split(";\n"):
                cursor.execute(statement, [list(_countries.COUNTRIES)])
    typed, short = (PoolTarget.objects.get(pk=made[name].pk) for name in ("typed", "short"))
    assert (typed.rotate_after, typed.currency, typed.monthly_ceiling) == (30 * DAY, "XXX", Decimal(60))
    assert sorted(typed.capabilities) == ["mms", "sms"]
    assert (short.rotate_after, short.quarantine_for) == (3 * DAY, timedelta(hours=1))
    assert short.monthly_ceiling == 7
    assert not PoolTarget.objects.filter(pk=made["nowhere"].pk).exists()
    lease.refresh_from_db()
    account.refresh_from_db()
    assert (lease.target_id, lease.number.retention) == (None, timedelta(hours=1))
    assert (account.currency, account.canary_sender) == ("USD", "")


class _no_constraints:
    """Tables as they were before; leaving the block proves that the constraints hold again."""

    def __init__(self, *tables: str) -> None:
        self.tables = tables
        self.found: list[tuple[str, str, str]] = []

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'c' AND conrelid::regclass::text = ANY (%s)",
                [list(self.tables)],
            )
            self.found = cursor.fetchall()
            for table, name, _ in self.found:
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')

    def __exit__(self, *error: object) -> None:
        if error[0]:
            return
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table, name, definition in self.found:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
