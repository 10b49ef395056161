"""Keys: shown once, stored hashed, limited in time, scope and numbers, revocable; what is not theirs is not there."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any, TypeVar, cast

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inbox.api import keys
from inbox.api.models import ApiKey
from inbox.api.principals import VISITOR, Principal
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from numbers import rentals
from numbers.models import Lease
from tests.conftest import Sql
from tests.factories import make_lease, make_number
from tests.inbox.api.conftest import bearer

Result = TypeVar("Result")


def run(*arguments: str) -> str:
    """What `manage.py apikey` prints."""
    out = StringIO()
    call_command("apikey", *arguments, stdout=out)
    return out.getvalue()


def test_a_key_is_printed_once_and_stored_hashed(sql: Sql) -> None:
    text = run("create", "--name", "CI", "--scope", "rentals", "--scope", "messages:read").strip()
    assert text.startswith("tempsms_")
    assert len(text) >= 50
    assert text not in repr(sql("SELECT * FROM api_apikey"))
    key = ApiKey.objects.get()
    assert key.scopes == ["messages:read", "rentals"]
    assert text.startswith(key.start)
    listed = run("list")
    assert json.loads(listed)["project"] is None
    assert text not in listed
    assert json.loads(listed)["starts_with"] == key.start


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--name", "CI", "--scope", "everything"], "choose from 'numbers:read', 'numbers:lease'"),
        (["--name", " ", "--scope", "rentals"], "1 to 80 characters"),
        (["--name", "CI", "--scope", "rentals", "--number", "+15005550009"], "no number"),
        (["--name", "CI", "--scope", "sandbox", "--project", "nope"], "there is no project 'nope'"),
        (["--name", "CI", "--scope", "rentals", "--for", "90"], "not a duration"),
        (["--name", "CI", "--scope", "rentals", "--for", "99999 days"], "out of bounds"),
        (["--name", "twice", "--scope", "rentals"], "already a key"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_with_a_key_is_said_and_none_is_made(arguments: list[str], reason: str) -> None:
    keys.create("twice", [Scope.USAGE])
    with pytest.raises(CommandError, match=reason):
        run("create", *arguments)
    assert ApiKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limits_of_a_key_are_changed_and_set_back() -> None:
    key, _ = keys.create("CI", [Scope.RENTALS], per_minute=50)
    changed = json.loads(run("change", str(key.pk), "--monthly-ceiling", "40", "--per-minute", "default"))
    assert (changed["monthly_ceiling"], changed["per_minute"]) == ("40.00", None)
    changed = json.loads(run("change", str(key.pk), "--monthly-ceiling", "default"))
    assert (changed["monthly_ceiling"], changed["per_minute"]) == (None, None)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["999999", "--per-minute", "5"], "there is no key 999999"),
        (["1"], "say what to change"),
        (["1", "--per-minute", "0"], "not a number from 1"),
        (["1", "--monthly-ceiling", "-1"], "not an amount"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_wrong_change_of_limits_is_refused(arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run("change", *arguments)


async def done(work: Callable[[], Result]) -> Result:
    """What work with the ORM returns."""
    return cast(Result, await in_thread(work))


async def status(things: httpx.AsyncClient, text: str) -> tuple[int, str]:
    """Status and code of a request with a key."""
    answer = await things.get("/things", headers=bearer(text))
    return answer.status_code, "" if answer.status_code == 200 else answer.json()["code"]


async def test_a_key_works_until_it_is_revoked_or_expires(things: httpx.AsyncClient, sql: Sql) -> None:
    def create(name: str, lasts: timedelta) -> tuple[ApiKey, str]:
        return keys.create(name, [Scope.NUMBERS_READ], expires_at=timezone.now() + lasts)

    key, text = await done(lambda: create("one", timedelta(hours=1)))
    assert await status(things, text) == (200, "")
    assert sql("SELECT last_used_at > now() - interval '1 minute' FROM api_apikey") == [(True,)]
    assert await done(lambda: keys.revoke(key))
    assert not await done(lambda: keys.revoke(key))
    assert await status(things, text) == (401, "invalid_token")
    _, text = await done(lambda: create("two", timedelta(seconds=-1)))
    assert await status(things, text) == (401, "invalid_token")


@pytest.mark.parametrize(
    "given", ["Bearer tempsms_" + "x" * 43, "Bearer x", "Bearer", "Basic dXNlcjpwYXNz", "Bearer tempsms_é"]
)
async def test_other_texts_are_no_keys(things: httpx.AsyncClient, given: str) -> None:
    answer = await things.get("/things", headers={b"Authorization": given.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def principal(owner: str, *scopes: Scope, **changes: Any) -> Principal:
    """A key that may do all, unless it is said otherwise."""
    return Principal(owner, owner, frozenset(scopes or {Scope.NUMBERS_READ, Scope.MESSAGES_READ}), **changes)


def seen(who: Principal) -> tuple[str, str]:
    """The last digits of the numbers that exist for a principal, and of those whose messages it may read."""
    found = (who.numbers(), who.readable_numbers())
    every, readable = ("".join(sorted(number.e164[-1] for number in numbers)) for numbers in found)
    return every, readable


@pytest.mark.django_db
def test_what_a_key_may_not_see_is_not_there_for_it() -> None:
    public = make_lease(make_number("+15005550001"))
    free = make_lease(make_number("+15005550002", public=False), public.account)
    mine = make_lease(make_number("+15005550003", public=False), public.account)
    theirs = make_lease(make_number("+15005550004", public=False), public.account)
    make_lease(make_number("+15005550005"), public.account, state=Lease.State.RELEASED)
    make_lease(make_number("+15005550006"), public.account, state=Lease.State.QUARANTINED)
    for lease, owner in ((mine, "key:1"), (theirs, "key:2")):
        rental = rentals.start(lease.number, rentals.Terms("Ada", timedelta(hours=1)))
        rental.owner = owner
        rental.save()
    assert seen(VISITOR) == ("1", "1")
    assert seen(principal("key:1")) == ("1236", "123")
    assert seen(principal("key:2")) == ("1246", "124")
    bound = {"bound_to": frozenset({free.number_id, theirs.number_id})}
    assert seen(principal("key:1", **bound)) == ("2", "2")
    assert seen(principal("key:1", bound_to=frozenset())) == ("", "")
    assert seen(principal("key:1", Scope.NUMBERS_LEASE)) == ("12346", "123"), "a renter's messages are his"
    assert [rental.number for rental in principal("key:1").rentals()] == [mine.number]
    assert list(VISITOR.rentals()) == []


def test_a_key_for_numbers_stays_so_when_the_numbers_are_gone(sql: Sql) -> None:
    number = make_number("+15005550001")
    run("create", "--name", "one", "--scope", "messages:read", "--number", number.e164)
    number.delete()
    assert sql("SELECT bound FROM api_apikey") == [(True,)]
