"""Numbers as people paste them lead to their page by one redirect; what is private looks like what does not exist."""

from urllib.parse import quote

import pytest
from django.test import Client

from inbox.pages.pasted_numbers import digits_of
from numbers.models import Lease
from tests.factories import make_lease, make_message, make_number

pytestmark = pytest.mark.django_db
PAGE = "/numbers/447700900142/"
WRITTEN = [
    "+447700900142",
    "%2B447700900142",
    "%252B447700900142",
    "+44 7700 900142",
    "+44-7700-900-142",
    "+44 (7700) 900142",
    "+44 (0)7700 900142",
    "00447700900142",
    "0044 7700.900142",
    "44 7700 900142",
    "＋４４７７００９００１４２",
    "٤٤٧٧٠٠٩٠٠١٤٢",
    "+४४ ७७०० ९००१४२",
    "\u202d+44\u00a07700\u2011900142\u202c",
]


@pytest.fixture
def lease() -> Lease:
    """+447700900142, public."""
    return make_lease(make_number("+447700900142", country="GB", kind="mobile"))


def in_path(written: str) -> str:
    """A number in a path, as a browser sends it."""
    return quote(written, safe="%+()")


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("end", ["", "/"])
def test_a_number_in_an_address_leads_to_its_page(
    client: Client, lease: Lease, written: str, end: str
) -> None:
    answer = client.get(f"/numbers/{in_path(written)}{end}")
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert client.get(PAGE).status_code == 200


def test_what_belongs_to_the_page_is_led_to_as_well(client: Client, lease: Lease) -> None:
    pk = make_message(lease).pk
    for rest in ("poll/", "report/", f"messages/{pk}/", "?q=hello&from=%2B1", "poll/?after=0"):
        answer = client.get(f"/numbers/+447700900142/{rest}")
        assert (answer.status_code, answer.headers["Location"]) == (302, PAGE + rest)
        assert client.get(PAGE + rest).status_code == 200


@pytest.mark.parametrize("written", [written for written in WRITTEN if "252B" not in written])
@pytest.mark.parametrize("path", ["/", "/countries/us/"])
def test_a_number_in_the_search_field_of_a_list_leads_to_its_page(
    client: Client, lease: Lease, written: str, path: str
) -> None:
    query = {"q": written.replace("%2B", "+"), "kind": "local", "country": "us"}
    answer = client.get(path, query)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)


def test_a_retired_number_is_led_to_from_an_address_only(client: Client, lease: Lease) -> None:
    Lease.objects.update(state=Lease.State.QUARANTINED)
    assert client.get("/numbers/+447700900142/").headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 410
    assert client.get("/", {"q": "+447700900142"}).status_code == 200


@pytest.mark.parametrize("path", ["{}/", "{}", "{}/poll/", "{}/report/", "{}/messages/1/"])
def test_a_private_number_is_answered_as_one_that_does_not_exist(client: Client, path: str) -> None:
    make_lease(make_number("+447700900142", public=False))
    answers = []
    for last in ("142", "143"):
        answer = client.get("/numbers/" + path.format(in_path(f"+44 7700 900{last}")))
        answers.append((answer.status_code, "Location" in answer.headers, text(answer, last)))
    assert answers[0] == answers[1]
    assert answers[0][0] in (404, 410)
    assert not answers[0][1]
    assert client.get("/", {"q": "+447700900142"}).status_code == 200


def text(answer: object, last: str) -> str:
    """An answer without the number that was asked for."""
    return (
        getattr(answer, "content", b"")
        .decode()
        .replace(f"900{last}", "")
        .replace(f"900 {last}", "")
        .replace(f"900%20{last}", "")
    )


@pytest.mark.parametrize(
    "path",
    ["/numbers/+44/", "/numbers/past", "/numbers/+4477x/", "/numbers/()/", "/numbers/---/", "/numbers/1//"],
)
def test_what_is_not_a_number_is_an_address_like_any_other(client: Client, lease: Lease, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == (301 if path == "/numbers/past" else 404)


@pytest.mark.parametrize(
    "written", ["", "+", "12", "1" * 16, "4477009a0142", "+44+7700900142", "44,7700,900142"]
)
def test_other_texts_are_no_numbers(written: str) -> None:
    assert digits_of(written) == ""
