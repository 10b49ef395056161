"""A holder gets the files of a message, as downloads of harmless types."""

import httpx
import pytest

from numbers.models import Rental
from tests.far_side import OPEN, PNG, FarSide, answer, redirect
from tests.inbox.pages.media.files import CDN, FILE, TWILIO_LOGIN, in_thread, open_file, receive


async def test_a_file_at_twilio_comes_by_the_cdn_which_gets_no_login(
    site: httpx.AsyncClient, far: FarSide, path: str
) -> None:
    far.answers = {FILE: redirect(CDN), CDN: answer(PNG, content_type="image/png", set_cookie="a=b")}
    got = await site.get(path)
    assert (got.status_code, got.content) == (200, PNG)
    (first, login), (second, without) = far.asked
    assert (first, login["authorization"]) == (FILE, TWILIO_LOGIN)
    assert (second, "authorization" in without) == (CDN, False)
    assert without["accept-encoding"] == "identity"
    assert "twilio" not in str(got.headers)


async def test_a_file_is_saved_and_never_a_page_of_ours(
    site: httpx.AsyncClient, far: FarSide, page: str, path: str
) -> None:
    theirs = 'attachment; filename="../\u202egnp.exe"'.encode().decode("latin-1")
    far.answers = {FILE: answer(PNG, content_type="image/png", content_disposition=theirs)}
    headers = (await site.get(path)).headers
    name = path.split("/")[4]
    assert headers["content-type"] == "image/png"
    assert headers["content-disposition"] == f'attachment; filename="message-{name}-1.png"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cache-control"] == "private, no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("told", "stored", "kind", "name"),
    [
        ("text/html; charset=utf-8", "image/png", "application/octet-stream", "bin"),
        ("image/svg+xml", "image/svg+xml", "application/octet-stream", "bin"),
        ("Image/JPEG; name=x", "", "image/jpeg", "jpg"),
        ("application/octet-stream", "video/mp4", "video/mp4", "mp4"),
        ("application/octet-stream", "text/html", "application/octet-stream", "bin"),
        ("text/x-vcard", "", "text/x-vcard", "vcf"),
        ("", "", "application/octet-stream", "bin"),
    ],
)
async def test_only_harmless_types_are_named(
    site: httpx.AsyncClient,
    far: FarSide,
    page: str,
    rental: Rental,
    told: str,
    stored: str,
    kind: str,
    name: str,
) -> None:
    path = await in_thread(open_file, page, rental, kind=stored)
    far.answers = {OPEN: answer(b"<script>", content_type=told)}
    headers = (await site.get(path)).headers
    assert headers["content-type"] == kind
    assert headers["content-disposition"].startswith("attachment; ")
    assert headers["content-disposition"].endswith(f'.{name}"')


async def test_the_pages_link_what_can_be_fetched(site: httpx.AsyncClient, page: str, rental: Rental) -> None:
    files = (FILE, "part:7", "http://media.example.com/1")
    pk = (await in_thread(receive, rental, *files)).pk
    link = (
        '<a href="{}media/0/" download rel="noreferrer nofollow"><span data-word="download">Download</span> '
    )
    for address, folder in ((page, f"messages/{pk}/"), (f"{page}messages/{pk}/", "")):
        shown = (await site.get(address)).text
        assert link.format(folder) + '<bdi translate="no">image/png</bdi></a>' in shown
        assert shown.count("/media/") + shown.count('"media/') == 1
        assert shown.count('<li class="chip" translate="no"><bdi>image/png</bdi></li>') == 2
        assert "twilio" not in shown
    (frame,) = (await site.get(f"{page}poll/")).json()["frames"]
    assert link.format(f"messages/{pk}/") in frame["html"]
    assert "twilio" not in str(frame)
    for place in (1, 2, 3, 999):
        assert (await site.get(f"{page}messages/{pk}/media/{place}/")).status_code == 404


async def test_what_is_withheld_from_public_pages_is_its_holders_as_on_the_page(
    site: httpx.AsyncClient, far: FarSide, page: str, rental: Rental
) -> None:
    pk = (await in_thread(receive, rental, FILE, withheld="bank")).pk
    far.answers = {FILE: answer(PNG)}
    assert (await site.get(f"{page}messages/{pk}/")).status_code == 200
    assert (await site.get(f"{page}messages/{pk}/media/0/")).content == PNG
