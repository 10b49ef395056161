"""Plivo in the sandbox."""

import secrets
import string

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.plivo import write_inbound
from inbox.sandbox.problems.plivo import FAILURES, REFUSALS

SHORT_LOGIN = "MASANDBOX0000000000"
"""What the first project's login is called where it has one zero less; the SDKs take 20 characters only."""
_LETTERS = string.ascii_uppercase + string.digits
_SNIPPETS = {
    "Python": """
import plivo
from plivo.rest import client as rest

rest.PLIVO_API_BASE_URI = "{address}/capture/plivo/v1/Account"
client = plivo.RestClient("{login}", "{auth_token}")
client.messages.create(src="14155550100", dst="14155550199", text="Your code is 482913")
""",
    "JavaScript": """
const plivo = require("plivo");
const url = "{address}/capture/plivo/v1/Account/{login}";
const client = new plivo.Client("{login}", "{auth_token}", {{ url }});
client.messages.create({{ src: "14155550100", dst: "14155550199", text: "Your code is 482913" }});
""",
    "a shell": """
curl {address}/capture/plivo/v1/Account/{login}/Message/ -u {login}:{auth_token} \\
  --json '{{"src": "14155550100", "dst": "14155550199", "text": "Your code is 482913"}}'
""",
}


def _draw_login() -> Login:
    auth_id = "MA" + "".join(secrets.choice(_LETTERS) for _ in range(18))
    return Login(auth_id, {"auth_token": secrets.token_urlsafe(30)})


PLIVO = CapturedCarrier(
    name="plivo",
    title="Plivo",
    fixed=Login("MASANDBOX" + 11 * "0", {"auth_token": "sandbox"}),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
