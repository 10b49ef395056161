"""Twilio in the sandbox."""

import secrets

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played import twiml
from inbox.sandbox.played.twilio import write_inbound, write_reply
from inbox.sandbox.problems.twilio import FAILURES, REFUSALS

_SNIPPETS = {
    "Python": """
import re
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

class Sandbox(TwilioHttpClient):
    def request(self, method, url, **rest):
        hosts = r"^https://(api|messaging|verify|lookups)[.]twilio[.]com"
        url = re.sub(hosts, "{address}/capture/twilio", url)
        return super().request(method, url, **rest)

client = Client("{login}", "{auth_token}", http_client=Sandbox())
client.messages.create(to="+14155550199", from_="+14155550100", body="Your code is 482913")
""",
    "JavaScript": """
const twilio = require("twilio");
const http = new twilio.RequestClient();
const hosts = /^https:\\/\\/(api|messaging|verify|lookups)[.]twilio[.]com/;
const sandbox = (uri) => uri.replace(hosts, "{address}/capture/twilio");
const client = twilio("{login}", "{auth_token}", {{
  httpClient: {{ request: (options) => http.request({{ ...options, uri: sandbox(options.uri) }}) }},
}});
client.messages.create({{ to: "+14155550199", from: "+14155550100", body: "Your code is 482913" }});
""",
    "a shell": """
curl {address}/capture/twilio/2010-04-01/Accounts/{login}/Messages.json \\
  -u {login}:{auth_token} --data-urlencode "To=+14155550199" --data-urlencode "From=+14155550100" \\
  --data-urlencode "Body=Your code is 482913"
""",
}


def _draw_login() -> Login:
    return Login("AC" + secrets.token_hex(16), {"auth_token": secrets.token_hex(16)})


TWILIO = CapturedCarrier(
    name="twilio",
    title="Twilio",
    fixed=Login("AC" + 32 * "0", {"auth_token": "sandbox"}),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
    read_answer=twiml.read_answer,
    write_reply=write_reply,
)
