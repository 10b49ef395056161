"""Telnyx in the sandbox."""

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.played.telnyx import write_inbound
from inbox.sandbox.problems.telnyx import FAILURES, REFUSALS

_SNIPPETS = {
    "Python": """
from telnyx import Telnyx

client = Telnyx(
    api_key="{api_key}", public_key="{public_key}", base_url="{address}/capture/telnyx/v2"
)
client.messages.send(from_="+14155550100", to="+14155550199", text="Your code is 482913")
""",
    "JavaScript": """
const Telnyx = require("telnyx");
const client = new Telnyx({{
  apiKey: "{api_key}",
  publicKey: "{public_key}",
  baseURL: "{address}/capture/telnyx/v2",
}});
client.messages.send({{ from: "+14155550100", to: "+14155550199", text: "Your code is 482913" }});
""",
    "a shell": """
curl {address}/capture/telnyx/v2/messages -H "Authorization: Bearer {api_key}" --json \\
  '{{"from": "+14155550100", "to": "+14155550199", "text": "Your code is 482913"}}'
""",
}


def _draw_login() -> Login:
    """A key in Telnyx's form, of which what is before the underscore is no secret, and a pair that signs webhooks."""
    name = f"KEY{secrets.token_hex(16).upper()}"
    # Telnyx keeps the private half; here the sandbox does, which signs in its place
    pair = Ed25519PrivateKey.generate()
    return Login(
        name,
        {
            "api_key": f"{name}_{secrets.token_hex(11)}",
            "public_key": base64.b64encode(pair.public_key().public_bytes_raw()).decode(),
            "signing_key": base64.b64encode(pair.private_bytes_raw()).decode(),
        },
    )


TELNYX = CapturedCarrier(
    name="telnyx",
    title="Telnyx",
    fixed=Login(
        "KEYsandbox",
        {
            "api_key": "KEYsandbox",
            "public_key": "hvw0SD9H9zP7c1U3jwcDxqNWCQe6sNkpnb/Xdpf4Srg=",
            "signing_key": "t61WdHfIN1aquaVCsr4E93264lEV2F8iBw102MxHedw=",
        },
    ),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
    failures=FAILURES,
    write_inbound=write_inbound,
)
