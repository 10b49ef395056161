"""A login goes only to its own account's folder at the carrier, and redirects only to public hosts."""

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import Secrets
from numbers.carriers.errors import Unsupported
from tests.carrier_side import TOKEN
from tests.far_side import OPEN, PNG, FarSide, answer, redirect
from tests.inbox.pages.media.files import API, FILE, OTHER_SID, SID

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
