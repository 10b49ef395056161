"""A setting that could never work is refused in words, and one that could work is taken."""

import json

import pytest
from django.core.management import CommandError
from django.test import Client

from numbers import account_settings, carriers
from numbers.models import Account
from tests.carriers import samples as carrier_samples
from tests.numbers.accounts.forms import add, save

pytestmark = pytest.mark.django_db
WHSEC = "v1,whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
WRONG = [
    ("bird", f"webhook_secret={WHSEC}", "leave out 'v1'"),
    ("bird", "webhook_secret=whsec_", "whsec_ and a base64 key"),
    ("bird", "webhook_secret=hello world", "base64"),
    ("bird", "webhook_id=whatever", "whk_"),
    ("telnyx", "public_key=not base64", "32 bytes in base64"),
    ("telnyx", "public_key=c2hvcnQ=", "32 bytes in base64"),
    ("aws", "topic_arn=my topic", "arn:aws:sns"),
    ("aws", "topic_arn=arn:aws:sqs:us-east-1:123456789012:queue", "arn:aws:sns"),
    ("aws", "region=Frankfurt", "us-east-1"),
    ("aws", "offer=GB mobile LONG_CODE cheap", "COUNTRY KIND TYPE PRICE"),
    ("twilio", "account_sid=SK" + "1" * 32, "AC and 32"),
    ("twilio", "auth_token=two words", "must not contain spaces"),
    ("twilio", "auth_token=01\u200b23", "must not contain spaces"),
    ("signalwire", "space=https://example.signalwire.com", "without .signalwire.com"),
    ("signalwire", "price_local=cheap", "price like 1.50"),
    ("vonage", "signature_method=rot13", "one of"),
    ("plivo", "app_id=my app", "a number"),
    ("sinch", "region=mars", "one of au, br, ca, eu, us"),
    ("bandwidth", "account_id=main", "a number"),
    ("bandwidth", "area_code=12", "three digits"),
    ("infobip", "base=https://xxxxx.api.infobip.com", "xxxxx"),
    ("messagebird", "price_currency=euro", "EUR"),
    ("smsgate", "base_url=gate.example", "an address like"),
    ("kannel", "base_url=http://", "an address like"),
    ("jasmin", "base_url=http://gate.example:port", "an address like"),
    ("simulated", "faults=2", "from 0 to 1"),
    ("httpsms", "api_key=" + "x" * 3000, "longer than"),
]


def usual_settings(carrier: str) -> dict[str, str]:
    """Settings that the carrier's sample uses, and that could work."""
    sample = carrier_samples.get(carrier, "right-secret-of-some-length")
    value = "arn:aws:sns:us-east-1:123456789012:topic" if carrier == "aws" else sample.value
    return {**sample.others, **sample.login, sample.secret: value}


@pytest.mark.parametrize(("carrier", "pair", "says"), WRONG)
def test_a_setting_that_could_never_work_is_refused_in_words(
    admin_client: Client, offline: list[str], carrier: str, pair: str, says: str
) -> None:
    name, _, value = pair.partition("=")
    pairs = [f"{key}={kept}" for key, kept in {**usual_settings(carrier), name: value}.items()]
    with pytest.raises(CommandError, match=name) as caught:
        add(*pairs, carrier=carrier)
    assert says in str(caught.value)
    assert value == "whsec_" or name == "offer" or value not in str(caught.value), "it is not repeated"
    assert says in save(admin_client, carrier=carrier, new_secrets="\n".join(pairs))
    assert (Account.objects.count(), offline) == (0, [])


@pytest.mark.parametrize("carrier", carriers.names())
def test_what_could_work_is_taken(admin_client: Client, offline: list[str], carrier: str) -> None:
    pairs = [f"{key}={kept}" for key, kept in usual_settings(carrier).items()]
    add(*pairs, carrier=carrier)
    assert "could never" not in save(
        admin_client, carrier=carrier, label="form", new_secrets="\n".join(pairs)
    )
    assert Account.objects.count() == 2


def test_every_setting_that_names_a_choice_or_an_address_has_a_check() -> None:
    """Prices, regions, addresses, ids and bases are never taken as they come."""
    careless = [
        f"{name}.{setting.name}"
        for name in carriers.names()
        for setting in carriers.get(name).settings
        if setting.name.startswith(("price", "region", "base"))
        and setting.name != "books"
        and not setting.check("?? ")
    ]
    assert careless == []


def test_half_a_token_is_taken_with_a_warning(
    admin_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    add("auth_token=12345")
    output = capsys.readouterr()
    assert json.loads(output.out).keys() == {"id", "webhook_url", "status_url"}
    assert "check auth_token: it should look like 32 characters" in output.err
    page = save(admin_client, label="form", new_secrets="auth_token=12345")
    assert "Saved, but check auth_token: it should look like 32 characters" in page
    assert account_settings.unusual_values("twilio", {"auth_token": "0" * 32}) == []
