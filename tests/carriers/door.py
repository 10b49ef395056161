"""Samples of carriers, delivered through the same door as the real thing."""

import time

import httpx

from numbers.carriers.contract import Request
from numbers.models import Account
from tests.carriers import samples as carrier_samples
from tests.carriers.samples import RECIPIENT, Sample
from tests.factories import make_account, make_lease, make_number

KEY = "a-secret"


def make_account_at(carrier: str, number: str = RECIPIENT) -> Account:
    """An account that the carrier's samples are signed for, with a number of ours."""
    secrets = dict(carrier_samples.get(carrier, KEY).secrets())
    account = make_account(carrier=carrier, secrets=secrets)
    make_lease(make_number(number), account)
    return account


def sample_for(account: Account) -> Sample:
    """The carrier's sample, signed now for this account's address."""
    return carrier_samples.get(account.carrier, KEY, account.webhook_url, int(time.time()))


async def deliver(site: httpx.AsyncClient, request: Request) -> httpx.Response:
    """Send a request as it is."""
    return await site.request(
        request.method, request.url, content=request.body, headers=dict(request.headers)
    )
