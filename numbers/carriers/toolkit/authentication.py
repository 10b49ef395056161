"""Proofs that a carrier sent a request, other than signatures of its own kind: JWTs, logins, our own tokens, ages."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import jwt
import orjson
from jwt.algorithms import HMACAlgorithm
from jwt.utils import base64url_encode

from numbers.carriers.contract import Request, Secrets, first_secret, secret_values, unix_seconds
from numbers.carriers.errors import BadSignature
from numbers.carriers.toolkit import forms, signatures

_HASHES = {"HS256": HMACAlgorithm.SHA256, "HS384": HMACAlgorithm.SHA384, "HS512": HMACAlgorithm.SHA512}
WINDOW = 300  # seconds that a signed time may be off, unless the carrier says otherwise


def keys(secrets: Secrets, name: str) -> list[str]:
    """All values of a secret; raises `BadSignature` when it is not set."""
    values = secret_values(secrets, name)
    if not values:
        raise BadSignature("no secret set")
    return values


def check_age(stated: str, now: float | datetime, window: int = WINDOW) -> None:
    """Raise `BadSignature` unless this Unix time, as text, is at most `window` seconds off."""
    # `isdigit` alone is true of the digits of every script
    if not (stated.isascii() and stated.isdigit() and len(stated) < 13):
        raise BadSignature("clock")
    if abs(int(stated) - unix_seconds(now)) > window:
        raise BadSignature("clock")


class _Hmac(HMACAlgorithm):
    """HMAC with a key of whatever length: the carrier chose it, and PyJWT would warn with each request."""

    def check_key_length(self, key: bytes) -> None:
        """Any will do."""


_JWS = jwt.PyJWS(algorithms=[])
for _name, _hash in _HASHES.items():
    _JWS.register_algorithm(_name, _Hmac(_hash))


def claims(token: str, secret: Sequence[str], algorithms: Sequence[str]) -> Mapping[str, Any]:
    """What a JWT (RFC 7519) signed by HMAC with one of the keys claims; times are left to `check_times`.

    Raises `BadSignature`. The last character of a signature has loose bits: only its canonical spelling is taken.
    """
    for key in secret:
        try:
            found = _JWS.decode_complete(token, key, algorithms)
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidAlgorithmError:
            raise BadSignature("algorithm") from None
        except (jwt.PyJWTError, ValueError, RecursionError):  # ValueError: it is not Unicode text
            raise BadSignature("no token") from None
        if token.rpartition(".")[2].encode() != base64url_encode(found["signature"]):
            break
        return _read_claims(found["payload"])
    raise BadSignature("signature")


def _read_claims(payload: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise BadSignature("no token") from None
    if not isinstance(found, dict):
        raise BadSignature("no token")
    return found


def write_token(found: Mapping[str, Any], secret: str) -> str:
    """A JWT that claims this, signed by HMAC-SHA256."""
    return _JWS.encode(orjson.dumps(found), secret, "HS256")


def check_times(found: Mapping[str, Any], now: float | datetime, leeway: int, needed: Iterable[str]) -> None:
    """Raise `BadSignature` unless the claims `nbf` and `exp` that there are, and all needed ones, hold now."""
    at = unix_seconds(now)
    if any(not isinstance(found.get(name), int | float) for name in needed):
        raise BadSignature("clock")
    # PyJWT compares with its own clock only, so times are compared here, with the clock of `verify`
    bounds = (found.get("nbf", at), found.get("exp", at + 1))
    if not all(isinstance(bound, int | float) for bound in bounds):
        raise BadSignature("clock")
    if not bounds[0] - leeway <= at < bounds[1] + leeway:
        raise BadSignature("clock")


def bearer(request: Request) -> str:
    """The token of an `Authorization: Bearer` header; raises `BadSignature` without one."""
    given = request.header("authorization")
    if not given.startswith("Bearer ") or given == "Bearer ":
        raise BadSignature("no signature")
    return given.removeprefix("Bearer ")


def check_login(request: Request, secrets: Secrets) -> None:
    """HTTP Basic with the account's `username` and `password`, each of which may have several values."""
    given = request.header("authorization")
    if not given:
        raise BadSignature("no signature")
    names, passwords = keys(secrets, "username"), keys(secrets, "password")
    if not signatures.matches(
        given, (_basic_header(name, password) for name in names for password in passwords)
    ):
        raise BadSignature("login")


def write_login(secrets: Secrets) -> Mapping[str, str]:
    """The header by which a carrier logs in with the account's `username` and `password`."""
    login = _basic_header(first_secret(secrets, "username"), first_secret(secrets, "password"))
    return {"authorization": login.decode()}


def check_token(request: Request, secrets: Secrets) -> None:
    """Our own `token` in the query of the address, for carriers that sign nothing.

    Only the token is compared, as bytes: the rest of the query, in whatever charset, is left to `parse`.
    """
    given = [value for name, value in forms.every_pair(forms.query(request.url)) if name == b"token"]
    if not any(given):
        raise BadSignature("no signature")
    tokens = [token.encode() for token in keys(secrets, "token")]
    if not any(hmac.compare_digest(one, token) for one in given for token in tokens):
        raise BadSignature("token")


def _basic_header(name: str, password: str) -> bytes:
    request = httpx.Request("GET", "https://x/")
    return next(httpx.BasicAuth(name, password).auth_flow(request)).headers["authorization"].encode()
