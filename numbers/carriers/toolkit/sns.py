"""Signatures and subscriptions of Amazon SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.

The certificate is fetched once from the address that the message names, if that is one of SNS's own. Its dates are
not checked: SNS takes a new one each year, and the address, over TLS, is what makes it SNS's.
"""

import base64
import binascii
import re
import time
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from numbers.carriers.errors import BadSignature, CannotVerify, Unparsable

_SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_ONLY_CONFIRMATIONS = ("SubscribeURL", "Token")
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
_ADDRESS = re.compile(r"https://sns\.[a-zA-Z0-9-]{3,}\.amazonaws\.com(\.cn)?/[A-Za-z0-9._-]+\.pem")
_SUBSCRIBE = re.compile(r"https://sns\.[a-zA-Z0-9-]{3,}\.amazonaws\.com(\.cn)?/\?[!-~]{1,2000}")
_PAUSE = 10.0  # seconds between fetches: nobody makes us fetch at will

_http = httpx.Client(timeout=3.0, follow_redirects=False)
_last_fetch = -_PAUSE
known_keys: dict[str, RSAPublicKey] = {}


def check(payload: Mapping[str, Any]) -> None:
    """Raise `BadSignature` unless SNS signed this message."""
    algorithm = _HASHES.get(str(payload.get("SignatureVersion")))
    address = str(payload.get("SigningCertURL") or payload.get("SigningCertUrl") or "")
    if algorithm is None:
        raise BadSignature("unknown algorithm")
    if not _ADDRESS.fullmatch(address):
        raise BadSignature("a certificate from elsewhere")
    given = str(payload.get("Signature"))
    try:
        signature = base64.b64decode(given, validate=True)
        # The last character of base64 has loose bits: only its canonical spelling is taken
        if base64.b64encode(signature).decode() != given:
            raise BadSignature("signature")
        public_key(address).verify(signature, _signed_bytes(payload), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, ValueError):
        raise BadSignature("signature") from None


def _signed_bytes(payload: Mapping[str, Any]) -> bytes:
    """Names and values, a line each, of the fields that the type has."""
    notification = payload.get("Type") == "Notification"
    names = [name for name in _SIGNED if not (notification and name in _ONLY_CONFIRMATIONS)]
    # A subject of null is left out like a missing one
    lines = [f"{name}\n{payload[name]}\n" for name in names if payload.get(name) is not None]
    return "".join(lines).encode(errors="replace")


def confirm(address: str) -> None:
    """Open the confirmation address of a subscription request if it is one of SNS's own; may be repeated safely."""
    if not _SUBSCRIBE.fullmatch(address):
        raise Unparsable("the request asks for confirmation at an address that is not one of SNS")
    try:
        response = _http.get(address)
    except httpx.HTTPError as error:
        raise CannotVerify(f"the subscription could not be confirmed: {type(error).__name__}") from None
    if response.is_server_error or response.status_code == 429:
        raise CannotVerify(f"the subscription could not be confirmed: HTTP {response.status_code}")
    if not response.is_success:
        raise Unparsable(f"SNS did not accept the confirmation: HTTP {response.status_code}")


def public_key(address: str) -> RSAPublicKey:
    """The key of a certificate at SNS, fetched once and kept.

    Raises `BadSignature` if there is none at the address, `CannotVerify` if SNS cannot be asked now.
    """
    global _last_fetch
    if address in known_keys:
        return known_keys[address]
    now = time.monotonic()
    if now - _last_fetch < _PAUSE:
        raise CannotVerify("a certificate was asked for a moment ago")
    _last_fetch = now
    try:
        response = _http.get(address)
    except httpx.HTTPError as error:
        raise CannotVerify(f"the certificate could not be had: {type(error).__name__}") from None
    if response.is_server_error or response.status_code == 429:
        raise CannotVerify(f"the certificate could not be had: HTTP {response.status_code}")
    try:
        key = x509.load_pem_x509_certificate(response.content).public_key() if response.is_success else None
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise BadSignature("the certificate could not be had")
    known_keys[address] = key
    return key
