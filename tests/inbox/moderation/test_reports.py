"""Visitors' reports: hidden at once with its twins, limited, decided by an operator, undone in one click."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from inbox.models import Code, Message, Report
from inbox.moderation import reports
from numbers.carriers.messages import Inbound
from numbers.models import Lease, Number
from tests.arrivals import arrive_now
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number
from tests.sockets import Open, connect, frame

__all__ = ["connect"]
pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/numbers/15005550006/"
OTHERS = [f"10.1.{n}.7" for n in range(200)]


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


def receive(lease: Lease, *texts: str) -> list[int]:
    """Ids of texts that have arrived."""
    start = Message.objects.count()
    found = [Inbound(f"r{start + n}", "ACME", lease.number.e164, text) for n, text in enumerate(texts)]
    arrive_now(lease.account_id, *found)
    return list(Message.objects.order_by("id").values_list("id", flat=True))[start:]


def report(message_id: int, address: str = "10.0.0.1", page: str = PAGE) -> tuple[int, str]:
    """Report a message as a visitor would; the answer's status and title."""
    client = Client(REMOTE_ADDR=address)
    answer = client.post(f"{page}messages/{message_id}/", {"why": "harmful"})
    return answer.status_code, answer.content.decode().partition("<h1>")[2].partition("</h1>")[0]


def shown(page: str = PAGE) -> list[int]:
    """The ids on a page."""
    return [int(pk) for pk in Client().get(f"{page}poll/").json()["ids"]]


def test_a_reported_message_is_hidden_at_once_and_only_that(lease: Lease, client: Client) -> None:
    first, second = receive(lease, "You fool", "Hello")
    page = client.get(PAGE).content.decode()
    assert f'href="messages/{first}/"' in page
    assert "You fool" in client.get(f"{PAGE}messages/{first}/").content.decode()
    assert report(first) == (200, "Thank you. The message is hidden now.")
    assert shown() == [second]
    assert "Reported by visitors: 1" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}messages/{first}/").status_code == 404
    row = Report.objects.get()
    assert (row.why, row.state, row.hidden, len(row.visitor)) == ("harmful", "open", True, 32)
    assert "10.0.0" not in row.visitor


def test_without_its_token_a_form_reports_nothing(lease: Lease) -> None:
    (pk,) = receive(lease, "Hello")
    client = Client(enforce_csrf_checks=True)
    with translation.override("en"):
        refused = client.post(f"{PAGE}messages/{pk}/", {"why": "other"}, headers={"Accept-Language": "de"})
    assert (refused.status_code, "muss Cookies dieser Website" in refused.content.decode()) == (403, True)
    token = client.get(f"{PAGE}messages/{pk}/").context["csrf_token"]
    answer = client.post(f"{PAGE}messages/{pk}/", {"why": "nonsense", "csrfmiddlewaretoken": token})
    assert (answer.status_code, Report.objects.get().why) == (200, "other")


def test_its_twins_are_hidden_where_they_are_and_when_they_come(lease: Lease) -> None:
    other = make_lease(make_number("+15005550007"))
    texts = ["You fool", "Your code is 482913", "Your code is 482914"]
    fool, code, similar = receive(lease, *texts)
    there = receive(other, *texts)
    assert report(fool)[0] == report(code)[0] == 200
    assert reports.hide_twins() == 2
    assert shown("/numbers/15005550007/") == [there[2]]
    later = receive(lease, *texts)
    assert shown() == [later[2], similar]
    reports.reject(Report.objects.get(message_id=code), "operator")
    assert shown() == [later[2], later[1], similar, code]
    assert shown("/numbers/15005550007/") == [there[2], there[1]]
    assert set(shown()).isdisjoint({fool, later[0]})


def test_a_twin_that_comes_before_every_process_knows_is_hidden_by_a_second_round(lease: Lease) -> None:
    first, second = receive(lease, "You fool", "You fool")
    report(first)
    assert reports.hide_twins() == 1
    Message.objects.filter(pk=second).update(public=True, withheld="")
    assert reports.hide_twins() == 1
    Report.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    assert reports.hide_twins() == 0
    assert not Report.objects.get().twins_due
    assert shown() == []


def test_a_text_whose_code_is_forgotten_has_no_twins(lease: Lease, sql: Sql) -> None:
    first, second = receive(lease, "Your code is 482913", "Your code is 482913")
    sql("UPDATE inbox_code SET expires_at = now()")
    report(first)
    assert reports.hide_twins() == 0
    assert shown() == [second]


def test_a_visitor_may_report_few_and_others_still_may(lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = receive(lease, *(f"text {n}" for n in range(8)))
    answers = [report(pk, f"10.0.0.{n}")[0] for n, pk in enumerate(ids[:6])]  # one network
    assert answers == [200] * reports.PER_VISITOR + [429]
    assert ids[5] in shown()
    assert report(ids[5], "10.0.1.1")[0] == 200


def test_many_visitors_cannot_blank_a_page(lease: Lease) -> None:
    ids = receive(lease, *(f"text {n}" for n in range(20)))
    titles = [report(pk, OTHERS[n])[1] for n, pk in enumerate(ids)]
    assert (
        titles[: reports.HIDDEN_PER_NUMBER]
        == ["Thank you. The message is hidden now."] * reports.HIDDEN_PER_NUMBER
    )
    assert set(titles[reports.HIDDEN_PER_NUMBER :]) == {"Thank you. We will review your report."}
    assert sorted(shown()) == ids[reports.HIDDEN_PER_NUMBER :]
    waiting = Report.objects.filter(hidden=False).first()
    assert waiting
    reports.uphold(waiting, "operator")
    assert waiting.message_id not in shown()


def test_what_an_operator_let_stand_is_not_hidden_again(lease: Lease) -> None:
    first, twin = receive(lease, "Hello", "Hello")
    report(first)
    reports.reject(Report.objects.get(), "operator")
    assert shown() == [twin, first]
    assert report(first, "10.0.5.1") == report(twin, "10.0.6.1") == (200, "Already reviewed")
    assert shown() == [twin, first]


def test_a_hundred_reports_at_once_make_one(lease: Lease) -> None:
    (pk,) = receive(lease, "Hello")

    def send(address: str) -> int:
        status = report(pk, address)[0]
        connection.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(send, OTHERS[:100]))
    assert statuses <= {200, 404}
    assert Report.objects.count() == 1


@pytest.mark.parametrize("path", ["messages/999999/", "messages/1/"])
def test_what_is_not_shown_cannot_be_reported(lease: Lease, client: Client, path: str) -> None:
    assert client.get(PAGE + path).status_code == client.post(PAGE + path).status_code == 404
    assert client.post("/numbers/15005550099/report/").status_code == 404
    assert Report.objects.count() == 0


def test_a_number_is_taken_down_and_brought_back(lease: Lease, client: Client) -> None:
    (pk,) = receive(lease, "Hello")
    assert "Report this number" in client.get(f"{PAGE}report/").content.decode()
    assert "The page is hidden now." in client.post(f"{PAGE}report/", {"why": "personal"}).content.decode()
    page = client.get(PAGE)
    assert (page.status_code, "was taken down" in page.content.decode()) == (410, True)
    assert "Hello" not in page.content.decode()
    assert receive(lease, "While it was down")
    reports.reject(Report.objects.get(), "operator")
    assert shown() == [pk]
    assert "Already reviewed" in Client(REMOTE_ADDR="10.9.9.9").post(f"{PAGE}report/").content.decode()
    assert client.get(PAGE).status_code == 200


def test_only_a_part_of_all_numbers_can_be_taken_down_by_reports(lease: Lease) -> None:
    for n in range(10):
        make_lease(make_number(f"+1500555010{n}"))
    down = [
        "The page is hidden now."
        in Client(REMOTE_ADDR=OTHERS[n]).post(f"/numbers/1500555010{n}/report/").content.decode()
        for n in range(4)
    ]
    assert down == [True, False, False, False]
    assert Client(REMOTE_ADDR=OTHERS[0]).post(f"{PAGE}report/").status_code == 429
    assert Number.objects.filter(public=True).count() == 10


def test_an_operator_sees_the_queue_with_its_clock_and_decides(lease: Lease, admin_client: Client) -> None:
    first, second = receive(lease, "Your code is 482913, you fool", "Hello")
    report(first)
    report(second, "10.0.7.1")
    Report.objects.filter(message_id=first).update(created_at=timezone.now() - timedelta(hours=25))
    queue = admin_client.get("/admin/inbox/report/").content.decode()
    assert "overdue by 1 h" in queue
    assert "23 h 59 min" in queue
    assert "Your code is ••••••, you fool" in queue, "what is decided is read first"
    assert "482913" not in queue
    row = Report.objects.get(message_id=first)
    detail = admin_client.get(f"/admin/inbox/report/{row.pk}/change/").content.decode()
    assert "Your code is ••••••, you fool" in detail
    admin_client.post("/admin/inbox/report/", {"action": "keep_hidden", "_selected_action": [row.pk]})
    other = Report.objects.get(message_id=second)
    again = f"/admin/inbox/report/decide/{other.pk}/reject/"
    form = queue.partition('<form id="changelist-form"')[2].partition("</form>")[0]
    assert f'formaction="{again}"' in form
    assert "csrfmiddlewaretoken" in form
    assert admin_client.get(again).status_code == 405
    assert admin_client.post(f"/admin/inbox/report/decide/{other.pk}/burn/").status_code == 404
    assert admin_client.post(again).status_code == 302
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.decided_by, other.state) == ("upheld", "admin", "rejected")
    assert shown() == [second]


def test_who_may_only_look_decides_nothing(lease: Lease, django_user_model: type[User]) -> None:
    (message,) = receive(lease, "You fool, your code is 482913")
    report(message)
    looker = django_user_model.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(
        Permission.objects.filter(
            codename__in=["view_report", "view_message"], content_type__app_label="inbox"
        )
    )
    client = Client()
    client.force_login(looker)
    (row,) = Report.objects.all()
    assert client.get("/admin/inbox/report/").status_code == 200
    assert client.post(f"/admin/inbox/report/decide/{row.pk}/reject/").status_code == 403
    client.post("/admin/inbox/report/", {"action": "show_again", "_selected_action": [row.pk]})
    client.post("/admin/inbox/message/", {"action": "forget_codes", "_selected_action": [message]})
    row.refresh_from_db()
    assert (row.state, shown(), Code.objects.count()) == ("open", [], 1)


def test_who_reported_is_forgotten_after_two_days(lease: Lease) -> None:
    first, second = receive(lease, "one", "two")
    report(first)
    Report.objects.update(created_at=timezone.now() - timedelta(days=3))
    report(second)
    assert reports.forget_visitors() == 1
    assert [bool(name) for name in Report.objects.order_by("id").values_list("visitor", flat=True)] == [
        False,
        True,
    ]


async def test_open_pages_lose_a_reported_message_and_get_a_rejected_one_back(
    site: httpx.AsyncClient, lease: Lease, connect: Open
) -> None:
    viewer = await connect()
    request = signed(lease.account.webhook_url, form("Hello"))
    assert (await site.post(request.url, content=request.body, headers=request.headers)).status_code == 200
    pk = (await frame(viewer))["id"]

    def run(step: str) -> None:
        if step == "report":
            reports.report_message(lease.number, pk, "other", "v" * 32)
        else:
            reports.reject(Report.objects.get(), "operator")
        connection.close()

    await asyncio.to_thread(run, "report")
    assert await frame(viewer) == {"type": "withheld", "id": pk}
    await asyncio.to_thread(run, "reject")
    assert await frame(viewer) == {"type": "restored", "id": pk}
    assert (await frame(viewer))["message"]["body"] == "Hello"
