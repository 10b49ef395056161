"""Messages with files, and where their carrier has them."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from django.db import connection

from inbox.models import Message
from numbers.models import Rental
from tests.carrier_side import TOKEN
from tests.factories import make_account, make_message
from tests.far_side import OPEN

SID, OTHER_SID = "AC" + "a" * 32, "AC" + "b" * 32
API = "https://api.twilio.com/2010-04-01/Accounts"
FILE = f"{API}/{SID}/Messages/MM1/Media/ME1"
CDN = "https://mms.twiliocdn.com/AC/1?Expires=1&Signature=s"
TWILIO_LOGIN = "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()


async def in_thread(make: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """What Django's ORM makes, in a thread that gives its connection back."""

    def run() -> Any:
        try:
            return make(*args, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def receive(rental: Rental, *urls: str, kind: str = "image/png", **changes: Any) -> Message:
    """A message with files, as ingest stores it."""
    files = [{"url": url, "content_type": kind} for url in urls]
    values = {"public": False, "rental_id": rental.pk, "media": files}
    return make_message(rental.number.leases.get(), "Look", **{**values, **changes})


def open_file(page: str, rental: Rental, url: str = OPEN, **changes: Any) -> str:
    """The path of a file that needs no login."""
    account = make_account(carrier="telnyx", secrets={"public_key": "k"})
    return f"{page}messages/{receive(rental, url, account=account, **changes).pk}/media/0/"
