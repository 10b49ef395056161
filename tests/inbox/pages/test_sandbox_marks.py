"""What people note on captured messages, and what those would have cost."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.sandbox import inbound, marks, prices, projects
from inbox.sandbox.models import CapturedMessage, Project
from numbers.models import Canary
from tests.factories import make_account, make_number
from tests.inbox.sandbox.keeping import keep

pytestmark = pytest.mark.django_db


@pytest.fixture
def default() -> Project:
    """The first project."""
    return projects.ensure_default()


def page_of(message: CapturedMessage) -> str:
    """The address of a message's page."""
    return f"/sandbox/{message.project.name}/messages/{message.pk}/"


def mark(client: Client, message: CapturedMessage, **form: Any) -> list[str]:
    """Post a mark; return the tags that the message has then."""
    assert client.post(f"{page_of(message)}mark/", form).status_code == 302
    message.refresh_from_db()
    return message.tags


def unread_rows(client: Client) -> list[int]:
    """The ids of the rows of the list that are unread."""
    page = client.get("/sandbox/").content.decode()
    return [int(found) for found in re.findall(r'<li class="message unread" id="m(\d+)"', page)]


def test_a_message_is_unread_until_its_page_is_opened(client: Client, default: Project) -> None:
    first, second = keep(default), keep(default)
    assert unread_rows(client) == [second.pk, first.pk]
    assert client.get(page_of(first)).status_code == 200
    assert unread_rows(client) == [second.pk]
    mark(client, first, unread="")
    assert unread_rows(client) == [second.pk, first.pk]


def test_all_are_marked_as_read_and_no_other_projects(client: Client, default: Project) -> None:
    keep(default)
    other = keep(projects.make("tests"))
    assert client.post("/sandbox/default/read/").status_code == 302
    assert unread_rows(client) == []
    assert list(CapturedMessage.objects.filter(unread=True)) == [other]
    assert Client(enforce_csrf_checks=True).post("/sandbox/default/read/").status_code == 403


def test_what_one_sends_to_the_program_oneself_is_not_unread(client: Client, default: Project) -> None:
    inbound.send(default, "twilio", "+14155550100", "+15005550006", "Hi", "http://127.0.0.1:5000/sms")
    assert unread_rows(client) == []


def test_a_mark_is_in_the_next_poll_and_no_change_for_programs(client: Client, default: Project) -> None:
    message = keep(default)
    long_ago = message.updated_at - timedelta(minutes=1)
    CapturedMessage.objects.filter(pk=message.pk).update(updated_at=long_ago)
    cursor = client.get("/sandbox/default/poll/").json()
    assert cursor["unread"] == 1
    client.get(page_of(message))
    found = client.get("/sandbox/default/poll/", {"since": cursor["cursor"]}).json()
    assert list(found["rows"]) == [str(message.pk)]
    assert found["unread"] == 0
    message.refresh_from_db()
    assert message.updated_at == long_ago


def test_tags_are_added_removed_and_lead_to_what_has_them(client: Client, default: Project) -> None:
    message = keep(default)
    assert mark(client, message, tag=" Sign Up ") == ["sign-up"]
    assert mark(client, message, tag="sign-up") == ["sign-up"]
    assert mark(client, message, tag="<b>é&") == ["sign-up", "<b>é&"]
    page = client.get("/sandbox/").content.decode()
    addresses = re.findall(r'href="(/sandbox/default/\?q=tag:[^"]+)"', page)
    assert len(addresses) == 2
    for address in addresses:
        assert f'id="m{message.pk}"' in client.get(address).content.decode()
    assert "<b>é" not in page
    assert mark(client, message, untag="<b>é&") == ["sign-up"]
    assert mark(client, message, untag="other") == ["sign-up"]


@pytest.mark.parametrize("tag", ["a" * 41, "a\0b", 'a"b'])
def test_a_tag_that_is_none_is_refused(client: Client, default: Project, tag: str) -> None:
    message = keep(default)
    answer = client.post(f"{page_of(message)}mark/", {"tag": tag}, follow=True)
    assert "A tag has at most 40 characters" in answer.content.decode()
    message.refresh_from_db()
    assert message.tags == []


def test_a_message_has_not_more_tags_than_fit(client: Client, default: Project) -> None:
    message = keep(default)
    for number in range(marks.MOST_TAGS + 1):
        mark(client, message, tag=str(number))
    assert len(message.tags) == marks.MOST_TAGS


def test_marks_of_other_projects_messages_and_of_none_are_not_found(client: Client, default: Project) -> None:
    other = keep(projects.make("tests"))
    for pk in (other.pk, 10**9):
        assert client.post(f"/sandbox/default/messages/{pk}/mark/", {"tag": "a"}).status_code == 404
    other.refresh_from_db()
    assert other.tags == []


def cost(message: CapturedMessage) -> str:
    """What the page of a message says it would have cost."""
    estimate = prices.estimate(CapturedMessage.objects.get(pk=message.pk))
    return estimate.written if estimate else ""


def test_without_a_price_nobody_knows_what_a_message_would_have_cost(
    client: Client, default: Project
) -> None:
    page = client.get(page_of(keep(default))).content.decode()
    assert "unknown <a" in page


def test_a_message_costs_by_the_projects_prices(client: Client, default: Project) -> None:
    text = "twilio us 0.0083 usd\r\n\r\n twilio * 0.05 EUR\nvonage DE 1 EUR"
    assert client.post("/sandbox/default/prices/", {"prices": text}).status_code == 302
    default.refresh_from_db()
    assert default.prices == ["twilio US 0.0083 USD", "twilio * 0.05 EUR", "vonage DE 1 EUR"]
    assert (
        "twilio US 0.0083 USD\ntwilio * 0.05 EUR" in client.get("/sandbox/default/prices/").content.decode()
    )
    long = keep(default, "a" * 200)
    assert cost(long) == "0.0166 USD"
    assert cost(keep(default, recipient="14155550100")) == "0.0083 USD"
    assert cost(keep(default, recipient="+4915112345678")) == "0.05 EUR"
    assert cost(keep(default, recipient="ACME")) == "0.05 EUR"
    assert cost(keep(default, media=("http://x/a.png",))) == ""
    page = client.get(page_of(long)).content.decode()
    assert "0.0166 USD" in page
    assert "by the project’s prices" in page


def test_or_as_a_test_message_to_the_same_country_did(client: Client, default: Project) -> None:
    number, account = make_number("+14155550123"), make_account()
    for paid, hours in (("0.0100", 2), ("0.0075", 1), ("0", 0)):
        sent_at = timezone.now() - timedelta(hours=hours)
        values = {"account": account, "price": Decimal(paid), "currency": "USD", "sent_at": sent_at}
        Canary.objects.create(number=number, state=Canary.State.SEEN, **values)
    message = keep(default, "a" * 200)
    assert cost(message) == "0.015 USD"
    assert "as the newest test message to this country did" in client.get(page_of(message)).content.decode()
    assert cost(keep(default, recipient="+4915112345678")) == ""


@pytest.mark.parametrize(
    "line",
    [
        *("twilio US", "twilio US 1 USD x", "nobody US 1 USD", "twilio USA 1 USD", "twilio US -1 USD"),
        *(
            "twilio US NaN USD",
            "twilio US 1e9 USD",
            "twilio US 1 DOLLAR",
            "twilio US 0.00000000001 USD",
            "<b>",
        ),
        "twilio U\0 1 USD",
    ],
)
def test_a_price_that_cannot_be_read_is_named_and_changes_nothing(
    client: Client, default: Project, line: str
) -> None:
    prices.set_list(default, "twilio US 1 USD")
    answer = client.post("/sandbox/default/prices/", {"prices": f"twilio DE 1 EUR\n{line}"})
    assert answer.status_code == 422
    assert "This line cannot be read:" in answer.content.decode()
    assert "<b></bdi>" not in answer.content.decode()
    default.refresh_from_db()
    assert default.prices == ["twilio US 1 USD"]


def test_a_price_list_has_an_end(client: Client, default: Project) -> None:
    text = "twilio US 1 USD\n" * (prices.MOST + 1)
    assert client.post("/sandbox/default/prices/", {"prices": text}).status_code == 422
