"""What a search of an inbox finds: in senders and texts, however either side is written."""

import re

import pytest
from django.test import Client

from inbox.messages.search import SearchTerms
from numbers.models import Lease
from tests.factories import make_lease, make_link, make_message, make_number, make_rental

PAGE = "/numbers/15005550006/"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("acme", "ACME Bank"),
        ("ÉCOLE", "ecole"),
        ("ecole", "École"),
        ("straße", "STRASSE"),
        ("ﾃｽﾄ", "テスト"),
        ("482913", "Your code is 482 913"),
        ("482 913", "Your code is 482913"),
        ("482-913", "Your code is ٤٨٢٩١٣"),
        ("+44 7700 900142", "+447700900142"),
        ("+447700900142", "call +44 (7700) 900-142 now"),
        ("0044 7700 900142", "+447700900142"),
        ("code 482 913", "Your code 482913."),
        ("00", "a 00 b"),
        ("", "anything"),
    ],
)
def test_texts_are_found_however_they_are_written(wanted: str, text: str) -> None:
    assert SearchTerms(wanted).is_in("", text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("482913", "482 x 913"),
        ("482913", "482, 913"),
        ("12", "1\n2"),
        ("acne", "ACME"),
        ("+1", "1"),
        ("447", "+4 • 7"),
    ],
)
def test_other_texts_are_not(wanted: str, text: str) -> None:
    assert not SearchTerms(wanted).is_in("", text)


def ids_on(client: Client, path: str) -> list[int]:
    """Ids of the messages on a page."""
    return [int(pk) for pk in re.findall(r'data-id="(\d+)"', client.get(path).content.decode())]


@pytest.mark.django_db
def test_an_inbox_is_searched_by_sender_as_strangers_see_it(client: Client) -> None:
    lease = make_lease()
    acme = make_message(lease, "Hello", sender="Norvane")
    phone = make_message(lease, "Hello", sender="+447700900142")
    assert ids_on(client, f"{PAGE}?q=NORVANE") == [acme.pk]
    assert ids_on(client, f"{PAGE}?q=0142") == [phone.pk]
    for hidden in ("900142", "%2B447700900142", "7700", "00900142"):
        assert ids_on(client, f"{PAGE}?q={hidden}") == [], hidden


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("written", ["%2B447700900142", "0044+7700+900142", "7700 900-142", "٧٧٠٠٩٠٠١٤٢"])
def test_a_rental_is_searched_by_the_whole_sender(client: Client, written: str) -> None:
    lease: Lease = make_lease(make_number(public=False))
    rental = make_rental(lease)
    changes = {"rental_id": rental.pk, "public": False}
    phone = make_message(lease, "Hello", sender="+447700900142", **changes)
    make_message(lease, "Hello", sender="+447700900143", **changes)
    assert ids_on(client, f"{make_link(rental)}?q={written}") == [phone.pk]
