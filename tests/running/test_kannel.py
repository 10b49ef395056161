"""A real Kannel between a message centre and a running instance, set up by the text that operators are shown."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

import httpx
import pytest

from numbers import carriers
from numbers.carriers.errors import Rejected
from numbers.carriers.messages import Outgoing
from tempsms.lib import gsm7
from tests.carriers.gateway_cases import CASES, RECIPIENT, SENDER
from tests.carriers.kannel import LOGIN, PASSWORD, Kannel, missing, shown_groups
from tests.carriers.record import smpp_group
from tests.carriers.smsc import HEADER_IN_TEXT, Short, Smsc
from tests.drills.kannel import DUMP, drive
from tests.rig import Instance

pytestmark = [
    pytest.mark.xdist_group("instance"),
    pytest.mark.skipif(bool(missing()), reason=missing() or "installed"),
]

TOKEN = "test-token-0123456789"
SECONDS = 30.0


@pytest.fixture(scope="module")
def account(instance: Instance) -> dict[str, Any]:
    """An account with RECIPIENT, which is private: its texts are compared to the letter."""
    return instance.account("kannel", "real", RECIPIENT, token=TOKEN, public=False)


@pytest.fixture(scope="module")
def smsc() -> Iterator[Smsc]:
    with Smsc() as running:
        yield running


@pytest.fixture(scope="module")
def kannel(account: dict[str, Any], smsc: Smsc) -> Iterator[Kannel]:
    with Kannel(account["webhook_url"], TOKEN, smpp_group(smsc)) as running:
        assert smsc.bound.wait(SECONDS), running.log()
        yield running


def wait_until(holds: Callable[[], bool], kannel: Kannel) -> None:
    """Until it holds; Kannel's own words when it takes too long."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, kannel.log()
        time.sleep(0.1)


def stored(instance: Instance, account: dict[str, Any]) -> Counter[tuple[str, tuple[str, ...]]]:
    """Whole texts and flags of this account's messages."""
    rows = json.loads(instance.manage("shell", "-v0", "-c", DUMP.format(account["id"])))
    return Counter((text, tuple(flags)) for text, flags in rows)


def count(instance: Instance, account: dict[str, Any]) -> int:
    (row,) = instance.sql("SELECT count(*) FROM inbox_message WHERE account_id = %s", account["id"])
    return int(row[0])


def test_every_kind_of_message_arrives_once_as_it_was_sent(
    instance: Instance, account: dict[str, Any], smsc: Smsc, kannel: Kannel
) -> None:
    for case in CASES:
        for piece in case.pieces:
            esm_class = HEADER_IN_TEXT if case.stated else 0
            assert smsc.deliver(Short(SENDER, RECIPIENT, piece, case.coding, esm_class)) == 0
    wait_until(lambda: count(instance, account) >= len(CASES), kannel)
    assert stored(instance, account) == Counter((case.text, case.flags) for case in CASES)


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "a€ [x]",
        "Größe é",
        "ç",
        "Код",
        "密码",
        "😂 ok",
        "The quick brown fox. " * 20,
        "Привет, мир. " * 20,
    ],
)
def test_what_is_sent_reaches_the_centre_whole(smsc: Smsc, kannel: Kannel, text: str) -> None:
    sent = send(kannel, text)
    assert sent
    pieces = [smsc.submitted.get(timeout=SECONDS)]
    while len(pieces) < (pieces[0].header[-2] if pieces[0].header else 1):
        pieces.append(smsc.submitted.get(timeout=SECONDS))
    with pytest.raises(Empty):
        smsc.submitted.get(timeout=0.2)
    assert {(piece.sender, piece.recipient) for piece in pieces} == {(RECIPIENT[1:], SENDER[1:])}
    content = b"".join(piece.content[len(piece.header) :] for piece in pieces)
    assert (gsm7.decode(content) if pieces[0].coding == 0 else content.decode("utf-16-be")) == text
    assert (pieces[0].coding == 0) == gsm7.fits(text)


def send(kannel: Kannel, text: str, status_url: str = "", password: str = PASSWORD) -> str:
    """Send it as the product does; our id."""
    login = {"token": TOKEN, "base_url": kannel.base_url, "username": LOGIN, "password": password}
    with httpx.Client() as http:
        message = Outgoing(RECIPIENT, SENDER, text, status_url=status_url)
        return carriers.connect("kannel", login, http).send(message).ref


def test_a_wrong_password_is_the_accounts_fault(kannel: Kannel) -> None:
    with pytest.raises(Rejected, match="Authorization failed") as caught:
        send(kannel, "Hello", password="wrong")
    assert caught.value.fault == "account"


def test_receipts_come_back(instance: Instance, account: dict[str, Any], smsc: Smsc, kannel: Kannel) -> None:
    before = receipts(instance)
    send(kannel, "Hello", account["status_url"])
    smsc.submitted.get(timeout=SECONDS)
    wait_until(lambda: receipts(instance) >= before + 2, kannel)  # taken by the centre, delivered


def receipts(instance: Instance) -> float:
    """Taken at our door, by our own counter."""
    lines = instance.wait_for("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if "receipt" in line and "kannel" in line)


def test_a_wrong_token_is_refused_told_and_lost_nothing(
    instance: Instance, account: dict[str, Any], smsc: Smsc, kannel: Kannel
) -> None:
    """Kannel comes again as the set-up text has it: with the token set right, the message is there."""
    text = "Sent while the token was wrong"
    with Smsc() as other, Kannel(account["webhook_url"], "another-token", smpp_group(other)) as wrong:
        assert other.bound.wait(SECONDS)
        other.deliver(Short(SENDER, RECIPIENT, text.encode()))
        found = "SELECT times, detail FROM numbers_finding WHERE account_id = %s AND what = 'refused'"
        wait_until(lambda: bool(instance.sql(found, account["id"])), wrong)
        (times, detail), *_ = instance.sql(found, account["id"])
        assert times >= 1
        assert "token" in detail
        both = [TOKEN, "another-token"]
        change = "from numbers.models import Account\naccount = Account.objects.get(pk={})\n"
        change += "account.secrets['token'] = {!r}\naccount.save()"
        instance.manage("shell", "-v0", "-c", change.format(account["id"], both))
        wait_until(lambda: (text, ()) in stored(instance, account), wrong)
    log = "".join(path.read_text() for path in (instance.var / "log").iterdir())
    assert log.count(f"refused a webhook of account {account['id']}") == 1


def test_the_set_up_text_is_what_was_tested() -> None:
    core, smsbox, service, user = shown_groups()
    assert core["sms-combine-concatenated-mo"] == "false"
    assert smsbox["http-request-retry"] != "0"
    assert (service["max-messages"], service["catch-all"]) == ("0", "true")
    assert int(user["max-messages"]) > 1
    assert user["concatenation"] == "true"


def test_a_short_drill_loses_and_doubles_nothing(instance: Instance) -> None:
    outcome = drive(instance, [f"No {n}: " + "The quick brown fox. " * (n % 12) for n in range(150)])
    assert outcome.wrong == []
    assert outcome.parts > outcome.texts == 150
