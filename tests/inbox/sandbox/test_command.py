"""`manage.py project` makes, lists, shows and deletes projects."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from inbox.sandbox import projects
from inbox.sandbox.models import CapturedMessage, Project
from tests.inbox.sandbox.keeping import keep

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    """The lines of JSON that the command prints."""
    call_command("project", *argv)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_project_is_made_shown_listed_and_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--retention", "2 hours", "--origin", "https://app.example.org/", "--number", "+15005550006"]
    (made,) = run(capsys, "add", "tests", *options)
    assert (made["retention_hours"], made["origins"], made["local"]) == (
        2.0,
        ["https://app.example.org"],
        False,
    )
    login = made["credentials"]["twilio"]
    credential = projects.find("twilio", login["login"], "auth_token", login["auth_token"])
    assert credential
    assert credential.project.numbers == ["+15005550006"]
    assert run(capsys, "show", "tests") == [made]
    listed = run(capsys, "list")
    assert [project["name"] for project in listed] == ["default", "tests"]
    assert "credentials" not in listed[1]
    keep(credential.project)
    assert run(capsys, "delete", "tests") == [{"deleted": "tests", "messages": 1}]
    assert not CapturedMessage.objects.exists()
    assert [project.name for project in Project.objects.all()] == ["default"]


def test_the_first_project_is_shown_before_anything_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = run(capsys, "show", "default")
    assert shown["credentials"]["twilio"] == {"login": "AC" + "0" * 32, "auth_token": "sandbox"}


def test_a_carrier_is_told_where_it_calls_back(capsys: pytest.CaptureFixture[str]) -> None:
    url = "http://127.0.0.1:5000/sms"
    run(capsys, "callback", "default", "twilio", url)
    project = Project.objects.get()
    assert projects.callback_of(project, "twilio") == url
    assert projects.find("twilio", "AC" + "0" * 32, "auth_token", "sandbox")
    run(capsys, "callback", "default", "twilio", "")
    assert projects.callback_of(project, "twilio") == ""
    (shown,) = run(capsys, "show", "default")
    assert "callback_url" not in shown["credentials"]["twilio"]


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["add", "Tests"], "Lower-case letters"),
        (["add", "tests", "--retention", "7"], "is not a duration"),
        (["add", "tests", "--retention", "1 minutes"], "out of bounds"),
        (["add", "tests", "--origin", "http://10.0.0.1"], "http is not allowed here"),
        (["callback", "default", "twilio", "ftp://127.0.0.1"], "is not an address"),
        (["callback", "default", "nobody", "http://127.0.0.1"], "invalid choice"),
        (["show", "tests"], "there is no project 'tests'"),
        (["delete", "tests"], "there is no project 'tests'"),
    ],
)
def test_mistakes_are_told(argv: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("project", *argv)
