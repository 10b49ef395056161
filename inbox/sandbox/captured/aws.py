"""AWS in the sandbox."""

import secrets
import string

from inbox.sandbox.captured.entry import CapturedCarrier, Login
from inbox.sandbox.problems.aws import REFUSALS

# Ids of access keys are written in base32
_LETTERS = string.ascii_uppercase + "234567"
_SNIPPETS = {
    "Python": """
import boto3

aws = boto3.Session(
    aws_access_key_id="{login}", aws_secret_access_key="{secret_access_key}", region_name="us-east-1"
)
sns = aws.client("sns", endpoint_url="{address}/capture/aws")
sns.publish(PhoneNumber="+14155550199", Message="Your code is 482913")
sms = aws.client("pinpoint-sms-voice-v2", endpoint_url="{address}/capture/aws")
sms.send_text_message(DestinationPhoneNumber="+14155550199", MessageBody="Your code is 482913")
""",
    "a shell": """
export AWS_ENDPOINT_URL={address}/capture/aws AWS_DEFAULT_REGION=us-east-1
export AWS_ACCESS_KEY_ID={login} AWS_SECRET_ACCESS_KEY={secret_access_key}
aws sns publish --phone-number +14155550199 --message "Your code is 482913"
""",
}


def _draw_login() -> Login:
    key_id = "AKIA" + "".join(secrets.choice(_LETTERS) for _ in range(16))
    return Login(key_id, {"secret_access_key": secrets.token_urlsafe(30)})


AWS = CapturedCarrier(
    name="aws",
    title="AWS",
    fixed=Login("AKIASANDBOX000000000", {"secret_access_key": "sandbox"}),
    draw=_draw_login,
    snippets=_SNIPPETS,
    refusals=REFUSALS,
)
