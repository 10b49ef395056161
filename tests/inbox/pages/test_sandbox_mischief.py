"""The sandbox's page of mischief, and the form that sends to the program: for people, without scripts."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from inbox.sandbox import mischief_rules, projects, tasks
from inbox.sandbox.mischief import Effects
from inbox.sandbox.models import CapturedMessage, MischiefRule, Project
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound
from tests.forward_targets import Targets

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, CHANGE = "/sandbox/default/mischief/", "/sandbox/default/mischief/change/"
RECEIVE = "/sandbox/default/receive/"
STRANGER = "192.0.2.7"
RULE = {
    "name": "busy",
    "carrier": "twilio",
    "recipient": "+1415*",
    "percent": "50",
    "times": "3",
    "seed": "7",
    "latency_ms": "100",
    "refuse": "21610",
    "outcome": "",
    "error": "",
    "receipt_delay_ms": "",
    "receipts": ["doubled", "lost"],
}
MESSAGE = {"carrier": "twilio", "from": "+61491570157", "to": "+14155550100", "body": "STOP", "media": ""}


@pytest.fixture(autouse=True)
def default(transactional_db: None) -> Project:
    """The first project."""
    return projects.ensure_default()


def test_a_rule_is_made_shown_and_deleted(client: Client) -> None:
    assert "Nothing goes wrong" in client.get(PAGE).content.decode()
    answer = client.post(CHANGE, RULE)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    rule = MischiefRule.objects.get()
    assert mischief_rules.as_rule(rule).effects == Effects(
        latency_ms=100, refuse="21610", receipts=["doubled", "lost"]
    )
    assert (rule.carrier, rule.recipient, rule.chance, rule.times, rule.seed) == (
        "twilio",
        "+1415*",
        0.5,
        3,
        7,
    )
    page = client.get(PAGE).content.decode()
    for text in ("busy", "+1415*", "21610", "doubled, lost", "0 / 0"):
        assert text in page
    assert "Attempt to send to unsubscribed recipient" in page
    client.post(CHANGE, {**RULE, "name": "late", "refuse": ""})
    assert client.post(CHANGE, {"delete": "a\0"}).status_code == 302
    client.post(CHANGE, {"delete": "busy"})
    assert [one.name for one in MischiefRule.objects.all()] == ["late"]
    client.post(CHANGE, {"delete_all": "1"})
    assert not MischiefRule.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "<b>", "lower-case letters, digits and hyphens"),
        ("refuse", "30003", "is not a code of twilio"),
        ("error", "30003", "only with an outcome"),
        ("percent", "101", "chance"),
        ("percent", "many", "chance"),
        ("latency_ms", "99999999", "latency_ms"),
        ("times", "0", "times"),
        ("seed", "9" * 30, "seed"),
        ("receipts", ["<x>"], "receipts"),
        ("carrier", "nobody", "is not a carrier"),
        ("recipient", "a\0", "recipient"),
    ],
)
def test_a_wrong_rule_is_shown_with_what_is_wrong(client: Client, field: str, value: Any, why: str) -> None:
    answer = client.post(CHANGE, {**RULE, field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    (error,) = re.findall(r'role="alert" dir="auto">([^<]+)<', page)
    assert why in error
    assert "<b>" not in page
    assert 'value="+1415*"' in page or field == "recipient"
    assert not MischiefRule.objects.exists()


def test_a_message_is_sent_to_the_program_and_shown(client: Client) -> None:
    assert client.get(RECEIVE).status_code == 200
    with Targets() as web:
        form = {**MESSAGE, "url": web.url("/ok/sms"), "media": f"{web.url('/ok/a.png')}\n"}
        answer = client.post(RECEIVE, form)
        message = CapturedMessage.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/sandbox/default/messages/{message.pk}/")
        tasks.call_back()
        (sent,) = web.requests
    (found,) = carriers.get("twilio").parse(Request("POST", "http://x", sent.headers, sent.body))
    assert isinstance(found, Inbound)
    assert (found.sender, found.body, found.media[0].content_type) == ("+61491570157", "STOP", "image/png")
    assert "thanks" in client.get(answer["Location"]).content.decode()
    assert web.url("/ok/sms") in client.get(RECEIVE).content.decode()  # it is remembered


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": ""},
        {"to": "a\nb"},
        {"url": "ftp://x/"},
        {"carrier": "nobody"},
        {"body": ""},
        {"body": "a\0b"},
        {"media": "x"},
        {"media": "http://127.0.0.1/a\n" * 11},
        {"carrier": "vonage", "media": "http://127.0.0.1:5000/a.png http://127.0.0.1:5000/b.png"},
    ],
)
def test_a_wrong_message_is_not_sent(client: Client, wrong: dict[str, str]) -> None:
    answer = client.post(RECEIVE, {**MESSAGE, "url": "http://127.0.0.1:5000/sms", **wrong})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not CapturedMessage.objects.exists()


@pytest.mark.parametrize("path", [PAGE, RECEIVE])
def test_strangers_are_asked_to_log_in(client: Client, path: str) -> None:
    answer = client.get(path, REMOTE_ADDR=STRANGER)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
    assert "no-store" in answer["Cache-Control"]
    for address, form in ((CHANGE, RULE), (RECEIVE, {**MESSAGE, "url": "http://127.0.0.1:5000/"})):
        assert client.post(address, form, REMOTE_ADDR=STRANGER).status_code == 302
        assert Client(enforce_csrf_checks=True).post(address, form).status_code == 403
    assert not MischiefRule.objects.exists()
    assert not CapturedMessage.objects.exists()


def test_operators_see_and_change_as_far_as_they_may(client: Client) -> None:
    operator = User.objects.create_user("ada", is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename="view_capturedmessage"))
    client.force_login(operator)
    page = client.get(PAGE, REMOTE_ADDR=STRANGER).content.decode()
    assert 'name="name"' not in page
    assert client.post(CHANGE, RULE, REMOTE_ADDR=STRANGER).status_code == 404
    operator.user_permissions.add(Permission.objects.get(codename="change_capturedmessage"))
    assert client.post(CHANGE, RULE, REMOTE_ADDR=STRANGER).status_code == 302
    assert MischiefRule.objects.exists()


def test_pages_of_no_project_are_not_there(client: Client) -> None:
    for path in ("/sandbox/nobody/mischief/", "/sandbox/nobody/receive/"):
        assert client.get(path).status_code == 404
