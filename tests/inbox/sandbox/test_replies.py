"""What a program answers to an incoming message is carried out, and what is wrong with the answer is told."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from inbox.sandbox import callbacks, inbound, projects, replies, tasks
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import CapturedMessage, Project
from inbox.sandbox.played.answers import Instructions, ProgramAnswer
from tests.forward_targets import Targets

PHONE, OURS = "+61491570157", "+14155550100"
XML = "text/xml"
State = CapturedMessage.State


def receive(
    project: Project, web: Targets, answer: str | bytes = b"", content_type: str = XML
) -> CapturedMessage:
    """An incoming message, after the program at `/ok/sms` has answered it."""
    body = answer.encode() if isinstance(answer, str) else answer
    web.bodies["/ok/sms"] = (content_type, body)
    message = inbound.send(project, "twilio", PHONE, OURS, "hello", web.url("/ok/sms"))
    tasks.call_back()
    message.refresh_from_db()
    return message


def sent(message: CapturedMessage) -> list[CapturedMessage]:
    """The replies to a message, oldest first."""
    return list(CapturedMessage.objects.filter(details__reply_to=message.pk).order_by("pk"))


def notes(message: CapturedMessage) -> list[str]:
    """What is wrong with the answers."""
    return [change.note for change in message.changes.all()]


def test_a_reply_is_a_message_with_its_callbacks(default: Project, web: Targets) -> None:
    answer = MessagingResponse()
    answer.message("Grüße & <b>", action="/ok/status")
    message = receive(default, web, str(answer))
    (reply,) = sent(message)
    assert (reply.sender, reply.recipient, reply.body) == (OURS, PHONE, "Grüße & <b>")
    assert (reply.carrier, reply.direction, reply.state) == ("twilio", "out", State.DELIVERED)
    assert reply.ref.startswith("SM")
    told = [dict(parse_qsl(request.body.decode())) for request in web.at("/ok/status")]
    assert [form["MessageStatus"] for form in told] == ["sent", "delivered"]
    assert {form["MessageSid"] for form in told} == {reply.ref}
    assert (told[0]["From"], told[0]["To"], told[0]["AccountSid"]) == (OURS, PHONE, "AC" + "0" * 32)
    signature = web.at("/ok/status")[0].headers["x-twilio-signature"]
    assert RequestValidator("sandbox").validate(web.url("/ok/status"), told[0], signature)
    assert (message.error, notes(message)) == ("", [""])


def test_several_replies_with_files_go_where_they_say(default: Project, web: Targets) -> None:
    answer = MessagingResponse()
    first = answer.message(to="+14155550123", from_="ACME", status_callback=web.url("/ok/first"))
    first.body("one")
    first.media("/logo.png")
    first.media("https://example.com/b.png")
    answer.message("two")
    message = receive(default, web, str(answer))
    one, two = sent(message)
    assert (one.sender, one.recipient, one.body) == ("ACME", "+14155550123", "one")
    assert one.media == [web.url("/logo.png"), "https://example.com/b.png"]
    assert one.ref.startswith("MM")
    assert (two.sender, two.recipient, two.body, two.media) == (OURS, PHONE, "two", [])
    assert len(web.at("/ok/first")) == 2


def test_a_redirect_asks_another_address_the_same(default: Project, web: Targets) -> None:
    answer = MessagingResponse()
    answer.message("first")
    answer.redirect("/ok/next")
    answer.message("never reached")
    web.bodies["/ok/next"] = ("application/xml", b"<Response><Message>second</Message></Response>")
    message = receive(default, web, str(answer))
    assert [reply.body for reply in sent(message)] == ["first", "second"]
    assert web.at("/ok/next")[0].body == web.at("/ok/sms")[0].body


def test_a_redirect_to_itself_comes_to_an_end(
    default: Project, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "MOST_DOCUMENTS", 3)
    message = receive(default, web, "<Response><Redirect>/ok/sms</Redirect></Response>")
    assert len(web.at("/ok/sms")) == 3
    assert (message.error, notes(message)[-1]) == ("14106", "14106: Document retrieval limit reached")


@pytest.mark.parametrize(
    ("answer", "content_type"),
    [
        ("", XML),
        ("", ""),
        ("  \n", "text/plain"),
        ("<Response/>", XML),
        ('<?xml version="1.0"?><Response></Response>', "text/html; charset=utf-8"),
    ],
)
def test_an_empty_answer_sends_nothing(
    default: Project, web: Targets, answer: str, content_type: str
) -> None:
    message = receive(default, web, answer, content_type)
    assert (sent(message), message.error, notes(message)) == ([], "", [""])


def test_a_plain_text_is_the_reply(default: Project, web: Targets) -> None:
    message = receive(default, web, "Thanks <you> 🎉\n", "text/plain; charset=utf-8")
    assert [reply.body for reply in sent(message)] == ["Thanks <you> 🎉"]
    assert sent(message)[0].encoding == "UCS-2"


MANY = "<Message>x</Message>" * 11
ENTITIES = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response><Message>&b;</Message></Response>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Response><Message>&x;</Message></Response>'


@pytest.mark.parametrize(
    ("answer", "content_type", "code", "count"),
    [
        ("<Response><Message>x</Response>", XML, "12100", 0),
        (" <?xml version='1.0'?><Response/>", XML, "12100", 0),
        ("thanks", XML, "12100", 0),
        (ENTITIES, XML, "12100", 0),
        (OUTSIDE, XML, "12100", 0),
        ('<?xml version="1.0" encoding="none"?><Response/>', XML, "12100", 0),
        (b"<Response>\xff</Response>", XML, "12100", 0),
        ("<Response>" + "<a>" * 8000 + "</a>" * 8000 + "</Response>", XML, "14110", 0),
        ("<response/>", XML, "12102", 0),
        ("{}", "application/json", "12300", 0),
        ("hi", "", "12300", 0),
        ("x" * 65_537, "text/plain", "11750", 0),
        ("x" * 1601, "text/plain", "14103", 0),
        ("a\0b", "text/plain", "14103", 0),
        ("<Response><Say>x</Say><Message>y</Message></Response>", XML, "14110", 1),
        ("<Response><Message/><Message>y</Message></Response>", XML, "14103", 1),
        ("<Response><Message><Media>ftp://a/b</Media></Message></Response>", XML, "14103", 0),
        ("<Response><Message to='1415'>x</Message></Response>", XML, "14101", 0),
        ("<Response><Message from='a name of many letters'>x</Message></Response>", XML, "14102", 0),
        ("<Response><Message action='mailto:a@b'>x</Message></Response>", XML, "14105", 0),
        ("<Response><Message action='/a' method='GET'>x</Message></Response>", XML, "14104", 0),
        ("<Response><Redirect method='GET'>/a</Redirect></Response>", XML, "14104", 0),
        ("<Response><Redirect>gopher://a</Redirect></Response>", XML, "11100", 0),
        ("<Response><Message size='1'>x</Message></Response>", XML, "12200", 1),
        ("<Response><Message><Body>x</Body><Video/></Message></Response>", XML, "12200", 1),
        (f"<Response>{MANY}</Response>", XML, "14109", 10),
    ],
)
def test_what_is_wrong_is_told_with_twilios_code(
    default: Project, web: Targets, answer: str | bytes, content_type: str, code: str, count: int
) -> None:
    message = receive(default, web, answer, content_type)
    assert (message.error, len(sent(message)), message.state) == (code, count, State.RECEIVED)
    (note,) = notes(message)
    assert note.startswith(f"{code}: ")


@pytest.mark.parametrize("path", ["/500/sms", "/redirect/sms"])
def test_an_answer_with_an_error_is_not_carried_out(default: Project, web: Targets, path: str) -> None:
    web.bodies[path] = (XML, b"<Response><Message>x</Message></Response>")
    message = inbound.send(default, "twilio", PHONE, OURS, "hello", web.url(path))
    tasks.call_back()
    message.refresh_from_db()
    assert (message.error, sent(message)) == ("11200", [])


def test_a_project_with_numbers_replies_from_these_only(transactional_db: None, web: Targets) -> None:
    project = projects.ensure_default()
    project.numbers = [OURS]
    project.save()
    names = f"<Message from='{PHONE}'>a</Message><Message from='ACME'>b</Message><Message from='{OURS}'>c</Message>"
    message = receive(project, web, f"<Response>{names}</Response>")
    assert [reply.body for reply in sent(message)] == ["b", "c"]
    assert message.error == "14102"


def test_answers_to_callbacks_send_nothing(default: Project, web: Targets) -> None:
    answer = f"<Response><Message action='{web.url('/ok/status')}'>x</Message></Response>"
    web.bodies["/ok/status"] = (XML, b"<Response><Message>again</Message></Response>")
    message = receive(default, web, answer)
    assert len(web.at("/ok/status")) == 2
    assert CapturedMessage.objects.count() == 2
    assert sent(sent(message)[0]) == []


def test_a_mistake_of_ours_is_noted_and_nobody_is_called_again(
    default: Project, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: ProgramAnswer) -> Instructions:
        raise RuntimeError

    monkeypatch.setitem(CARRIERS, "twilio", replace(CARRIERS["twilio"], read_answer=fail))
    message = receive(default, web, "<Response/>")
    assert notes(message) == ["not carried out: RuntimeError"]
    assert tasks.call_back() == 0
    assert len(web.requests) == 1


def test_what_two_workers_settle_is_carried_out_once(default: Project, web: Targets) -> None:
    message = inbound.send(default, "twilio", PHONE, OURS, "hello", web.url("/ok/sms"))
    _, (call,) = callbacks._enter_states(10)
    outcome = callbacks.Outcome(200, XML, b"<Response><Message>x</Message></Response>")
    message.changes.update(attempts=2)  # another worker has claimed it since
    callbacks._settle(call.change, outcome)
    assert sent(message) == []
    call.change.attempts = 2
    callbacks._settle(call.change, outcome)
    assert [reply.body for reply in sent(message)] == ["x"]
