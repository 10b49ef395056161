"""Infobip in the sandbox."""

import secrets
import uuid

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.infobip import write_inbound
from inbox.sandbox.problems.infobip import FAILURES, REFUSALS

_SNIPPETS = {
    "Python": """
import infobip_api_client as infobip
from infobip_api_client.api.sms_api import SmsApi
from infobip_api_client.models import SmsDestination, SmsMessage, SmsMessageContent, SmsRequest, SmsTextContent

client = infobip.ApiClient(infobip.Configuration(host="{address}/capture/infobip", api_key="{api_key}"))
content = SmsMessageContent(SmsTextContent(text="Your code is 482913"))
message = SmsMessage(sender="14155550100", destinations=[SmsDestination(to="14155550199")], content=content)
SmsApi(client).send_sms_messages(SmsRequest(messages=[message]))
""",
    "a shell": """
curl {address}/capture/infobip/sms/3/messages -H "Authorization: App {api_key}" --json '{{"messages":
  [{{"sender": "14155550100", "destinations": [{{"to": "14155550199"}}],
    "content": {{"text": "Your code is 482913"}}}}]}}'
""",
}


def _draw_login() -> Login:
    name = secrets.token_hex(16)
    drawn = {
        "api_key": f"{name}-{uuid.uuid4()}",
        "username": secrets.token_hex(8),
        "password": secrets.token_urlsafe(24),
    }
    return Login(name, drawn)


_NAMES = ("api_key", "username", "password")
INFOBIP = CapturedCarrier(
    name="infobip",
    title="Infobip",
    fixed=Login("sandbox", dict.fromkeys(_NAMES, "sandbox")),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
