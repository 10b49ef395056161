"""Nobody else gets a file: no other link, no rental that is over, no public page."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from inbox.ingest.storable import MOST_FILES
from inbox.models import Message, Quarantined
from numbers import rental_links, rentals
from numbers.models import Lease, Rental
from tests.carrier_side import form, signed
from tests.factories import make_lease, make_link, make_message, make_number, make_rental
from tests.far_side import OPEN, PNG, FarSide, answer
from tests.inbox.pages.media.files import FILE, OTHER_SID, SID, in_thread, receive


async def refused(site: httpx.AsyncClient, far: FarSide, path: str) -> None:
    """Nothing is said of a file, and nobody is asked for it."""
    far.answers = {FILE: answer(PNG), OPEN: answer(PNG)}
    got = await site.get(path)
    assert (got.status_code, got.text) == (404, "not found\n")
    assert got.headers["cache-control"] == "private, no-store"
    assert far.asked == []


async def test_no_other_token_opens_it(site: httpx.AsyncClient, far: FarSide, page: str, path: str) -> None:
    token = page.split("/")[2]
    other = await in_thread(
        lambda: make_link(make_rental(make_lease(make_number("+15005550009", public=False))))
    )
    await refused(site, far, path.replace(token, token[:-1] + ("A" if token[-1] != "A" else "B")))
    await refused(site, far, path.replace(page, other))
    await in_thread(lambda: rental_links.revoke(rental_links.find(token)))  # type: ignore[arg-type]
    await refused(site, far, path)


@pytest.mark.parametrize("state", ["over", "cancelled", "booked", "retired"])
async def test_a_rental_that_does_not_last_has_no_files(
    site: httpx.AsyncClient, far: FarSide, rental: Rental, path: str, state: str
) -> None:
    def end() -> None:
        now, hour = rentals.now(), timedelta(hours=1)
        during = (now + hour, now + 2 * hour) if state == "booked" else (now - 2 * hour, now - hour)
        if state == "retired":
            rental.number.leases.update(state=Lease.State.QUARANTINED)
        elif state == "cancelled":
            Rental.objects.filter(pk=rental.pk).update(cancelled=True)
        else:
            Rental.objects.filter(pk=rental.pk).update(during=during, held=(during[0], None))

    await in_thread(end)
    await refused(site, far, path)


async def test_messages_of_others_before_its_time_or_forgotten_have_no_files(
    site: httpx.AsyncClient, far: FarSide, page: str, rental: Rental
) -> None:
    def messages() -> list[Message]:
        hour = timedelta(hours=1)
        elsewhere = make_lease(make_number("+15005550009"))
        return [
            receive(rental, FILE, received_at=timezone.now() - hour),
            receive(rental, FILE, expires_at=timezone.now() - hour),
            receive(rental, FILE, rental_id=None),
            receive(rental, FILE, number=elsewhere.number),
        ]

    for message in await in_thread(messages):
        await refused(site, far, f"{page}messages/{message.pk}/media/0/")


async def test_a_public_number_has_no_such_address(
    site: httpx.AsyncClient, far: FarSide, lease: Lease
) -> None:
    def public() -> int:
        files = [{"url": FILE, "content_type": "image/png"}]
        return make_message(make_lease(make_number("+15005550009")), "Look", media=files).pk

    pk = await in_thread(public)
    far.answers = {FILE: answer(PNG)}
    assert (await site.get(f"/numbers/15005550009/messages/{pk}/media/0/")).status_code == 404
    assert "media/0" not in (await site.get("/numbers/15005550009/")).text
    assert far.asked == []


async def test_a_public_number_shows_nothing_that_a_sender_wrote_into_a_type(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    """Phones put a file's name there, and anybody anything."""
    told = ("image/png; name=+14155550123.png", "text/call-14155550123", "+14155550123", "application/smil")
    files = [{"url": FILE, "content_type": kind} for kind in told]
    await in_thread(lambda: make_message(make_lease(make_number("+15005550009")), "Look", media=files))
    (frame,) = (await site.get("/numbers/15005550009/poll/")).json()["frames"]
    kinds = [file["content_type"] for file in frame["message"]["media"]]
    assert kinds == ["image/png", "", "", ""]
    assert "4155550123" not in str(frame)


async def test_of_hundreds_of_files_a_message_has_the_first_few(
    site: httpx.AsyncClient, lease: Lease, page: str
) -> None:
    """All of them are kept raw for the operator: pages that listed a thousand for each message were never made."""
    number, account = lease.number.e164, lease.account
    fields = {f"MediaUrl{place}": f"https://api.twilio.com/{place}" for place in range(900)}
    post = signed(account.webhook_url, form("Look", To=number, NumMedia="900", **fields))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200
    shown = (await site.get(page)).text
    assert shown.count("/media/") == MOST_FILES
    assert f'/media/{MOST_FILES - 1}/"' in shown
    assert 'data-flag="unreadable"' not in shown

    def kept() -> list[tuple[str, bool]]:
        return [(request.reason, b"MediaUrl899" in request.body) for request in Quarantined.objects.all()]

    assert await in_thread(kept) == [("unstorable text", True)]


async def test_only_get(site: httpx.AsyncClient, far: FarSide, path: str) -> None:
    assert {(await site.request(method, path)).status_code for method in ("POST", "HEAD", "PUT")} == {405}
    assert far.asked == []


async def test_another_accounts_file_is_not_asked_for(
    site: httpx.AsyncClient, far: FarSide, page: str, rental: Rental
) -> None:
    for url in (FILE.replace(SID, OTHER_SID), OPEN):
        pk = (await in_thread(receive, rental, url)).pk
        await refused(site, far, f"{page}messages/{pk}/media/0/")
