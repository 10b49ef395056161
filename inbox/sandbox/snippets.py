"""How a program reaches the sandbox: code to copy, for each carrier and language."""

from inbox.sandbox.projects import FIXED

_TWILIO = {
    "Python": """
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

class Sandbox(TwilioHttpClient):
    def request(self, method, url, **rest):
        url = url.replace("https://api.twilio.com", "{address}/capture/twilio")
        return super().request(method, url, **rest)

client = Client("{login}", "{secret}", http_client=Sandbox())
client.messages.create(to="+14155550199", from_="+14155550100", body="Your code is 482913")
""",
    "JavaScript": """
const twilio = require("twilio");
const http = new twilio.RequestClient();
const sandbox = (uri) => uri.replace("https://api.twilio.com", "{address}/capture/twilio");
const client = twilio("{login}", "{secret}", {{
  httpClient: {{ request: (options) => http.request({{ ...options, uri: sandbox(options.uri) }}) }},
}});
client.messages.create({{ to: "+14155550199", from: "+14155550100", body: "Your code is 482913" }});
""",
    "a shell": """
curl {address}/capture/twilio/2010-04-01/Accounts/{login}/Messages.json \\
  -u {login}:{secret} --data-urlencode "To=+14155550199" --data-urlencode "From=+14155550100" \\
  --data-urlencode "Body=Your code is 482913"
""",
}


def of_twilio(address: str) -> dict[str, str]:
    """Programs that send a message to the first project of the sandbox at an address, by language."""
    login, secrets = FIXED["twilio"]
    names = {"address": address, "login": login, "secret": secrets["auth_token"]}
    return {language: code.format(**names).strip("\n") for language, code in _TWILIO.items()}


def for_terminal(address: str) -> str:
    """All of them, and where their messages are shown, for whoever has just started the sandbox."""
    parts = [f"\n--- Twilio, from {language} ---\n{code}\n" for language, code in of_twilio(address).items()]
    return f"{''.join(parts)}\nwhat they send is shown at {address}/sandbox/\n"
