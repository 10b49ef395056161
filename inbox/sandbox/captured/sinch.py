"""Sinch in the sandbox."""

import secrets

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.sinch import write_inbound
from inbox.sandbox.problems.sinch import FAILURES, REFUSALS

_SNIPPETS = {
    "Python": """
from sinch import SinchClient

client = SinchClient(service_plan_id="{login}", sms_api_token="{api_token}", sms_region="us")
client.configuration.sms_domain_with_service_plan_id = "{address}/capture/sinch"
client.sms.batches.send_sms(to=["14155550199"], from_="14155550100", body="Your code is 482913")
""",
    "a shell": """
curl {address}/capture/sinch/xms/v1/{login}/batches -H "Authorization: Bearer {api_token}" \\
  --json '{{"from": "14155550100", "to": ["14155550199"], "body": "Your code is 482913"}}'
""",
}


def _draw_login() -> Login:
    drawn = {"api_token": secrets.token_hex(16), "webhook_secret": secrets.token_urlsafe(24)}
    return Login(secrets.token_hex(16), drawn)


SINCH = CapturedCarrier(
    name="sinch",
    title="Sinch",
    fixed=Login("sandbox", {"api_token": "sandbox", "webhook_secret": "sandbox"}),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
