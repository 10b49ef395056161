"""Whether an adapter verifies a request, and every change of one bit."""

from collections.abc import Iterator

from numbers.carriers.contract import Carrier, Request, Secrets
from numbers.carriers.errors import BadSignature, CannotVerify
from tests.carriers.samples import NOW


def verifies(carrier: Carrier, request: Request, secrets: Secrets) -> bool:
    try:
        carrier.verify(request, secrets, NOW)
    except (BadSignature, CannotVerify):
        return False
    return True


def flips(raw: bytes) -> Iterator[bytes]:
    """Every way to change one bit."""
    for place in range(len(raw)):
        for bit in range(8):
            yield raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
