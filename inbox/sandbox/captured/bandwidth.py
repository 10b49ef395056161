"""Bandwidth in the sandbox."""

import secrets

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.bandwidth import write_inbound
from inbox.sandbox.problems.bandwidth import FAILURES, REFUSALS

_SNIPPETS = {
    "Python": """
import bandwidth

sandbox = bandwidth.Configuration(
    host="{address}/capture/bandwidth", ignore_operation_servers=True,
    username="{api_username}", password="{api_password}",
)
message = bandwidth.MessageRequest(
    application_id="sandbox", to=["+14155550199"], var_from="+14155550100", text="Your code is 482913"
)
bandwidth.MessagesApi(bandwidth.ApiClient(sandbox)).create_message("{login}", message)
""",
    "a shell": """
curl {address}/capture/bandwidth/users/{login}/messages -u {api_username}:{api_password} \\
  --json '{{"applicationId": "sandbox", "from": "+14155550100", "to": ["+14155550199"], "text": "Your code is 482913"}}'
""",
}


def _draw_login() -> Login:
    drawn = {
        "api_username": secrets.token_hex(8),
        "api_password": secrets.token_urlsafe(24),
        "username": secrets.token_hex(8),
        "password": secrets.token_urlsafe(24),
    }
    return Login(str(5_000_000_000 + secrets.randbelow(10**9)), drawn)


_NAMES = ("api_username", "api_password", "username", "password")
BANDWIDTH = CapturedCarrier(
    name="bandwidth",
    title="Bandwidth",
    fixed=Login("9900000", dict.fromkeys(_NAMES, "sandbox")),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
