"""No changed bit of a signed request verifies, nor does one without its signature or secret."""

from dataclasses import replace

import pytest

from numbers.carriers.contract import Carrier
from numbers.carriers.errors import BadSignature
from tests.carriers import samples as carrier_samples
from tests.carriers.contract.checks import flips, verifies
from tests.carriers.samples import NOW, URL, Sample


def test_no_changed_bit_of_the_body_verifies(carrier: Carrier, sample: Sample) -> None:
    secrets = sample.secrets()
    for body in flips(sample.request.body):
        passed = verifies(carrier, replace(sample.request, body=body), secrets)
        assert passed == (not sample.signs_body or sample.same(body, sample.request.body)), body


def test_no_shortened_or_lengthened_body_verifies(carrier: Carrier, sample: Sample) -> None:
    body, secrets = sample.request.body, sample.secrets()
    for changed in (body[:-1], body + b"x", body + b"&x=1", b"", body + b"\0"):
        passed = verifies(carrier, replace(sample.request, body=changed), secrets)
        assert passed == (not sample.signs_body), changed


def test_no_changed_bit_of_the_signature_verifies(carrier: Carrier, sample: Sample) -> None:
    if not sample.header:  # what proves it stands in the body or in the address
        assert sample.unsigned is not None
        return
    signature = sample.request.header(sample.header)
    for raw in flips(signature.encode()):
        headers = {**sample.request.headers, sample.header: raw.decode("latin-1")}
        assert not verifies(carrier, replace(sample.request, headers=headers), sample.secrets()), raw
    for changed in (signature[:-1], signature + "=", "", " ", "é", signature.swapcase(), "\ud800"):
        headers = {**sample.request.headers, sample.header: changed}
        assert not verifies(carrier, replace(sample.request, headers=headers), sample.secrets())


def test_no_changed_bit_of_what_is_signed_beside_the_body_verifies(carrier: Carrier, sample: Sample) -> None:
    """Times, ids and nonces that stand in headers of their own."""
    for name in sample.request.headers.keys() - {"content-type", *sample.unsigned_headers, sample.header}:
        for raw in flips(sample.request.headers[name].encode()):
            headers = {**sample.request.headers, name: raw.decode("latin-1")}
            assert not verifies(carrier, replace(sample.request, headers=headers), sample.secrets()), raw


def test_no_changed_bit_of_a_signed_address_verifies(carrier: Carrier, sample: Sample) -> None:
    for raw in flips(URL.encode()):
        if not sample.signs_url and (b"?" in raw or b"#" in raw):
            continue  # another query
        request = replace(sample.request, url=raw.decode("latin-1") + sample.request.url.removeprefix(URL))
        assert verifies(carrier, request, sample.secrets()) != sample.signs_url, raw


def test_a_missing_signature_or_secret_never_verifies(carrier: Carrier, sample: Sample) -> None:
    unsigned = {name: value for name, value in sample.request.headers.items() if name != sample.header}
    unsigned_request = sample.unsigned or replace(sample.request, headers=unsigned)
    assert not verifies(carrier, unsigned_request, sample.secrets())
    nothing: list[str | list[str]] = ["", [], [""]]
    for empty in nothing:
        assert not verifies(carrier, sample.request, {**sample.others, sample.secret: empty})
    assert not verifies(carrier, sample.request, {})
    with pytest.raises(BadSignature, match="no secret"):
        carrier.verify(sample.request, {}, NOW)
    with pytest.raises(BadSignature, match="no signature"):
        carrier.verify(unsigned_request, {}, NOW)
    signed_with_nothing = carrier_samples.get(carrier.name, "")
    assert not verifies(carrier, signed_with_nothing.request, sample.secrets(""))


def test_any_of_several_secrets_verifies_and_a_retired_one_does_not(carrier: Carrier, sample: Sample) -> None:
    assert verifies(carrier, sample.request, sample.secrets("new", sample.value))
    assert verifies(carrier, sample.request, sample.secrets(sample.value, "old"))
    assert not verifies(carrier, sample.request, sample.secrets("new", "newer"))


def test_the_header_that_proves_a_request_is_never_kept(carrier: Carrier, sample: Sample) -> None:
    assert {sample.header} - {""} <= carrier.proof_headers


def test_header_names_are_matched_whatever_their_case(carrier: Carrier, sample: Sample) -> None:
    headers = {name.title(): value for name, value in sample.request.headers.items()}
    carrier.verify(replace(sample.request, headers=headers), sample.secrets(), NOW)


def test_errors_never_hold_a_secret_or_the_message(carrier: Carrier, sample: Sample) -> None:
    with pytest.raises(BadSignature) as caught:
        carrier.verify(sample.request, sample.secrets("wrong-secret"), NOW)
    assert "secret" not in str(caught.value)
    assert "123456" not in str(caught.value)
