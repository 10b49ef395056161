"""What the sandbox sends in a carrier's place is what the carrier's own adapter accepts and reads."""

import time
from collections.abc import Mapping

import pytest

from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.played.inbound import PhoneMessage
from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, Unsupported
from numbers.carriers.messages import Inbound, Media

SENDER, RECIPIENT, BODY = "+61491570157", "+14155550100", "STOP & go: ä€ +1=%"
PLAYED = [name for name in CARRIERS if name != "aws"]  # only SNS itself can sign for AWS


def pass_on(name: str, secrets: Mapping[str, str], media: tuple[Media, ...] = ()) -> Request:
    """A message to a program, as a carrier with these secrets posts it."""
    carrier = carriers.get(name)
    write_inbound = CARRIERS[name].write_inbound
    assert write_inbound is not None
    written = write_inbound(PhoneMessage(SENDER, RECIPIENT, BODY, 1, CARRIERS[name].fixed.name, media))
    content = {"content-type": written.content_type}
    request = Request("POST", "https://sms.example.org/hook?a=b%20c", content, written.body.encode())
    return carrier.sign(request, secrets)


@pytest.mark.parametrize("name", PLAYED)
def test_a_message_is_accepted_and_read(name: str) -> None:
    carrier = carriers.get(name)
    for login in (CARRIERS[name].fixed, CARRIERS[name].draw()):
        request = pass_on(name, login.secrets)
        carrier.verify(request, login.secrets, time.time())
        (message,) = carrier.parse(request)
        assert isinstance(message, Inbound)
        assert (message.sender, message.recipient, message.body) == (SENDER, RECIPIENT, BODY)
        assert message.ref


@pytest.mark.parametrize("name", PLAYED)
def test_a_message_of_another_project_is_not_accepted(name: str) -> None:
    request = pass_on(name, CARRIERS[name].draw().secrets)
    with pytest.raises(BadSignature):
        carriers.get(name).verify(request, CARRIERS[name].draw().secrets, time.time())


@pytest.mark.parametrize("name", PLAYED)
def test_files_are_read_or_refused_by_name(name: str) -> None:
    files = (Media("https://example.org/a.png", "image/png"), Media("https://example.org/b.mp4", "video/mp4"))
    try:
        request = pass_on(name, CARRIERS[name].fixed.secrets, files)
    except Unsupported:
        assert not carriers.get(name).media or name == "vonage"
        return
    (message,) = carriers.get(name).parse(request)
    assert isinstance(message, Inbound)
    assert [file.url for file in message.media] == [file.url for file in files]
    assert message.body == BODY
