"""Projects have credentials of their own, and keep messages for their own time."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from inbox.sandbox import projects, snippets, tasks
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import CapturedMessage, Project, StateChange
from tests.inbox.sandbox.keeping import ON_ITS_WAY, keep

pytestmark = pytest.mark.django_db


def test_the_first_project_is_there_without_being_made() -> None:
    found = projects.find("twilio", "AC" + "0" * 32, "auth_token", "sandbox")
    assert found
    assert (found.project.name, found.project.local) == ("default", True)
    assert projects.ensure_default() == found.project
    assert projects.find("twilio", "AC" + "0" * 32, "auth_token", "sandboy") is None


def test_each_project_has_credentials_of_its_own_that_nobody_can_read_in_the_database() -> None:
    made, other = projects.make("tests"), projects.make("staging")
    credential = made.credentials.get(carrier="twilio")
    token = credential.sealed["auth_token"]
    assert projects.find("twilio", credential.login, "auth_token", token) == credential
    assert projects.find("twilio", other.credentials.get(carrier="twilio").login, "auth_token", token) is None
    assert not made.local
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM sandbox_credential WHERE id = %s", [credential.pk])
        assert token.encode() not in bytes(cursor.fetchone()[0])


def test_a_login_whose_key_is_lost_is_none() -> None:
    made = projects.make("tests").credentials.get(carrier="twilio")
    token = made.sealed["auth_token"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sandbox_credential SET sealed = 'gone' WHERE id = %s", [made.pk])
    assert projects.find("twilio", made.login, "auth_token", token) is None


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Tests"},
        {"name": "a b"},
        {"name": ""},
        {"name": "tests", "retention": timedelta(minutes=1)},
        {"name": "tests", "retention": timedelta(days=31)},
    ],
)
def test_names_and_times_are_checked(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        projects.make(**values)
    assert not Project.objects.exists()


def test_messages_are_kept_as_long_as_their_project_says() -> None:
    brief, usual = projects.make("brief", retention=timedelta(hours=2)), projects.make("usual")
    gone, stays = keep(brief, after=ON_ITS_WAY), keep(usual, after=ON_ITS_WAY)
    assert gone.expires_at - gone.created_at == timedelta(hours=2)
    assert stays.expires_at - stays.created_at == timedelta(days=7)
    assert tasks.forget_captured() == 0
    CapturedMessage.objects.filter(pk=gone.pk).update(expires_at=gone.created_at - timedelta(hours=1))
    assert tasks.forget_captured() == 1
    assert list(CapturedMessage.objects.all()) == [stays]
    assert set(StateChange.objects.values_list("message_id", flat=True)) == {stays.pk}


def test_what_a_text_costs_and_whether_it_has_a_code_is_kept_with_it() -> None:
    project = projects.make("tests")
    plain, wide = keep(project), keep(project, "Grüße 🎉" * 20)
    assert (plain.encoding, plain.segments, plain.has_code) == ("GSM-7", 1, True)
    assert (wide.encoding, wide.segments, wide.has_code) == ("UCS-2", 3, False)


def test_a_project_gets_the_credentials_of_carriers_that_are_captured_since_it_was_made() -> None:
    project, first = projects.make("tests"), projects.ensure_default()
    known = dict(project.credentials.values_list("carrier", "login"))
    assert list(known) == list(CARRIERS)
    for one in (project, first):
        one.credentials.filter(carrier="twilio").delete()
        projects.complete(one)
        projects.complete(one)
    drawn = project.credentials.get(carrier="twilio")
    assert drawn.login not in (known["twilio"], CARRIERS["twilio"].fixed.name)
    assert first.credentials.get(carrier="twilio").login == CARRIERS["twilio"].fixed.name
    assert known | {"twilio": drawn.login} == dict(project.credentials.values_list("carrier", "login"))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_captured_carrier_has_programs_to_copy(carrier: str) -> None:
    entry = CARRIERS[carrier]
    for login in (entry.fixed, entry.draw()):
        assert login.secrets
        programs = snippets.of_carrier(carrier, "http://127.0.0.1:8025", login)
        assert programs
        for code in programs.values():
            assert "http://127.0.0.1:8025" in code
            assert login.name in code
