"""The simulated carrier: its stock, its books, and traffic that comes until it is taken."""

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import phonenumbers
import pytest
import time_machine
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from inbox.segments import count
from numbers import carriers
from numbers.carriers.contract import Request, Secrets
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Outgoing, Receipt, Sent, Status
from numbers.carriers.simulated import texts as simulated_texts
from numbers.carriers.simulated.books import CLAIMED_FOR, GIVE_UP_AFTER, KEEP_LOG, Books
from numbers.carriers.simulated.stock import NUMBERS, RANGES
from numbers.carriers.simulated.traffic import Traffic
from numbers.carriers.simulated.webhooks import (
    SIGNATURE_HEADER,
    Simulated,
    signature,
    signature_header,
)
from numbers.carriers.toolkit.authentication import WINDOW
from tempsms import ROOT
from tests.factories import make_account
from tests.processes import started

SIMULATED = Simulated()
URL = "http://127.0.0.1:9/webhook/"
NOW = 1_790_000_000
VERSION_1 = """
    CREATE TABLE account (id INTEGER PRIMARY KEY, signing_key TEXT NOT NULL);
    CREATE TABLE login (signing_key TEXT PRIMARY KEY, account INTEGER NOT NULL);
    CREATE TABLE owned (e164 TEXT PRIMARY KEY, ref TEXT NOT NULL UNIQUE, account INTEGER NOT NULL,
        webhook_url TEXT NOT NULL, monthly_cost TEXT NOT NULL);
    CREATE TABLE ledger (id INTEGER PRIMARY KEY, at REAL NOT NULL, account INTEGER NOT NULL,
        deed TEXT NOT NULL CHECK (deed IN ('buy', 'release')), e164 TEXT NOT NULL, ref TEXT NOT NULL,
        amount TEXT NOT NULL, currency TEXT NOT NULL, UNIQUE (deed, ref));
    CREATE TABLE message (id TEXT PRIMARY KEY, account INTEGER NOT NULL, webhook_url TEXT NOT NULL,
        body BLOB NOT NULL, written_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'pending', answer TEXT NOT NULL DEFAULT '');
    INSERT INTO account VALUES (1, 'old');
    INSERT INTO login VALUES ('old', 1);
    INSERT INTO owned VALUES ('+12125550142', 'SN1', 1, 'http://127.0.0.1:9/', '1.2');
    INSERT INTO ledger VALUES (1, 1790000000, 1, 'buy', '+12125550142', 'SN1', '1.2', 'USD');
    INSERT INTO message (id, account, webhook_url, body, written_at, due_at)
        VALUES ('SX1', 1, 'http://127.0.0.1:9/', x'7B7D', 1790000000, 1790000000);
"""


@pytest.fixture
def api(tmp_path: Path) -> carriers.Api:
    return carriers.connect("simulated", Simulated.defaults(tmp_path))


@pytest.fixture
def books(api: carriers.Api) -> Books:
    return Books(Path(str(api.secrets["books"])))


def keys(api: carriers.Api) -> list[str]:
    return [str(api.secrets["signing_key"])]


def purchase(api: carriers.Api, offer: Offer, url: str = URL) -> Owned:
    """A purchase that takes no time."""
    found = api.buy(offer, url)
    assert isinstance(found, Owned)
    return found


def bought(api: carriers.Api, url: str = URL) -> str:
    """The cheapest free number in the US, bought."""
    offer = api.search(NumberQuery("US"))[0]
    return purchase(api, offer, url).e164


# Webhooks


def post(body: bytes, key: str = "key", sent: int = NOW) -> Request:
    return Request("POST", URL, signature_header(key, sent, body), body)


@pytest.mark.parametrize("late", [-WINDOW, -1, 0, WINDOW])
def test_a_signature_holds_for_five_minutes_both_ways(late: int) -> None:
    SIMULATED.verify(post(b"{}"), {"signing_key": "key"}, NOW + late)


@pytest.mark.parametrize("late", [-WINDOW - 1, WINDOW + 1, 10**9])
def test_a_signature_outside_its_window_is_refused_for_the_clock(late: int) -> None:
    with pytest.raises(BadSignature, match="clock"):
        SIMULATED.verify(post(b"{}"), {"signing_key": "key"}, NOW + late)


def test_the_clock_is_looked_at_only_when_the_signature_is_good() -> None:
    with pytest.raises(BadSignature, match="signature"):
        SIMULATED.verify(post(b"{}"), {"signing_key": "other"}, NOW + 10**6)


def test_the_time_in_the_header_is_signed() -> None:
    header = post(b"{}").header(SIGNATURE_HEADER).replace(str(NOW), str(NOW + 1))
    with pytest.raises(BadSignature, match="signature"):
        SIMULATED.verify(Request("POST", URL, {SIGNATURE_HEADER: header}, b"{}"), {"signing_key": "key"}, NOW)


@pytest.mark.parametrize("sent", ["soon", "-5", "²", "1e9", " ", "9" * 13, f"{NOW}.0"])
def test_a_signed_time_that_is_no_time_is_refused_for_the_clock(sent: str) -> None:
    header = f"t={sent},v1={signature('key', sent, b'{}')}"
    with pytest.raises(BadSignature, match="clock"):
        SIMULATED.verify(Request("POST", URL, {SIGNATURE_HEADER: header}, b"{}"), {"signing_key": "key"}, NOW)


@pytest.mark.parametrize("segments", [True, -1, 1000, 1.5, "x", None, [2]])
def test_a_strange_segment_count_is_none(segments: object) -> None:
    said = {"id": "1", "from": "a", "to": "b", "text": "", "segments": segments}
    (event,) = SIMULATED.parse(post(json.dumps(said).encode()))
    assert isinstance(event, Inbound)
    assert (event.segments, type(event.segments)) == (0, int)


@pytest.mark.parametrize(
    ("sent_at", "shown"),
    [
        ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.500000+00:00"),
        ("2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00+00:00"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "None"),
        ("yesterday", "None"),
        (5, "None"),
        (None, "None"),
    ],
)
def test_times_become_utc_and_strange_ones_no_time(sent_at: object, shown: str) -> None:
    said = {"id": "1", "from": "a", "to": "b", "text": "", "segments": "many", "sent_at": sent_at}
    (event,) = SIMULATED.parse(post(json.dumps(said).encode()))
    assert isinstance(event, Inbound)
    assert (event.sent_at.isoformat() if event.sent_at else "None") == shown
    assert event.segments == 0


def test_a_receipt_keeps_the_carriers_word() -> None:
    said = {"id": "SX1", "status": "delivered", "error_code": None}
    assert SIMULATED.parse(post(json.dumps(said).encode())) == [Receipt("SX1", Status.DELIVERED, "delivered")]
    said = {"id": "SX1", "status": "eaten", "error_code": "7"}
    assert SIMULATED.parse(post(json.dumps(said).encode())) == [Receipt("SX1", Status.UNKNOWN, "eaten", "7")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b'{"id":"1","from":"a","to":"b"}',
        b'{"id":"1","from":"","to":"b","text":"c"}',
        b'{"id":"' + b"1" * 129 + b'","from":"a","to":"b","text":"c"}',
        b"[" * 5000,
    ],
)
def test_what_is_no_message_is_unparsable(body: bytes) -> None:
    with pytest.raises(Unparsable):
        SIMULATED.parse(post(body))


# Stock

FICTION = {  # prefixes set aside by the regulators; phonenumbers does not know those of the last three
    "US": ("+1",),
    "CA": ("+1",),
    "PR": ("+1",),
    "SE": ("+46846500", "+46313900", "+46406280", "+46701740"),
    "AU": ("+6125550", "+6135550", "+6175550", "+61491570"),
    "DE": ("+493023125", "+496990009", "+498999998"),
    "GB": ("+442079460", "+441614960", "+441314960", "+447700900", "+448081570"),
    "FR": ("+3319900", "+3326191", "+3346571", "+3363998"),
    "IE": ("+3532091",),
}


def test_the_stock_holds_only_numbers_set_aside_for_fiction() -> None:
    for e164, block in NUMBERS.items():
        assert e164.startswith(FICTION[block.country])
        if block.country in ("US", "CA", "PR"):
            assert e164[5:8] == "555"
            assert 100 <= int(e164[8:]) <= 199
            assert len(e164) == 12


def test_the_stock_ends_where_the_fiction_ends() -> None:
    swedish = [e164 for e164, block in NUMBERS.items() if (block.country, block.kind) == ("SE", Kind.MOBILE)]
    assert (min(swedish), max(swedish), len(swedish)) == ("+46701740605", "+46701740699", 95)
    assert [e164 for e164 in NUMBERS if e164.startswith("+1800")] == ["+18005550199"]
    assert len([e164 for e164 in NUMBERS if e164.startswith("+61491570")]) == 8


def test_the_stock_is_valid_where_the_numbering_plan_knows_it() -> None:
    kinds = {Kind.LOCAL: {0, 2}, Kind.MOBILE: {1, 2}, Kind.TOLL_FREE: {3}}
    for block in RANGES:
        if block.prefix in ("+447700900", "+3363998", "+3532091"):
            continue
        for e164 in (min(block), max(block)):
            parsed = phonenumbers.parse(e164)
            assert phonenumbers.is_valid_number(parsed), e164
            assert phonenumbers.region_code_for_number(parsed) == block.country
            assert phonenumbers.number_type(parsed) in kinds[block.kind], e164


def test_the_stock_is_wide_and_its_prices_differ() -> None:
    assert len({block.country for block in RANGES}) >= 8
    assert {block.kind for block in RANGES} >= {Kind.LOCAL, Kind.MOBILE, Kind.TOLL_FREE}
    assert sum(len(list(block)) for block in RANGES) == len(NUMBERS)
    assert len({block.offer(e164).monthly_cost for e164, block in NUMBERS.items()}) > 100


@pytest.mark.parametrize(
    ("country", "kind"),
    [
        ("US", "local"),
        ("US", "toll_free"),
        ("GB", "mobile"),
        ("FR", "mobile"),
        ("SE", "mobile"),
        ("AU", "mobile"),
    ],
)
def test_offers_fit_the_wish_the_cheapest_first_and_always_the_same(
    api: carriers.Api, country: str, kind: str
) -> None:
    query = NumberQuery(country, Kind(kind), limit=7)
    offers = api.search(query)
    assert offers == api.search(query)
    assert 0 < len(offers) <= 7
    assert {(offer.country, offer.kind) for offer in offers} == {(country, Kind(kind))}
    assert [offer.monthly_cost for offer in offers] == sorted(offer.monthly_cost for offer in offers)
    assert all(offer.monthly_cost > 0 and "sms" in offer.capabilities for offer in offers)


def test_offers_have_the_wished_digits_and_capabilities(api: carriers.Api) -> None:
    (offer,) = api.search(NumberQuery("US", contains="+12125550142"))
    assert offer.e164 == "+12125550142"
    assert api.search(NumberQuery("GB", Kind.MOBILE, frozenset({"mms"}))) == []
    assert api.search(NumberQuery("XX")) == []


# Books


def test_a_bought_number_is_owned_billed_and_no_longer_offered(api: carriers.Api, books: Books) -> None:
    offer = api.search(NumberQuery("FR", Kind.MOBILE))[0]
    number = purchase(api, offer, URL)
    assert list(api.owned()) == [number]
    assert (number.e164, number.webhook_url, number.monthly_cost) == (offer.e164, URL, offer.monthly_cost)
    assert offer not in api.search(NumberQuery("FR", Kind.MOBILE))
    (line,) = books.ledger(keys(api))
    assert (line.deed, line.ref, line.amount) == ("buy", number.ref, offer.monthly_cost + Decimal(1))
    assert abs(line.at.timestamp() - time.time()) < 60


def test_a_number_is_released_once_however_often_one_says_so(api: carriers.Api, books: Books) -> None:
    offer = api.search(NumberQuery("US"))[0]
    number = purchase(api, offer, URL)
    for _ in range(3):
        api.release(number.ref)
    assert list(api.owned()) == []
    assert [(line.deed, line.amount) for line in books.ledger(keys(api))] == [
        ("buy", offer.monthly_cost),
        ("release", 0),
    ]
    again = purchase(api, offer, URL)
    assert again.ref != number.ref
    api.release(number.ref)
    assert list(api.owned()) == [again], "an old lease's end does not end the new one"


def test_a_number_that_is_taken_or_not_for_sale_is_refused(api: carriers.Api, books: Books) -> None:
    offer = api.search(NumberQuery("US"))[0]
    purchase(api, offer, URL)
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    for buyer in (api, other):
        with pytest.raises(Rejected, match="taken"):
            purchase(buyer, offer, URL)
    with pytest.raises(Rejected, match="not for sale"):
        purchase(api, replace(offer, e164="+14155552671"), URL)
    assert len(books.ledger(keys(api))) == 1


def test_accounts_see_and_end_only_their_own_leases(api: carriers.Api) -> None:
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    bought(api)
    bought(other)
    (mine,), (theirs,) = api.owned(), other.owned()
    api.release(theirs.ref)
    assert list(other.owned()) == [theirs]
    assert mine.e164 != theirs.e164


def test_a_new_signing_key_beside_the_old_one_is_the_same_account_and_signs(
    api: carriers.Api, books: Books
) -> None:
    number = bought(api)
    rotated = carriers.connect("simulated", {**api.secrets, "signing_key": ["new", *keys(api)]})
    assert [one.e164 for one in rotated.owned()] == [number]
    only_new = carriers.connect("simulated", {**api.secrets, "signing_key": "new"})
    assert [one.e164 for one in only_new.owned()] == [number]
    books.write("SX1", number, b"{}", NOW)
    assert books.claim(NOW, 1)[0].signing_key == "new"


def _buy(secrets: Secrets, e164: str) -> str:
    offer = carriers.connect("simulated", secrets).search(NumberQuery("US", contains=e164)) or [
        NUMBERS[e164].offer(e164)
    ]
    try:
        return purchase(carriers.connect("simulated", secrets), offer[0], URL).ref
    except Rejected:
        return ""


def test_of_many_processes_one_gets_the_number(api: carriers.Api, books: Books) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        refs = pool.starmap(_buy, [(dict(api.secrets), "+12125550142")] * 40)
    assert len([ref for ref in refs if ref]) == 1
    assert [line.deed for line in books.ledger(keys(api))] == ["buy"]


def test_books_that_cannot_be_opened_are_an_error_worth_another_try(
    api: carriers.Api, tmp_path: Path
) -> None:
    lost = carriers.connect("simulated", {**api.secrets, "books": str(tmp_path)})
    with pytest.raises(CallFailed) as caught:
        purchase(lost, NUMBERS["+12125550142"].offer("+12125550142"), URL)
    assert caught.value.retry
    for missing in ("books", "signing_key"):
        with pytest.raises(Rejected, match=missing):
            carriers.connect("simulated", {**api.secrets, missing: ""}).owned()


def test_books_are_for_their_owners_eyes_only(api: carriers.Api, books: Books) -> None:
    bought(api)
    assert stat.S_IMODE(books.path.stat().st_mode) == 0o600
    assert [path.name for path in books.path.parent.iterdir()] == [books.path.name]


def test_a_purchase_that_dies_before_its_commit_was_none(
    api: carriers.Api, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("numbers.carriers.simulated.books._write_bill", die)
    with pytest.raises(KeyboardInterrupt):
        bought(api)
    monkeypatch.undo()
    assert list(api.owned()) == []
    assert books.ledger(keys(api)) == []


def test_defaults_are_a_secret_of_its_own_and_shared_books(tmp_path: Path) -> None:
    one, other = Simulated.defaults(tmp_path), Simulated.defaults(tmp_path)
    assert one["signing_key"] != other["signing_key"]
    assert len(one["signing_key"]) == 64
    assert one["books"] == other["books"] == str(tmp_path / "simulated.sqlite3")
    assert set(one) == {setting.name for setting in Simulated.settings if setting.needed}


# The log of messages


def test_a_failed_message_comes_again_after_1_2_4_8_seconds(api: carriers.Api, books: Books) -> None:
    books.write("SX1", bought(api), b"{}", NOW)
    now = float(NOW)
    for wait in (1, 2, 4, 8, 16):
        (message,) = books.claim(now, 5)
        books.settle(message, delivered=False, answer="503", now=now)
        assert books.claim(now + wait - 0.01, 5) == []
        now += wait
    (message,) = books.claim(now, 5)
    books.settle(message, delivered=True, answer="204", now=now)
    assert books.claim(now + KEEP_LOG, 5) == []
    assert books.states() == {"delivered": 1}


def test_a_message_is_given_up_after_a_day(api: carriers.Api, books: Books) -> None:
    books.write("SX1", bought(api), b"{}", NOW)
    now = NOW + GIVE_UP_AFTER + 1
    books.settle(books.claim(now, 1)[0], delivered=False, answer="503", now=now)
    assert books.states() == {"given up": 1}


def test_a_claimed_message_is_nobody_elses_until_its_claimer_is_given_up(
    api: carriers.Api, books: Books
) -> None:
    books.write("SX1", bought(api), b"{}", NOW)
    assert len(books.claim(NOW, 5)) == 1
    assert books.claim(NOW + CLAIMED_FOR - 1, 5) == []
    assert [message.attempts for message in books.claim(NOW + CLAIMED_FOR, 5)] == [2]


def test_nothing_is_written_to_a_number_that_nobody_owns(api: carriers.Api, books: Books) -> None:
    assert not books.write("SX1", "+12125550142", b"{}", NOW)
    assert books.states() == {}


def test_old_lines_of_the_log_are_dropped(api: carriers.Api, books: Books) -> None:
    number = bought(api)
    books.write("SX1", number, b"{}", NOW)
    books.settle(books.claim(NOW, 1)[0], delivered=True, answer="204", now=NOW)
    books.write("SX2", number, b"{}", NOW)
    assert books.write("SX3", number, b"{}", NOW + KEEP_LOG + 1)
    assert books.states() == {"pending": 2}


def test_pointing_an_account_elsewhere_moves_its_numbers_and_pending_messages(
    api: carriers.Api, books: Books
) -> None:
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    number, theirs = bought(api), bought(other)
    books.write("SX1", number, b"{}", NOW)
    books.write("SX2", theirs, b"{}", NOW)
    books.point(keys(api), "http://127.0.0.1:10/new/")
    assert [one.webhook_url for one in api.owned()] == ["http://127.0.0.1:10/new/"]
    assert [one.webhook_url for one in other.owned()] == [URL]
    urls = {message.id: message.webhook_url for message in books.claim(NOW, 5)}
    assert urls == {"SX1": "http://127.0.0.1:10/new/", "SX2": URL}


# Texts


def test_there_are_many_texts_in_many_languages() -> None:
    assert len(simulated_texts.TEMPLATES) >= 40
    assert len({template.text for template in simulated_texts.TEMPLATES}) == len(simulated_texts.TEMPLATES)
    assert len({template.language for template in simulated_texts.TEMPLATES}) >= 15
    assert {template.sender for template in simulated_texts.TEMPLATES} >= {"person", "short"}


@pytest.mark.parametrize("template", simulated_texts.TEMPLATES, ids=lambda template: template.text[:20])
def test_every_text_can_be_sent(template: simulated_texts.Template) -> None:
    rng = random.Random(7)
    texts = {simulated_texts.fill(template.text, rng) for _ in range(20)}
    sender = simulated_texts.sender(template, rng)
    assert len(texts) > 1 or "{" not in template.text
    for text in texts:
        assert "{" not in text
        assert simulated_texts.segments(text) == count(text).segments, text
    assert (
        sender in NUMBERS
        or (len(sender) == 5 and sender.isdigit())
        or (sender.isascii() and len(sender) <= 11)
    )


@pytest.mark.parametrize("char", ["a", "€", "я", "👍", "a€", "aя", "я👍"])
@pytest.mark.parametrize(
    "length", [0, 1, 35, 36, 66, 67, 70, 71, 76, 77, 80, 81, 134, 135, 153, 160, 161, 306, 307]
)
def test_segments_are_counted_as_they_are_billed(char: str, length: int) -> None:
    text = (char * length)[:length]
    assert simulated_texts.segments(text) == max(1, count(text).segments)


def test_a_code_that_stands_twice_is_the_same_code() -> None:
    text = simulated_texts.fill("{6} and {6}, {3-3}, {6a}, {6٠}", random.Random(1))
    first, rest = text.split(" and ")
    assert rest.startswith(f"{first}, ")
    hyphened, mixed, arabic = rest.split(", ")[1:]
    assert [len(part) for part in hyphened.split("-")] == [3, 3]
    assert (len(mixed), len(arabic)) == (6, 6)
    assert all("٠" <= digit <= "٩" for digit in arabic)


def test_composed_messages_vary_in_sender_length_and_script() -> None:
    rng = random.Random(3)
    composed = [simulated_texts.compose(rng) for _ in range(400)]
    kinds = Counter(
        "number" if sender[0] == "+" else "short" if sender.isdigit() else "letters" for sender, _ in composed
    )
    assert min(kinds[kind] for kind in ("number", "short", "letters")) > 20
    assert max(simulated_texts.segments(text) for _, text in composed) >= 3
    assert len({text for _, text in composed}) > 350


def test_an_order_takes_its_time_and_is_billed_when_it_is_carried_out(
    api: carriers.Api, books: Books
) -> None:
    slow = carriers.connect("simulated", {**api.secrets, "order_seconds": "5"})
    offer = slow.search(NumberQuery("US"))[0]
    with time_machine.travel(NOW, tick=False) as clock:
        ordered = slow.buy(offer, URL)
        assert isinstance(ordered, Ordered)
        assert slow.order(ordered.ref) == ordered
        assert (list(slow.owned()), books.ledger(keys(slow))) == ([], [])
        assert offer not in slow.search(NumberQuery("US"))
        with pytest.raises(Rejected, match="taken"):
            api.buy(offer, URL)
        clock.shift(5)
        owned = slow.order(ordered.ref)
        assert isinstance(owned, Owned)
        assert list(slow.owned()) == [owned]
        assert [(line.deed, line.ref) for line in books.ledger(keys(slow))] == [("buy", ordered.ref)]
    with pytest.raises(Rejected, match="no order"):
        slow.order("SN0")


def test_a_purchase_is_known_by_its_key_until_its_end(api: carriers.Api) -> None:
    slow = carriers.connect("simulated", {**api.secrets, "order_seconds": "5"})
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "another"})
    with time_machine.travel(NOW, tick=False) as clock:
        ordered = slow.buy(slow.search(NumberQuery("US"))[0], URL, "k1")
        assert isinstance(ordered, Ordered)
        assert slow.find("k1") == ordered
        assert slow.find("k2") is other.find("k1") is None
        clock.shift(5)
        assert slow.find("k1") == slow.order(ordered.ref)
        assert slow.find("k2") is None
        slow.release(ordered.ref)
        assert slow.find("k1") is None
        api.buy(api.search(NumberQuery("US"))[0], URL)
        assert api.find("") is None


def test_a_blind_offer_is_bought_once_under_a_key_and_never_dearer_than_it_says(
    api: carriers.Api, books: Books
) -> None:
    blind = carriers.connect("simulated", {**api.secrets, "blind": "yes"})
    (offer,) = blind.search(NumberQuery("AU"))
    assert (offer.blind, offer.kind) == (True, Kind.LOCAL)
    assert all(one.monthly_cost <= offer.monthly_cost for one in api.search(NumberQuery("AU")))
    bought = blind.buy(offer, URL, "k1")
    assert isinstance(bought, Owned)
    assert blind.buy(offer, URL, "k1") == bought == blind.find("k1")
    assert bought.monthly_cost == NUMBERS[bought.e164].offer(bought.e164).monthly_cost
    assert len(books.ledger(keys(blind))) == 1
    assert blind.search(NumberQuery("AU", capabilities=frozenset({"fax"}))) == []
    (only,) = blind.search(NumberQuery("US", Kind.TOLL_FREE))
    blind.buy(only, URL, "k2")
    with pytest.raises(Rejected, match="no such number left"):
        blind.buy(only, URL, "k3")


@pytest.mark.parametrize("value", ["x", "-1", "11", "nan"])
def test_an_order_that_would_take_too_long_is_refused(api: carriers.Api, value: str) -> None:
    odd = carriers.connect("simulated", {**api.secrets, "order_seconds": value})
    with pytest.raises(Rejected, match="order_seconds"):
        odd.buy(api.search(NumberQuery("US"))[0], URL)


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (datetime(2026, 1, 31, 15, tzinfo=UTC), ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (datetime(2027, 11, 15, tzinfo=UTC), ["2027-12-15", "2028-01-15", "2028-02-15"]),
    ],
)
def test_every_further_month_is_on_the_bill_until_the_release(
    api: carriers.Api, books: Books, day: datetime, days: list[str]
) -> None:
    with time_machine.travel(day, tick=False) as clock:
        number = purchase(api, api.search(NumberQuery("US"))[0])
        clock.move_to(day + timedelta(days=100))
        api.release(number.ref)
        clock.move_to(day + timedelta(days=300))
        lines = books.ledger(keys(api))
    assert [(line.deed, line.amount) for line in lines] == [
        ("buy", number.monthly_cost),
        *[("month", number.monthly_cost)] * 3,
        ("release", 0),
    ]
    assert [f"{line.at:%Y-%m-%d}" for line in lines[1:4]] == days


def test_books_of_the_first_version_are_brought_up_to_date(api: carriers.Api, books: Books) -> None:
    with closing(sqlite3.connect(books.path, isolation_level=None)) as old:
        old.executescript(f"PRAGMA journal_mode = WAL; {VERSION_1}")
    api = carriers.connect("simulated", {**api.secrets, "signing_key": "old"})
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC)):
        (owned,) = api.owned()
        lines = books.ledger(keys(api))
    assert (owned.e164, owned.ref) == ("+12125550142", "SN1")
    assert [(line.deed, line.amount) for line in lines] == [
        ("buy", Decimal("1.2")),
        ("month", Decimal("1.2")),
    ]
    assert books.log(keys(api), 0) == [b"{}"]


# Sending


def test_what_is_sent_arrives_where_somebody_owns_the_number(api: carriers.Api, books: Books) -> None:
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    mine, theirs = bought(api), bought(other)
    sent = api.send(Outgoing(mine, theirs, "é" * 161, status_url=f"{URL}status/"))
    assert sent == Sent(sent.ref, 2, Decimal("0.0150"), "USD")
    message, receipt = sorted(books.claim(time.time() + 1, 9), key=lambda pending: pending.webhook_url)
    assert (message.webhook_url, receipt.webhook_url) == (URL, f"{URL}status/")
    (arrived,) = SIMULATED.parse(Request("POST", URL, {}, message.body))
    assert isinstance(arrived, Inbound)
    assert (arrived.ref, arrived.sender, arrived.recipient, arrived.segments) == (sent.ref, mine, theirs, 2)
    (told,) = SIMULATED.parse(Request("POST", URL, {}, receipt.body))
    assert isinstance(told, Receipt)
    assert (told.ref, told.status) == (sent.ref, Status.DELIVERED)
    assert [event.ref for event in other.messages(datetime(2000, 1, 1, tzinfo=UTC))] == [sent.ref]
    assert api.messages(datetime(2000, 1, 1, tzinfo=UTC)) == []
    line = books.ledger(keys(api))[-1]
    assert (line.deed, line.ref, line.amount) == ("send", sent.ref, Decimal("0.0150"))


def test_what_nobody_gets_is_undelivered_and_only_own_numbers_send(api: carriers.Api, books: Books) -> None:
    mine = bought(api)
    sent = api.send(Outgoing("Norvane", "+14155550100", "Hi", status_url=f"{URL}status/"))
    (receipt,) = books.claim(time.time() + 1, 9)
    (told,) = SIMULATED.parse(Request("POST", URL, {}, receipt.body))
    assert isinstance(told, Receipt)
    assert (told.ref, told.status) == (sent.ref, Status.UNDELIVERED)
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    with pytest.raises(Rejected, match="not yours"):
        other.send(Outgoing(mine, "+14155550100", "Hi"))
    with pytest.raises(Unsupported):
        api.send(Outgoing(mine, "+14155550100", "Hi", ("https://a/1",)))
    assert [line.deed for line in books.ledger(keys(api))] == ["buy", "send"]


# Traffic


class Receiver(ThreadingHTTPServer):
    """A webhook on loopback that checks what comes as we would, and answers as it is told to."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, api: carriers.Api) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api
        self.answers: list[int] = []
        self.seen: list[Inbound] = []
        self.refused = 0
        self.url = f"http://127.0.0.1:{self.server_port}/webhooks/simulated/k/"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = Request("POST", self.server.url, dict(self.headers), body)
        SIMULATED.verify(request, self.server.api.secrets, time.time())
        status = self.server.answers.pop(0) if self.server.answers else 204
        if status == 204:
            self.server.seen += [event for event in SIMULATED.parse(request) if isinstance(event, Inbound)]
        else:
            self.server.refused += 1
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver(api: carriers.Api) -> Iterator[Receiver]:
    server = Receiver(api)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_traffic_reaches_the_webhook_signed_and_complete(
    api: carriers.Api, books: Books, receiver: Receiver
) -> None:
    numbers = {bought(api, receiver.url) for _ in range(3)}
    Traffic(books, 100).run(30)
    assert books.states() == {"delivered": 30}
    assert len({message.ref for message in receiver.seen}) == len(receiver.seen) == 30
    assert {message.recipient for message in receiver.seen} == numbers
    assert all(message.body and message.segments and message.sent_at for message in receiver.seen)


def test_a_refused_message_comes_again_until_it_is_taken(
    api: carriers.Api, books: Books, receiver: Receiver
) -> None:
    bought(api, receiver.url)
    receiver.answers = [503, 403, 302]
    Traffic(books, 100).run(5)
    assert books.states() == {"delivered": 5}
    assert (receiver.refused, len({message.ref for message in receiver.seen})) == (3, 5)


def test_the_rate_is_kept(api: carriers.Api, books: Books, receiver: Receiver) -> None:
    bought(api, receiver.url)
    begun = time.monotonic()
    Traffic(books, 20, rng=random.Random(1)).run(21)
    assert 0.8 < time.monotonic() - begun < 2.5


@pytest.mark.parametrize("rate", [0, -1, 1001, float("nan")])
def test_an_impossible_rate_is_refused(books: Books, rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Traffic(books, rate)


def test_an_unreachable_webhook_is_noted_and_tried_again(api: carriers.Api, books: Books) -> None:
    number = bought(api, "http://127.0.0.1:1/")
    books.write("SX1", number, b"{}", time.time())
    traffic = Traffic(books, 1, http=httpx.Client(trust_env=False))
    traffic.deliver(books.claim(time.time(), 1)[0])
    assert books.states() == {"pending": 1}
    with sqlite3.connect(books.path) as file:
        assert file.execute("SELECT answer FROM message").fetchall() == [("ConnectError",)]
    file.close()


_RUN = """
import sys, tempsms
from pathlib import Path
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.traffic import Traffic
Traffic(Books(Path(sys.argv[1])), 200).run(int(sys.argv[2]))
"""


def test_killed_at_any_line_nothing_is_lost(api: carriers.Api, books: Books, receiver: Receiver) -> None:
    bought(api, receiver.url)
    rng = random.Random(5)
    for _ in range(4):
        argv = [sys.executable, "-c", _RUN, str(books.path), "1000"]
        with started(argv, stop_with=signal.SIGKILL, cwd=ROOT):
            _wait_for_more(receiver)
            time.sleep(rng.uniform(0, 0.3))
    with sqlite3.connect(books.path) as file:
        file.execute(
            "UPDATE message SET due_at = 0 WHERE state = 'pending'"
        )  # instead of waiting CLAIMED_FOR
        written = {ref for (ref,) in file.execute("SELECT id FROM message")}
    file.close()
    Traffic(books, 1).run(0)
    assert len(written) > 4
    assert {message.ref for message in receiver.seen} == written
    assert set(books.states()) == {"delivered"}


def _wait_for_more(receiver: Receiver) -> None:
    before, deadline = len(receiver.seen), time.monotonic() + 20
    while len(receiver.seen) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


# The command


@pytest.fixture
def signals() -> Iterator[None]:
    """The command takes over SIGINT and SIGTERM."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.mark.django_db
def test_the_command_sends_to_where_the_account_is_now(
    api: carriers.Api, books: Books, receiver: Receiver, signals: None, settings: LazySettings
) -> None:
    account = make_account(carrier="simulated", secrets=dict(api.secrets))
    bought(api, "http://127.0.0.1:1/where-we-were-last-time/")
    settings.PUBLIC_URL = f"http://127.0.0.1:{receiver.server_port}"
    call_command("simulate", rate=100, books=books.path, count=3)
    assert len(receiver.seen) == 3
    assert [number.webhook_url for number in api.owned()] == [account.webhook_url]


@pytest.mark.django_db
def test_the_command_ends_at_a_signal(
    api: carriers.Api, books: Books, receiver: Receiver, signals: None
) -> None:
    bought(api, receiver.url)
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGTERM]).start()
    call_command("simulate", rate=50, books=books.path)
    assert receiver.seen


@pytest.mark.django_db
def test_the_command_refuses_an_impossible_rate(books: Books) -> None:
    with pytest.raises(CommandError, match="rate"):
        call_command("simulate", rate=0, books=books.path)
