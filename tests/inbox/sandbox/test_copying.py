"""What a message's page offers to copy: the command for curl is run here in a shell, the test is read by Python."""

import ast
import json
import subprocess
from urllib.parse import parse_qsl, urlencode

import pytest

from inbox.sandbox import copying, projects
from inbox.sandbox.models import CapturedMessage, Project
from tests.forward_targets import Request, Targets
from tests.inbox.sandbox.keeping import FORM, keep

NASTY = "it's \"$HOME\" `id` $(id) \\ % @x\nŁ 😀 {0} {{x}} & = + ' ''' #{"


def sent(project: Project, fields: dict[str, str], kind: str = FORM) -> CapturedMessage:
    """A message that was sent by a form, or as JSON."""
    body = urlencode(fields) if kind == FORM else json.dumps(fields)
    headers = {"content-type": kind, "user-agent": "x"}
    request = {"method": "POST", "path": "/ok/Accounts/AC1/Messages.json", "headers": headers, "body": body}
    return keep(project, fields.get("Body", ""), request=request, recipient="+14155550100")


def run(command: str, **env: str) -> None:
    """Run it in a shell."""
    done = subprocess.run(["sh", "-ec", command], env={"PATH": "/usr/bin:/bin", **env}, capture_output=True)
    assert done.returncode == 0, done.stderr


def login_of(request: Request) -> str:
    """The `Authorization` of a request."""
    return request.headers["authorization"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", [NASTY, "", "@/etc/passwd", "-d x"])
def test_the_command_sends_the_same_form_again(text: str) -> None:
    fields = {"To": "+14155550100", "Body": text, "MediaUrl[]": "http://x/?a=b&c"}
    message = sent(projects.ensure_default(), fields)
    with Targets() as web:
        run(copying.as_curl(message, web.url("")))
    (request,) = web.requests
    assert request.path == "/ok/Accounts/AC1/Messages.json"
    assert dict(parse_qsl(request.body.decode(), keep_blank_values=True)) == fields
    assert login_of(request) == "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94"


@pytest.mark.django_db
@pytest.mark.parametrize("body", ['{"text": "it\'s"}', "@/etc/passwd", "a@b=1", "no form"])
def test_any_other_body_is_sent_as_it_was(body: str) -> None:
    with Targets() as web:
        run(
            copying.write_curl(
                web.url("/ok/x?[1]=2"), {"content-type": "application/json", "x-y": "it's"}, body
            )
        )
    (request,) = web.requests
    assert request.body.decode() == body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-y"] == "it's"


@pytest.mark.django_db
def test_the_secret_of_a_project_is_not_shown() -> None:
    project = projects.make("tests")
    credential = project.credentials.get(carrier="twilio")
    secret = credential.sealed["auth_token"]
    message = sent(project, {"To": "+14155550100", "Body": "Hi"})
    for text in (copying.as_curl(message, "http://x"), copying.as_test(message, "http://x", "")):
        assert credential.login in text
        assert secret not in text
    assert "--project tests" in copying.as_test(message, "http://x", "")
    compile(copying.as_test(message, "http://x", ""), "test.py", "exec")
    with Targets() as web:
        run(copying.as_curl(message, web.url("")), SANDBOX_SECRET="s3cret")
    assert login_of(web.requests[0]).startswith("Basic ")


@pytest.mark.django_db
@pytest.mark.parametrize("text", [NASTY, "", "\\", '"""', "a\r\nb\x7f\u2028"])
def test_the_test_has_the_texts_as_they_were(text: str) -> None:
    message = sent(projects.ensure_default(), {"To": "+14155550100", "Body": text})
    tree = ast.parse(copying.as_test(message, "http://127.0.0.1:8025", ""))
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert text in values
    assert message.request["body"] in values


@pytest.mark.django_db
def test_a_code_may_be_another_one_the_next_time() -> None:
    message = sent(projects.ensure_default(), {"Body": "Your code is 482913, really 482913"})
    text = copying.as_test(message, "http://127.0.0.1:8025", "482913")
    assert '"Your code is CODE, really CODE"' in text
    assert '.replace(message["code"]["value"], "CODE")' in text
    assert "CODE" not in copying.as_test(message, "http://127.0.0.1:8025", "482914")


@pytest.mark.django_db
def test_what_nobody_asked_for_cannot_be_run_again() -> None:
    message = keep(projects.ensure_default())
    assert copying.as_curl(message, "http://x") == ""
    assert copying.as_test(message, "http://x", "") == ""
