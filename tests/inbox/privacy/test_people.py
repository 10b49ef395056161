"""Erasing and exporting a person's number: planted in every text column of every table, afterwards nowhere."""

import json
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from inbox.api import keys
from inbox.api.models import StoredAnswer
from inbox.api.scopes import Scope
from inbox.claims.models import Claim
from inbox.forwarding import targets
from inbox.forwarding.models import Delivery, Rule
from inbox.models import Message, Part, Quarantined
from inbox.privacy import erasure
from inbox.sandbox import projects
from inbox.sandbox.messages import NextState, State
from numbers import accounts
from numbers.carriers.messages import Inbound
from numbers.models import Charge, Event, Finding, Intent, Lease, Number
from tempsms.lib import vault
from tests.arrivals import arrive_now
from tests.factories import make_account, make_lease, make_link, make_number, make_rental
from tests.inbox.sandbox.keeping import keep

pytestmark = pytest.mark.django_db(transaction=True)
PERSON = "+447700900123"
FORMS = [
    "+447700900123",
    "00447700900123",
    "07700 900123",
    "+44 (0)7700 900-123",
    "447700900123",
    "7700900123",
]


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


def receive(lease: Lease, *texts: tuple[str, str]) -> None:
    """(sender, text) arrive."""
    found = [Inbound(f"r{n}", sender, lease.number.e164, text) for n, (sender, text) in enumerate(texts)]
    arrive_now(lease.account_id, *found)


def everything() -> str:
    """The whole database as text, sealed columns opened."""
    found = [part.sealed and vault.unseal(part.sealed.encode()) for part in Part.objects.all()]
    found += [vault.unseal_bytes(bytes(answer.body)).decode() for answer in StoredAnswer.objects.all()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    for kept in Quarantined.objects.all():
        found += [kept.detail, kept.query, str(kept.headers), bytes(kept.body).decode("latin-1")]
    return "\n".join([*found, *map(unquote_plus, found)])


def erase(e164: str = PERSON) -> dict[str, Any]:
    """The command's answer."""
    from io import StringIO

    said = StringIO()
    call_command("erase", e164, stdout=said)
    done: dict[str, Any] = json.loads(said.getvalue())
    return done


def test_messages_from_a_person_go_and_texts_that_name_them_lose_the_number(
    lease: Lease, client: Client
) -> None:
    named = [("ACME", f"Code 482913. Call {written}, not +447700900124") for written in FORMS]
    receive(lease, (PERSON, "It is me, 482913 is your code"), ("447700900123", "Me again"), *named)
    assert erase() == {"messages deleted": 2, "messages blanked": len(FORMS)}
    assert "7700900123" not in everything().replace(" ", "").replace("-", "")
    bodies = list(Message.objects.order_by("id").values_list("body", flat=True))
    assert bodies[0] == "Code . Call •••••••••••••, not +447700900124"
    page = client.get("/numbers/15005550006/").content.decode()
    assert page.count("Code <mark>482913</mark>. Call •") == len(FORMS)
    assert erase() == {}


def test_longer_and_other_numbers_stay(lease: Lease) -> None:
    texts = ["477009001234", "+4477009001239", "1447700900123", "order 977009001230", "+33 7 70 09 00 12"]
    receive(lease, *(("ACME", text) for text in texts))
    assert erase() == {}
    assert list(Message.objects.order_by("id").values_list("body", flat=True)) == texts


@pytest.mark.parametrize(
    ("person", "written", "others"),
    [
        (
            PERSON,
            [
                "٠٧٧٠٠٩٠٠١٢٣",
                "+٤٤٧٧٠٠٩٠٠١٢٣",
                "۰۷۷۰۰ ۹۰۰ ۱۲۳",
                "०७७००९००१२३",
                "０７７００－９００－１２３",
                "＋４４ ７７００ ９００１２３",
                "07700_900_123",
                "07700 - 900 - 123",
                "07700\u00a0900\u202f123",
                "0 7 7 0 0 9 0 0 1 2 3",
                "(07700) 900,123",
                "07700\u200b900\u2060123",
                "011 44 7700 900123",
                "810447700900123",
                "tel:+44-7700-900-123",
            ],
            ["٠٧٧٠٠٩٠٠١٢٤", "٩٧٧٠٠٩٠٠١٢٣٤", "07700 900 12 and 3"],
        ),
        (
            "+525512345678",
            [
                "+5215512345678",
                "+52 1 55 1234 5678",
                "52 55 1234 5678",
                "55 1234 5678",
                "044 55 1234 5678",
                "01 55 12345678",
            ],
            ["+5215512345679", "+525612345678"],
        ),
        ("+5215512345678", ["+525512345678", "55-1234-5678"], ["+525512345679"]),
        (
            "+5491123456789",
            [
                "+541123456789",
                "+54 9 11 2345-6789",
                "011 15-2345-6789",
                "11 15 2345 6789",
                "(011) 2345-6789",
                "91123456789",
            ],
            ["+5491123456780", "011 15-2345-678"],
        ),
        ("+5492614123456", ["0261 15 412-3456", "+54 261 4123456", "261 15 4123456"], ["0261 15 412-3457"]),
        ("+541123456789", ["+5491123456789", "11 15 2345 6789"], ["+5491123456780"]),
        ("+5511987654321", ["+551187654321", "(11) 98765-4321", "011 8765-4321"], ["+5511887654321"]),
        ("+79123456789", ["8 (912) 345-67-89", "+7 912 345 67 89", "89123456789"], ["+79123456788"]),
        ("+14155550100", ["(415) 555-0100", "1-415-555-0100", "415.555.0100"], ["(415) 555-0101"]),
    ],
)
def test_every_spelling_of_a_number_is_found_and_no_other_number(
    lease: Lease, person: str, written: list[str], others: list[str]
) -> None:
    receive(lease, *(("ACME", f"call {text}.") for text in written + others))
    assert len(erasure.export(person)["messages"]) == len(written)
    assert erase(person) == {"messages blanked": len(written)}
    bodies = list(Message.objects.order_by("id").values_list("body", flat=True))
    assert [body.strip("cal .+＋(•te:") for body in bodies[: len(written)]] == [""] * len(written)
    assert bodies[len(written) :] == [f"call {text}." for text in others]


@pytest.mark.parametrize("sender", ["+44 7700 900123", "(07700) 900123", "٠٧٧٠٠٩٠٠١٢٣", "tel 07700900123"])
def test_messages_from_a_person_go_however_the_sender_is_written(lease: Lease, sender: str) -> None:
    receive(lease, (sender, "It is me"))
    hers = sender[0] != "t"
    assert erase() == {"messages deleted" if hers else "messages blanked": 1}


def plant(field: "models.Field[Any, Any]") -> Any:
    """A value with the number in it that fits the column, or None where none fits."""
    if field.name in ("e164", "country", "currency", "key", "word") or field.choices:
        return None
    if isinstance(field, vault.SealedJSONField):
        return None
    if isinstance(field, models.JSONField):
        return [{"from": 447700900123, "text": "call 07700900123"}]
    if isinstance(field, ArrayField):
        return ["7700900123"] if isinstance(field.base_field, models.CharField) else None
    if isinstance(field, models.BinaryField):
        return b"From=%2B44+7700%20900+123&Body=x"
    if isinstance(field, models.CharField | models.TextField) and (field.max_length or 99) >= 10:
        return "7700900123"
    return None


def use_every_feature(lease: Lease) -> None:
    """Rows of claims, forwards and the API; an answer that is kept for repeated requests has the number."""
    after = {"after_id": 0, "examined_id": 0, "expires_at": timezone.now()}
    Claim.objects.create(owner="key:1", number=lease.number, **after)
    target, _ = targets.ensure("webhook", "https://example.com/hook")
    rule = Rule.objects.create(target=target)
    Delivery.objects.create(rule=rule, target=target, due_at=timezone.now(), expires_at=timezone.now())
    keys.create("tests", [Scope.MESSAGES_READ])
    body = vault.seal_bytes(json.dumps({"holder": "call 07700 900123"}).encode())
    StoredAnswer.objects.create(key=b"k", request=b"r", status=201, body=body, created_at=timezone.now())


def test_the_number_is_found_in_every_text_column_of_every_table(lease: Lease) -> None:
    account = lease.account
    receive(lease, ("ACME", "Hello"), ("ACME", "World"))
    Part.objects.create(
        account=account, recipient="+1", sender="x", group="g", index=1, total=2, ref="p",
        sealed=vault.seal(json.dumps({"body": "call +44 7700 900123"})).decode(),
    )  # fmt: skip
    Quarantined.objects.create(
        account=account, reason="unparsable", method="POST", body=b"x", body_hash="0" * 32
    )
    Event.objects.create(lease=lease, what="adopted")
    Intent.objects.create(lease=lease, effect="buy")
    Finding.objects.create(account=account, what="orphan", e164=PERSON, seen_at=timezone.now())
    make_link(make_rental(make_lease(make_number("+15005550007", public=False), account)))
    user = User.objects.create(username="operator")
    kind = ContentType.objects.get_for_model(Number)
    LogEntry.objects.create(user=user, content_type=kind, object_id="1", object_repr=PERSON, action_flag=2)
    use_every_feature(lease)
    planted = 0
    for model in erasure.tables():
        if model in (Part, StoredAnswer, LogEntry):
            continue
        for field in model._meta.concrete_fields:
            value = plant(field)
            if value is not None and model._default_manager.exists():
                if model is Message and field.name == "sender":
                    continue  # the whole message would go
                planted += model._default_manager.update(**{field.name: value})
    assert planted > 30
    exported = erasure.export(PERSON)
    done = erase()
    assert "7700900123" not in everything().replace(" ", "")
    for kind_of_row in ("log entries blanked", "findings deleted", "parts deleted", "stored answers deleted"):
        assert done[kind_of_row] == 1
    assert {key.rpartition(" ")[0] for key in done} == set(exported)
    assert Message.objects.count() == 2


def test_what_the_sandbox_keeps_loses_the_number() -> None:
    kept = keep(
        projects.make("tests", numbers=[PERSON]),
        f"Call {PERSON}",
        sender=PERSON,
        recipient=PERSON,
        request={"body": "To=%2B447700900123"},
        after=[NextState(State.SENT, "To=%2B447700900123")],
        callback="http://127.0.0.1:5000/?to=447700900123",
    )
    call_command("erase", PERSON)
    assert "447700900123" not in everything()
    kept.refresh_from_db()
    assert (kept.body, kept.segments) == ("Call •••••••••••••", 1)


def test_money_stays_without_the_number(lease: Lease) -> None:
    once = make_lease(make_number(PERSON, country="GB"), state="released", carrier_ref="447700900123")
    Charge.objects.create(lease=once, what="month", period="2026-11-01", amount="1.15", currency="USD")
    assert erase() == {"leases blanked": 1, "numbers replaced by a placeholder": 1}
    charge = Charge.objects.get()
    assert (charge.amount, charge.lease.number.e164) == (charge.amount, f"+999{once.number_id:09d}")
    assert str(charge.amount) == "1.1500"
    assert "7700900123" not in everything()


def test_a_public_number_that_was_erased_never_becomes_private() -> None:
    make_lease(make_number(PERSON, country="GB"), state="released")
    erase()
    again = accounts.adopt(make_account(), PERSON).number
    assert (again.public, again.ever_public) == (False, True)
    other = accounts.adopt(make_account(), "+447700900124").number
    assert other.ever_public is False


def test_what_came_to_a_number_that_we_held_goes_with_it() -> None:
    once = make_lease(make_number(PERSON, country="GB"), account=make_account())
    receive(once, ("ACME", "Hello"))
    with pytest.raises(CommandError, match="our own leased numbers"):
        erase()
    Lease.objects.update(state="released")
    assert erasure.export(PERSON)["messages"][0]["body"] == "Hello"
    assert erase()["messages deleted"] == 1
    assert Message.objects.count() == 0


def test_an_export_has_whole_texts_and_no_secrets(lease: Lease, capsys: pytest.CaptureFixture[str]) -> None:
    receive(lease, (PERSON, "Your code is 482913"))
    lease.account.label = PERSON
    lease.account.save()
    call_command("export", PERSON)
    found = json.loads(capsys.readouterr().out)
    assert found["messages"][0]["body"] == "Your code is 482913"
    assert found["messages"][0]["found_in"] == ["sender"]
    assert found["accounts"][0]["label"] == PERSON
    assert lease.account.key not in json.dumps(found)


@pytest.mark.parametrize("wrong", ["447700900123", "+44", "hello", "", "+1 415 555 0100", "+12345"])
@pytest.mark.parametrize("command", ["erase", "export"])
def test_what_is_no_number_is_refused(command: str, wrong: str) -> None:
    with pytest.raises(CommandError, match=r"E\.164 number"):
        call_command(command, wrong)


def test_open_pages_lose_the_message_and_get_the_blanked_one(
    lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(lease, (PERSON, "Me"), ("ACME", f"call {PERSON}"))
    first, second = Message.objects.order_by("id").values_list("id", flat=True)
    told: list[Any] = []
    monkeypatch.setattr("inbox.live.notices.tell", lambda *notice: told.append(notice))
    erase()
    assert told == [("withheld", {"+15005550006": [first, second]}), ("restored", {"+15005550006": [second]})]


@pytest.mark.parametrize(
    "body", [b"From=%2B44+7700%20900+123&Body=x", b'{"from": "+447700900123"}', b"a=07700.900.123"]
)
def test_a_raw_request_that_carries_the_number_goes_however_it_is_written(body: bytes) -> None:
    account = make_account()
    kinds = {"account": account, "reason": "unparsable", "method": "POST"}
    Quarantined.objects.create(**kinds, body=body, body_hash="0" * 32)
    Quarantined.objects.create(**kinds, body=b"From=%2B447700900124", body_hash="1" * 32)
    assert erase() == {"quarantined requests deleted": 1}
    assert bytes(Quarantined.objects.get().body) == b"From=%2B447700900124"


@pytest.mark.parametrize("command", ["erase", "export"])
def test_looking_through_everything_may_take_long(command: str) -> None:
    account = make_account()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO inbox_quarantined (account_id, reason, detail, purpose, method, query, headers, body,
                body_hash, repeats, received_at)
            SELECT %s, 'unparsable', '', '', 'POST', '', '{}', convert_to(repeat('a1 ', 20000), 'UTF8'),
                gen_random_uuid(), 0, now() FROM generate_series(1, 20) n""",
            [account.pk],
        )
        cursor.execute("SET statement_timeout = '50ms'")
        try:
            call_command(command, PERSON)
        finally:
            cursor.execute("RESET statement_timeout")
