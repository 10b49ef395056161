"""Vonage in the sandbox."""

import secrets
import uuid

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.vonage import write_inbound
from inbox.sandbox.problems.vonage import FAILURES, REFUSALS

_KEY_LENGTH = 8
_APPLICATION = "00000000-0000-4000-8000-000000000000"
_SNIPPETS = {
    "Python": """
from requests.adapters import HTTPAdapter
from vonage import Auth, HttpClientOptions, Vonage
from vonage_sms import SmsMessage

SANDBOX = "{address}/capture/vonage"

class Sandbox(HTTPAdapter):
    def send(self, request, **rest):
        request.url = request.url.replace("https://sandbox", SANDBOX)
        return super().send(request, **rest)

options = HttpClientOptions(api_host="sandbox", rest_host="sandbox")
client = Vonage(Auth(api_key="{login}", api_secret="{api_secret}"), options)
client.http_client._session.mount("https://sandbox", Sandbox())
client.sms.send(SmsMessage(to="14155550199", from_="14155550100", text="Your code is 482913"))
""",
    "JavaScript": """
const {{ Vonage }} = require("@vonage/server-sdk");
const here = "{address}/capture/vonage";
const client = new Vonage(
  {{ apiKey: "{login}", apiSecret: "{api_secret}" }},
  {{ apiHost: here, restHost: here }},
);
client.sms.send({{ to: "14155550199", from: "14155550100", text: "Your code is 482913" }});
""",
    "a shell": """
curl {address}/capture/vonage/sms/json -u {login}:{api_secret} \\
  --data-urlencode "to=14155550199" --data-urlencode "from=14155550100" \\
  --data-urlencode "text=Your code is 482913"
""",
}


def login_of(application_id: str) -> str:
    """The key of the account that an application belongs to: its id begins with it."""
    return VONAGE.fixed.name if application_id == _APPLICATION else application_id[:_KEY_LENGTH]


def _draw_login() -> Login:
    """A key and its secret, an application whose id is a secret too, and the secret that signs webhooks."""
    name = secrets.token_hex(_KEY_LENGTH // 2)
    # The method "md5" is an HMAC: the SDK for Python checks no plain hashes
    return Login(
        name,
        {
            "api_key": name,
            "api_secret": secrets.token_hex(8),
            "application_id": name + str(uuid.uuid4())[_KEY_LENGTH:],
            "signature_secret": secrets.token_hex(25),
            "signature_method": "md5",
        },
    )


VONAGE = CapturedCarrier(
    name="vonage",
    title="Vonage",
    fixed=Login(
        "sandbox",
        {
            "api_key": "sandbox",
            "api_secret": "sandbox",
            "application_id": _APPLICATION,
            "signature_secret": "sandbox" * 5,
            "signature_method": "md5",
        },
    ),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
