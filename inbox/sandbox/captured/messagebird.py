"""MessageBird in the sandbox."""

import secrets
import string

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.messagebird import write_inbound
from inbox.sandbox.problems.messagebird import FAILURES, REFUSALS

NAME_LENGTH = 8
"""So many characters of an access key say whose it is; all of it proves that."""
_LETTERS = string.ascii_letters + string.digits
_SNIPPETS = {
    "Python": """
import messagebird
from messagebird.http_client import HttpClient

http = HttpClient("{address}/capture/messagebird/", "{access_key}", "my program")
client = messagebird.Client("{access_key}", http_client=http)
client.message_create("14155550100", "14155550199", "Your code is 482913")
""",
    "a shell": """
curl {address}/capture/messagebird/messages -H "Authorization: AccessKey {access_key}" \\
  --json '{{"originator": "14155550100", "recipients": "14155550199", "body": "Your code is 482913"}}'
""",
}


def _draw_login() -> Login:
    key = "".join(secrets.choice(_LETTERS) for _ in range(25))
    return Login(key[:NAME_LENGTH], {"access_key": key, "signing_key": secrets.token_urlsafe(24)})


MESSAGEBIRD = CapturedCarrier(
    name="messagebird",
    title="MessageBird",
    fixed=Login("sandbox", {"access_key": "sandbox", "signing_key": "sandbox-signing-key-of-32-bytes!"}),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
