"""boto3 sends to the sandbox by SNS and by End User Messaging, with nothing changed but the endpoint's address."""

import asyncio
from collections.abc import Callable
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from inbox.api.threads import in_thread
from inbox.sandbox import projects, snippets, tasks
from inbox.sandbox.captured.aws import AWS
from tests.conftest import Sql

KEY_ID = AWS.fixed.name
FROM, TO = "+14155550100", "+61491570157"
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=20)
Ask = Callable[..., Any]
SIGNED = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=1"


@pytest.fixture
def ask(address: str) -> Ask:
    """Call an operation of a service with boto3, in a thread of its own."""

    async def run(service: str, operation: str, key_id: str = KEY_ID, **fields: Any) -> Any:
        client = boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=f"{address}/capture/aws",
            aws_access_key_id=key_id,
            aws_secret_access_key="sandbox",
            config=ONCE,
        )
        try:
            return await asyncio.to_thread(getattr(client, operation), **fields)
        finally:
            client.close()

    return run


def publish(**changes: Any) -> dict[str, Any]:
    """The fields of a message by SNS."""
    return {"PhoneNumber": TO, "Message": "Your code is 482913", **changes}


def text(**changes: Any) -> dict[str, Any]:
    """The fields of a message by End User Messaging; without those that are None."""
    fields = {
        "DestinationPhoneNumber": TO,
        "OriginationIdentity": FROM,
        "MessageBody": "Your code is 482913",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def attribute(name: str, value: str) -> dict[str, Any]:
    """A message's attribute."""
    return {"MessageAttributes": {name: {"DataType": "String", "StringValue": value}}}


async def test_sns_publishes_to_a_phone_number(ask: Ask, sql: Sql) -> None:
    sent = await ask("sns", "publish", **publish(Message="Grüße & <482913>"))
    assert sent["ResponseMetadata"]["RequestId"]
    ((ref, sender, recipient, body, request),) = sql(
        "SELECT ref, sender, recipient, body, request FROM sandbox_capturedmessage"
    )
    assert (ref, sender, recipient, body) == (sent["MessageId"], "NOTICE", TO, "Grüße & <482913>")
    assert "Action=Publish" in request["body"]
    assert "authorization" not in request["headers"]
    await in_thread(tasks.call_back)
    assert sql("SELECT state FROM sandbox_capturedmessage") == [("delivered",)]


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        (attribute("AWS.SNS.SMS.SenderID", "ACME"), "ACME"),
        ({**attribute("AWS.SNS.SMS.SenderID", "ACME"), "PhoneNumber": "+14155550199"}, "NOTICE"),
        (attribute("AWS.MM.SMS.OriginationNumber", FROM), FROM),
    ],
)
async def test_sns_sends_from_what_the_attributes_say(
    ask: Ask, sql: Sql, fields: dict[str, Any], sender: str
) -> None:
    await ask("sns", "publish", **publish(**fields))
    assert sql("SELECT sender FROM sandbox_capturedmessage") == [(sender,)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (publish(PhoneNumber="hello"), "InvalidParameter"),
        (publish(PhoneNumber="+1415555010"), "InvalidParameter"),
        (publish(Message=""), "InvalidParameter"),
        (publish(Message="x" * 1601), "InvalidParameter"),
        (publish(**attribute("AWS.SNS.SMS.SenderID", "a name of many letters")), "InvalidParameter"),
        (publish(**attribute("AWS.MM.SMS.OriginationNumber", "5")), "InvalidParameter"),
        ({"TopicArn": "arn:aws:sns:us-east-1:123456789012:a", "Message": "a"}, "InvalidParameter"),
        ({"Message": "a"}, "InvalidParameter"),
        (publish(key_id="AKIA" + "1" * 16), "InvalidClientTokenId"),
    ],
)
async def test_sns_errors_are_boto3s_own(ask: Ask, sql: Sql, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        await ask("sns", "publish", **fields)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Message"]
    assert type(caught.value).__name__ == ("ClientError" if "Client" in code else "InvalidParameterException")
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_end_user_messaging_sends(ask: Ask, sql: Sql) -> None:
    sent = await ask("pinpoint-sms-voice-v2", "send_text_message", **text(Context={"order": "5"}))
    assert sql("SELECT ref, sender, recipient, details FROM sandbox_capturedmessage") == [
        (sent["MessageId"], FROM, TO, {"context": {"order": "5"}})
    ]
    dry = await ask("pinpoint-sms-voice-v2", "send_text_message", **text(DryRun=True))
    assert dry["MessageId"]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(1,)]


@pytest.mark.parametrize(
    ("identity", "sender"),
    [(None, "AWS"), ("ACME", "ACME"), ("12345", "12345"), ("14155550100", FROM), ("pool-1", "pool-1")],
)
async def test_identities_send(ask: Ask, sql: Sql, identity: str | None, sender: str) -> None:
    await ask("pinpoint-sms-voice-v2", "send_text_message", **text(OriginationIdentity=identity))
    assert sql("SELECT sender FROM sandbox_capturedmessage") == [(sender,)]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (text(DestinationPhoneNumber="hello"), "ValidationException"),
        (text(DestinationPhoneNumber="+1415555010"), "ValidationException"),
        (text(MessageBody="  "), "ValidationException"),
        (text(MessageBody="x" * 1601), "ValidationException"),
        (text(MessageType="LOUD"), "ValidationException"),
        (text(MaxPrice="much"), "ValidationException"),
        (text(TimeToLive=300_000), "ValidationException"),
        (text(Context={str(n): "a" for n in range(6)}), "ValidationException"),
        (text(OriginationIdentity="ACME", DestinationPhoneNumber="+14155550199"), "ValidationException"),
        (text(OriginationIdentity="a name of many letters"), "ValidationException"),
    ],
)
async def test_end_user_messagings_errors_are_boto3s_own(
    ask: Ask, sql: Sql, fields: dict[str, Any], error: str
) -> None:
    with pytest.raises(ClientError) as caught:
        await ask("pinpoint-sms-voice-v2", "send_text_message", **fields)
    assert type(caught.value).__name__ == error
    assert caught.value.response["Reason"]
    assert caught.value.response["Error"]["Message"]
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_what_is_not_captured_or_not_known_is_refused_by_name(ask: Ask) -> None:
    with pytest.raises(ClientError, match="DescribePools is not supported by this sandbox"):
        await ask("pinpoint-sms-voice-v2", "describe_pools")
    with pytest.raises(ClientError, match="ListTopics is not supported by this sandbox"):
        await ask("sns", "list_topics")
    with pytest.raises(ClientError) as caught:
        await ask("pinpoint-sms-voice-v2", "send_text_message", "AKIA" + "1" * 16, **text())
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"


async def test_a_project_with_numbers_sends_from_these_only(ask: Ask, sql: Sql) -> None:
    project = await in_thread(lambda: projects.make("tests", numbers=["+15005550006"]))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="aws"))
    assert credential
    service = "pinpoint-sms-voice-v2"
    await ask(service, "send_text_message", credential.login, **text(OriginationIdentity="pool-1"))
    await ask("sns", "publish", credential.login, **publish())
    assert sql("SELECT DISTINCT sender FROM sandbox_capturedmessage") == [("+15005550006",)]
    with pytest.raises(ClientError) as caught:
        await ask(service, "send_text_message", credential.login, **text())
    assert type(caught.value).__name__ == "ResourceNotFoundException"
    with pytest.raises(ClientError, match="origination number"):
        other = publish(**attribute("AWS.MM.SMS.OriginationNumber", FROM))
        await ask("sns", "publish", credential.login, **other)


async def test_raw_requests_have_defined_answers(site: httpx.AsyncClient, sql: Sql) -> None:
    target = {"X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage"}
    for method, content, headers, status in [
        ("GET", b"", {}, 405),
        ("POST", b"", {}, 403),
        ("POST", b"Action=Publish", {"Authorization": SIGNED.replace("SignedHeaders", "x")}, 403),
        ("POST", b"Action=Publish&PhoneNumber=%FF", {"Authorization": SIGNED}, 400),
        ("POST", b"Action=Publish&PhoneNumber=%2B61491570157&Message=a%00", {"Authorization": SIGNED}, 400),
        ("POST", b"x" * 70_000, {"Authorization": SIGNED}, 413),
        ("POST", b"{", {"Authorization": SIGNED, **target}, 400),
        ("POST", b'{"DestinationPhoneNumber": 5}', {"Authorization": SIGNED, **target}, 400),
        ("POST", b'{"DestinationPhoneNumber": ["a"]}', {"Authorization": SIGNED, **target}, 400),
    ]:
        answer = await site.request(method, "/capture/aws/", content=content, headers=headers)
        assert answer.status_code == status, (method, content)
        if "X-Amz-Target" in headers:
            assert answer.json()["__type"] == "SerializationException"
        else:
            assert "<ErrorResponse" in answer.text
    assert (await site.post("/capture/aws/other", headers=target)).json()[
        "__type"
    ] == "UnknownOperationException"
    assert sql("SELECT count(*) FROM sandbox_capturedmessage") == [(0,)]


async def test_the_program_to_copy_sends(address: str, sql: Sql) -> None:
    code = snippets.of_carrier("aws", address)["Python"]
    await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})
    assert sql("SELECT recipient, body FROM sandbox_capturedmessage") == 2 * [
        ("+14155550199", "Your code is 482913")
    ]
