"""`tempsms sandbox receive` sends to a program as each carrier would, and prints what it answered."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from inbox.sandbox import projects
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import CapturedMessage, Project, ProjectNumber
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound
from tempsms import command_line
from tests.forward_targets import Targets

PLAYED = [name for name in CARRIERS if name != "aws"]  # only SNS itself can sign for AWS
ENDS = ["--from", "+61491570157", "--to", "+14155550100"]


def receive(*argv: str) -> dict[str, Any]:
    """What the command prints."""
    printed = io.StringIO()
    call_command("sandbox_receive", *ENDS, *argv, stdout=printed)
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


@pytest.mark.parametrize("carrier", PLAYED)
def test_the_program_gets_what_the_carrier_would_send(default: Project, web: Targets, carrier: str) -> None:
    found = receive("--carrier", carrier, "--url", web.url("/ok/sms"), "STOP")
    assert [(call["status"], call["answer"]) for call in found["callbacks"]] == [(200, "thanks")]
    (sent,) = web.requests
    adapter = carriers.get(carrier)
    credential = projects.complete(default).credentials.get(carrier=carrier)
    request = Request("POST", web.url("/ok/sms"), sent.headers, sent.body)
    adapter.verify(request, credential.sealed, sent.at)
    (message,) = adapter.parse(request)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body) == ("+61491570157", "+14155550100", "STOP")
    assert CapturedMessage.objects.get(pk=found["id"]).ref == message.ref


def test_without_an_address_the_numbers_own_is_called(default: Project, web: Targets) -> None:
    own = {"ref": "PN" + "0" * 32, "inbound_url": web.url("/ok/own")}
    ProjectNumber.objects.create(project=default, carrier="twilio", e164="+14155550100", **own)
    receive("STOP")
    assert [request.path for request in web.requests] == ["/ok/own"]


def test_files_are_sent_as_an_mms(default: Project, web: Targets) -> None:
    url = web.url("/ok/cat.png")
    receive("--url", web.url("/ok/sms"), "--media", url, "--media", web.url("/ok/x"), "Look")
    (sent,) = web.requests
    (message,) = carriers.get("twilio").parse(Request("POST", "http://x", sent.headers, sent.body))
    assert isinstance(message, Inbound)
    assert [(file.url, file.content_type) for file in message.media] == [
        (url, "image/png"),
        (web.url("/ok/x"), "application/octet-stream"),
    ]


def test_a_program_that_fails_is_a_failure(default: Project, web: Targets) -> None:
    with pytest.raises(CommandError, match="500"):
        receive("--url", web.url("/500/sms"), "STOP")
    with pytest.raises(CommandError, match="not reached"):
        receive("--url", "http://127.0.0.1:1024/sms", "STOP")


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        ([], "--url is required"),
        (["--url", "ftp://127.0.0.1/"], "is not an address"),
        (["--url", "http://127.0.0.1:5000/", "--from", ""], "is not a number or a name"),
        (["--url", "http://127.0.0.1:5000/", "--project", "nobody"], "there is no project 'nobody'"),
        (["--url", "http://127.0.0.1:5000/", "--carrier", "nobody"], "invalid choice"),
        (["--url", "http://127.0.0.1:5000/", "a\0b"], "contains a NUL"),
    ],
)
def test_mistakes_are_told(default: Project, argv: Sequence[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        receive(*argv)
    assert not CapturedMessage.objects.exists()


def test_the_command_line_has_two_words_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[tuple[list[str], str]] = []
    monkeypatch.setattr(command_line, "_run_command", lambda argv, command: run.append((list(argv), command)))
    monkeypatch.setenv("VAR", "x")
    command_line.main(["tempsms", "sandbox", "receive", "--to", "1"])
    command_line.main(["tempsms", "sandbox", "--port", "1"])
    assert run == [
        (["tempsms", "sandbox_receive", "--to", "1"], "sandbox_receive"),
        (["tempsms", "sandbox", "--port", "1"], "sandbox"),
    ]
