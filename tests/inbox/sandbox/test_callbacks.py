"""States change in order, and programs are told of it: signed, once, and only where their project allows it."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone
from twilio.request_validator import RequestValidator

from inbox.sandbox import callbacks, projects, reach, tasks
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from numbers import carriers
from numbers.carriers.contract import Request
from tempsms.lib.aimed_requests import AddressRefused, Connections
from tests.forward_targets import Targets
from tests.inbox.sandbox.keeping import ON_ITS_WAY, keep

State = CapturedMessage.State


@pytest.fixture
def staging(transactional_db: None) -> Project:
    """A project that anyone may use who has its credentials."""
    return projects.make("staging")


def states(message: CapturedMessage) -> list[tuple[str, int, str]]:
    """The changes of a message: state, status of the answer, and why there was none."""
    return list(message.changes.values_list("state", "status", "note"))


def test_states_change_in_order_and_the_program_is_told(default: Project, web: Targets) -> None:
    sent = [keep(default, after=ON_ITS_WAY, callback=web.url(f"/ok/{n}")) for n in range(20)]
    assert tasks.call_back() == 40
    for n, message in enumerate(sent):
        message.refresh_from_db()
        assert message.state == State.DELIVERED
        assert message.sent_at
        assert [request.body for request in web.at(f"/ok/{n}")] == [
            b"MessageStatus=sent",
            b"MessageStatus=delivered",
        ]
        assert states(message) == [("sent", 200, ""), ("delivered", 200, "")]
    assert tasks.call_back() == 0
    change = sent[0].changes.first()
    assert change
    assert (change.answer, change.headers["content-type"]) == ("thanks", "application/x-www-form-urlencoded")


def test_callbacks_are_signed_as_the_carrier_signs_them(default: Project, web: Targets) -> None:
    url = web.url("/ok/a?b='c'&d=%2B")
    keep(default, after=ON_ITS_WAY[:1], callback=url)
    tasks.call_back()
    (request,) = web.requests
    signature = request.headers["x-twilio-signature"]
    assert RequestValidator("sandbox").validate(url.replace("'", "%27"), {"MessageStatus": "sent"}, signature)
    assert not RequestValidator("sandboy").validate(url, {"MessageStatus": "sent"}, signature)
    carriers.get("twilio").verify(
        Request("POST", url, request.headers, request.body), {"auth_token": "sandbox"}, 0
    )


def test_without_an_address_states_change_all_the_same(default: Project) -> None:
    message = keep(default, after=ON_ITS_WAY)
    tasks.call_back()
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert states(message) == [("sent", 0, ""), ("delivered", 0, "")]


def test_a_program_that_fails_is_not_called_again_and_holds_up_nothing(
    default: Project, web: Targets
) -> None:
    failing = keep(default, after=ON_ITS_WAY, callback=web.url("/500/a"))
    away = keep(default, after=ON_ITS_WAY, callback="http://127.0.0.1:1024/nobody")
    tasks.call_back()
    assert states(failing) == [("sent", 500, ""), ("delivered", 500, "")]
    assert [note for *_, note in states(away)] == ["not reached: ConnectError"] * 2
    assert len(web.requests) == 2


def test_one_that_never_answers_holds_up_its_own_messages_only(
    default: Project, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "ANSWERED_WITHIN", 2.0)
    silent = keep(default, after=ON_ITS_WAY[:1], callback=web.url("/never/a"))
    quick = keep(default, after=ON_ITS_WAY, callback=web.url("/ok/a"))
    tasks.call_back()
    assert states(silent) == [("sent", 0, "no answer within 2 seconds")]
    settled = {one.state: one.settled_at for one in quick.changes.all()}
    late = silent.changes.get().settled_at
    assert late
    assert settled["delivered"]
    assert settled["delivered"] < late


def test_a_message_that_has_ended_stays_as_it_is(default: Project, web: Targets) -> None:
    message = keep(default, after=ON_ITS_WAY, callback=web.url("/ok/a"))
    CapturedMessage.objects.filter(pk=message.pk).update(state=State.CANCELED)
    tasks.call_back()
    message.refresh_from_db()
    assert (message.state, web.requests) == (State.CANCELED, [])
    assert states(message) == [("sent", 0, callbacks.ENDED), ("delivered", 0, callbacks.ENDED)]


def test_what_a_killed_worker_left_is_done_by_the_next_one(default: Project, web: Targets) -> None:
    message = keep(default, after=ON_ITS_WAY, callback=web.url("/ok/a"))
    assert callbacks._enter_states(10)[0] == 1  # and killed before it called
    assert tasks.call_back() == 0
    StateChange.objects.filter(attempts=1).update(due_at=timezone.now())
    assert tasks.call_back() == 2
    assert [request.body for request in web.requests] == [b"MessageStatus=sent", b"MessageStatus=delivered"]
    assert states(message) == [("sent", 200, ""), ("delivered", 200, "")]


def test_only_a_project_of_this_machine_calls_this_machine(staging: Project, web: Targets) -> None:
    message = keep(staging, after=ON_ITS_WAY[:1], callback=web.url("/ok/a"))
    assert (tasks.call_back(), web.requests) == (1, [])
    assert states(message) == [("sent", 0, reach.NOT_NAMED)]
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.mark.parametrize("host", ["8.8.8.8", "169.254.169.254", "10.0.0.1", "[2001:4860:4860::8888]"])
def test_a_project_of_this_machine_calls_no_other(host: str) -> None:
    url = f"http://{host}/a"
    assert not reach.reach_of(Project(local=True), url).allows(host.strip("[]"))


def test_named_origins_are_called_as_far_as_the_operator_allows(
    staging: Project, web: Targets, settings: Any
) -> None:
    named = f"http://127.0.0.1:{web.port}"
    with pytest.raises(ValueError, match="http is not allowed here"):
        reach.check_origin(named)
    settings.FORWARD_HTTP = True
    with pytest.raises(ValueError, match="not at a public host"):
        reach.check_origin(named)
    settings.FORWARD_NETWORKS = [ip_network("127.0.0.0/8")]
    with pytest.raises(ValueError, match="more than an origin"):
        reach.check_origin(f"{named}/path")
    with pytest.raises(ValueError, match="longer than 200"):
        reach.check_origin(f"https://{'a' * 60}.{'ä' * 40}.{'b' * 60}.{'ö' * 40}.example")
    staging.origins = [reach.check_origin(named + "/")]
    staging.save()
    message = keep(staging, after=ON_ITS_WAY[:1], callback=web.url("/ok/a"))
    other = keep(staging, after=ON_ITS_WAY[:1], callback="http://127.0.0.1:1/ok/a")
    tasks.call_back()
    assert states(message) == [("sent", 200, "")]
    assert states(other) == [("sent", 0, reach.NOT_NAMED)]
    settings.FORWARD_NETWORKS = []
    with pytest.raises(AddressRefused):
        Connections(web.url("/ok/a"), reach.reach_of(staging, web.url("/ok/a")))
