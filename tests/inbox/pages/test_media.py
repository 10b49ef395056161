"""Files of messages on private pages: fetched at the carrier for who may read the message, and for nobody else."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from inbox.ingest.storable import MOST_FILES
from inbox.models import Message, Quarantined
from inbox.pages import media
from numbers import carriers, rental_links, rentals
from numbers.carriers.contract import Secrets
from numbers.carriers.errors import Unsupported
from numbers.models import Lease, Rental
from tempsms.asgi import application
from tempsms.lib import postgres
from tempsms.lib.asgi import Message as Event
from tempsms.lib.outgoing_http import Bounds
from tempsms.middleware import budgets as middleware
from tests.carrier_side import TOKEN, form, signed
from tests.factories import make_account, make_lease, make_link, make_message, make_number, make_rental
from tests.far_side import OPEN, PNG, FarSide, answer, far_side, redirect

SID, OTHER_SID = "AC" + "a" * 32, "AC" + "b" * 32
API = "https://api.twilio.com/2010-04-01/Accounts"
FILE = f"{API}/{SID}/Messages/MM1/Media/ME1"
CDN = "https://mms.twiliocdn.com/AC/1?Expires=1&Signature=s"
TWILIO_LOGIN = "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FarSide]:
    """Twilio, its CDN, and a host without login."""
    hosts = ("api.twilio.com", "mms.twiliocdn.com", "media.example.com")
    async with far_side(tmp_path, monkeypatch, *hosts) as far:
        yield far


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006 at Twilio, private."""
    account = make_account(secrets={"auth_token": [TOKEN, "next"], "account_sid": SID})
    return make_lease(make_number(public=False), account)


@pytest.fixture
def rental(lease: Lease) -> Rental:
    """It is rented."""
    return make_rental(lease)


@pytest.fixture
def page(rental: Rental) -> str:
    """The path of a link to it."""
    return make_link(rental)


async def in_thread(make: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """What Django's ORM makes, in a thread that gives its connection back."""

    def run() -> Any:
        try:
            return make(*args, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def receive(rental: Rental, *urls: str, kind: str = "image/png", **changes: Any) -> Message:
    """A message with files, as ingest stores it."""
    files = [{"url": url, "content_type": kind} for url in urls]
    values = {"public": False, "rental_id": rental.pk, "media": files}
    return make_message(rental.number.leases.get(), "Look", **{**values, **changes})


@pytest.fixture
def path(page: str, rental: Rental) -> str:
    """The path of a file at Twilio."""
    return f"{page}messages/{receive(rental, FILE).pk}/media/0/"


def open_file(page: str, rental: Rental, url: str = OPEN, **changes: Any) -> str:
    """The path of a file that needs no login."""
    account = make_account(carrier="telnyx", secrets={"public_key": "k"})
    return f"{page}messages/{receive(rental, url, account=account, **changes).pk}/media/0/"


# What a holder gets


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


# Who may not


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


# Where it is asked for


async def test_another_accounts_file_is_not_asked_for(
    site: httpx.AsyncClient, far: FarSide, page: str, rental: Rental
) -> None:
    for url in (FILE.replace(SID, OTHER_SID), OPEN):
        pk = (await in_thread(receive, rental, url)).pk
        await refused(site, far, f"{page}messages/{pk}/media/0/")


BANDWIDTH = {"account_id": "5500", "api_username": "u", "api_password": ["p", "q"]}
BANDWIDTH_FILE = "https://messaging.bandwidth.com/api/v2/users/5500/media/14762/0/a%20cat.png"
SIGNALWIRE = {"space": "Example", "project_id": "b08d", "api_token": "PT1"}
SIGNALWIRE_FILE = "https://example.signalwire.com/api/laml/2010-04-01/Accounts/b08d/Messages/m/Media/1"
KEYS = {"account_sid": SID, "auth_token": TOKEN, "api_key": "SK1", "api_secret": "s"}


@pytest.mark.parametrize(
    ("carrier", "secrets", "url", "login"),
    [
        ("twilio", KEYS, FILE, ("SK1", "s")),
        ("twilio", KEYS, FILE.replace("api.", "api.dublin.ie1."), ("SK1", "s")),
        ("twilio", {"auth_token": TOKEN}, FILE, None),
        ("bandwidth", BANDWIDTH, BANDWIDTH_FILE, ("u", "p")),
        ("signalwire", SIGNALWIRE, SIGNALWIRE_FILE, ("b08d", "PT1")),
        ("signalwire", SIGNALWIRE, SIGNALWIRE_FILE.replace("example", "files"), None),
        ("signalwire", SIGNALWIRE, SIGNALWIRE_FILE.replace("b08d", "b08e"), None),
        ("telnyx", {"api_key": "KEY"}, OPEN, None),
        ("plivo", {"auth_id": "MA", "auth_token": "t"}, "https://media.plivo.com/1", None),
    ],
)
def test_a_login_goes_to_its_accounts_folder(
    carrier: str, secrets: Secrets, url: str, login: tuple[str, str] | None
) -> None:
    assert carriers.get(carrier).media_login(url, secrets) == login


@pytest.mark.parametrize(
    ("carrier", "secrets", "url"),
    [
        ("twilio", KEYS, FILE.replace(SID, OTHER_SID)),
        ("twilio", KEYS, FILE.replace(SID, f"{OTHER_SID}/{SID}")),
        ("twilio", KEYS, f"{API}/{SID}/../{OTHER_SID}/Messages/MM1/Media/ME1"),
        ("twilio", KEYS, f"{API}/{SID}/%2e%2e/{OTHER_SID}/Messages/MM1/Media/ME1"),
        ("twilio", KEYS, f"{API}/{SID}/..%2f{OTHER_SID}/Messages/MM1/Media/ME1"),
        ("twilio", KEYS, FILE.replace("https", "http")),
        ("twilio", KEYS, FILE.replace("api.twilio.com", "api.twilio.com.example.com")),
        ("twilio", KEYS, FILE.replace("api.twilio.com", "api.twilio.com@example.com")),
        ("twilio", KEYS, FILE.replace("api.twilio.com", "apixtwilio.com")),
        ("twilio", KEYS, "https://[api.twilio.com/"),
        ("twilio", KEYS, "https://xn--a/2010-04-01/Accounts/AC/Messages/MM1/Media/ME1"),
        ("bandwidth", BANDWIDTH, BANDWIDTH_FILE.replace("5500", "55001")),
        ("bandwidth", BANDWIDTH, BANDWIDTH_FILE.replace("messaging", "voice")),
        ("bandwidth", {"username": "u", "password": "p"}, BANDWIDTH_FILE.replace("5500/", "")),
        ("signalwire", SIGNALWIRE, SIGNALWIRE_FILE.replace("signalwire.com", "signalwire.com.example.com")),
        ("signalwire", SIGNALWIRE, OPEN),
    ],
)
def test_no_other_place_is_asked(carrier: str, secrets: Secrets, url: str) -> None:
    with pytest.raises(Unsupported):
        carriers.get(carrier).media_login(url, secrets)


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1/",
        "https://metadata.example.com/latest/",
        "http://media.example.com/1.png",
        "https://media.example.com:8443/",
        "https://u:p@media.example.com/",
        "ftp://media.example.com/",
        "https://[::1/",
        "https://xn--a/",
    ],
)
async def test_a_redirect_leads_to_public_https_hosts_only(
    site: httpx.AsyncClient, far: FarSide, path: str, location: str
) -> None:
    far.hosts |= {"127.0.0.1": ["127.0.0.1"], "metadata.example.com": ["169.254.169.254"]}
    far.answers = {FILE: redirect(location), OPEN: answer(PNG)}
    got = await site.get(path)
    assert (got.status_code, got.text) == (502, "the carrier did not hand out this file: try again later\n")
    assert [url for url, _ in far.asked] == [FILE]
    assert len(far.connected) == 1


# Bounds and failures


async def endless(writer: asyncio.StreamWriter) -> None:
    """A head, and then a byte at a time, for as long as somebody listens."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(writer: asyncio.StreamWriter) -> None:
    """11 MB without a word of it before."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(11):
        writer.write(b"f4240\r\n" + bytes(1_000_000) + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")


async def silent(writer: asyncio.StreamWriter) -> None:
    """Never a word."""
    await asyncio.sleep(3600)


async def torn(writer: asyncio.StreamWriter) -> None:
    """Half of it."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")


@pytest.mark.parametrize("told", [True, False])
async def test_ten_megabytes_are_enough(site: httpx.AsyncClient, far: FarSide, path: str, told: bool) -> None:
    far.answers = {FILE: b"HTTP/1.1 200 OK\r\ncontent-length: 11000000\r\n\r\n" if told else flood}
    got = await site.get(path)
    assert (got.status_code, got.text) == (413, "this file is larger than 10 MB\n")
    whole = bytes(10_000_000)
    far.answers = {FILE: answer(whole)}
    assert (await site.get(path)).content == whole


async def test_a_drip_ends_and_so_does_silence(
    site: httpx.AsyncClient, far: FarSide, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bounds, found in ((Bounds(whole=0.5), endless), (Bounds(head=0.2), silent)):
        monkeypatch.setattr(media, "BOUNDS", bounds)
        far.answers = {FILE: found}
        async with asyncio.timeout(20):
            assert (await site.get(path)).status_code == 502


@pytest.mark.parametrize(
    ("found", "status", "text"),
    [
        (answer(b"secret", status="404 Not Found"), 404, "the carrier no longer has this file"),
        (answer(b"secret", status="410 Gone"), 404, "the carrier no longer has this file"),
        (answer(b"secret", status="401 Unauthorized"), 502, ""),
        (answer(b"secret", status="500 Oops"), 502, ""),
        (answer(b"secret", status="206 Partial Content"), 502, ""),
        (answer(b"secret", content_encoding="gzip"), 502, ""),
        (b"no HTTP at all\r\n\r\n", 502, ""),
        (b"", 502, ""),
        (torn, 502, ""),
    ],
)
async def test_what_the_carrier_does_not_hand_out_is_told_in_our_words(
    site: httpx.AsyncClient,
    far: FarSide,
    page: str,
    path: str,
    found: Any,
    status: int,
    text: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    far.answers = {FILE: found}
    with caplog.at_level(logging.INFO):
        got = await site.get(path)
    ours = text or "the carrier did not hand out this file: try again later"
    assert (got.status_code, got.text) == (status, f"{ours}\n")
    assert "a file could not be fetched from twilio: " in caplog.text
    for secret in (page.split("/")[2], SID, TOKEN, "api.twilio.com"):
        assert secret not in caplog.text


async def test_a_carrier_that_is_away_is_told(site: httpx.AsyncClient, far: FarSide, path: str) -> None:
    del far.hosts["api.twilio.com"]
    assert (await site.get(path)).status_code == 502


async def test_a_slow_carrier_holds_neither_database_nor_pages(
    site: httpx.AsyncClient, far: FarSide, page: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SIZE", 1)
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await let_go.wait()
        writer.write(answer(PNG))

    far.answers = {FILE: slow}
    fetch = asyncio.create_task(site.get(path))
    await asked.wait()
    assert (await site.get(f"{path[:-2]}9/")).status_code == 404
    assert (await site.get(page)).status_code == 200
    let_go.set()
    assert (await fetch).content == PNG


async def test_so_many_at_once_for_a_visitor_and_for_all(
    site: httpx.AsyncClient, far: FarSide, path: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    for name, value in (("PAUSE", 0.01), ("WAITS", 0.05), ("FILES_WAIT", 0.05), ("FILES", 3)):
        monkeypatch.setattr(middleware, name, value)
    let_go = asyncio.Event()
    asked: asyncio.Queue[int] = asyncio.Queue()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(1)
        await let_go.wait()
        writer.write(answer(PNG))

    def get(visitor: str) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(site.get(path, headers={"X-Forwarded-For": visitor}))

    far.answers = {FILE: slow}
    running = [get("192.0.2.1"), get("192.0.2.1"), get("198.51.100.1")]
    for _ in running:
        await asked.get()
    assert (await get("192.0.2.1")).status_code == 429
    third = await get("203.0.113.1")
    assert (third.status_code, third.headers["retry-after"]) == (503, "1")
    let_go.set()
    assert [(await one).status_code for one in running] == [200] * 3
    assert (await get("192.0.2.1")).status_code == 200


async def test_a_reader_who_goes_ends_the_fetch(site: httpx.AsyncClient, far: FarSide, path: str) -> None:
    asked = asyncio.Event()

    async def drip(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await endless(writer)

    far.answers = {FILE: drip}
    sent: list[Event] = []

    async def leave() -> Event:
        await asked.wait()
        return {"type": "http.disconnect"}

    async def send(event: Event) -> None:
        sent.append(event)

    async with asyncio.timeout(20):
        await media.app({"type": "http", "method": "GET", "path": path}, leave, send)
        await far.left.wait()
    assert sent == []


async def never() -> Event:
    """A client that says nothing more."""
    await asyncio.Event().wait()
    return {}


async def test_a_reader_who_takes_too_long_loses_the_rest(
    site: httpx.AsyncClient,
    far: FarSide,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(media, "READ_WITHIN", 0.1)
    far.answers = {FILE: answer(bytes(1_000_000))}
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)
        if len(sent) > 2:
            await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    with caplog.at_level(logging.INFO):
        async with asyncio.timeout(60):
            await application({**scope, "client": ("198.51.100.31", 1)}, never, send)
    assert [event.get("more_body") for event in sent] == [None, True, True]
    assert (logging.INFO, "a client did not read a file within 0.1 s") in [
        (record.levelno, record.getMessage()) for record in caplog.records
    ]
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert "a client left" not in caplog.text


async def test_with_the_database_away_it_is_our_trouble(
    site: httpx.AsyncClient, far: FarSide, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "conninfo", lambda: "host=127.0.0.1 port=1 dbname=x")
    got = await site.get(path)
    assert (got.status_code, got.headers["retry-after"]) == (503, "10")
