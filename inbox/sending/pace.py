"""How fast senders may send: each message gets a turn of its own."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from numbers.carriers.leasing import Kind

PER_SECOND: Mapping[str, int] = {
    Kind.LOCAL: 1,
    Kind.MOBILE: 1,
    Kind.NATIONAL: 1,
    Kind.TOLL_FREE: 3,
    Kind.SHORT_CODE: 100,
    Kind.ALPHANUMERIC: 10,
}
"""Messages a second, as US carriers have it for a number without a throughput of its own:
https://help.twilio.com/articles/115002943027"""
# One statement, so that workers who ask at the same time get turns one after another. A sender that was
# silent has not saved up turns: it begins anew at now()
_TAKE = """
INSERT INTO sending_senderpace (account_id, sender, next_at)
VALUES (%(account)s, %(sender)s, now() + %(count)s * %(step)s * interval '1 second')
ON CONFLICT (account_id, sender) DO UPDATE
    SET next_at = greatest(sending_senderpace.next_at, now()) + %(count)s * %(step)s * interval '1 second'
RETURNING next_at - %(count)s * %(step)s * interval '1 second'
"""


def take_turns(account_id: int, sender: str, per_second: int, count: int) -> datetime:
    """Take a sender's next turns, one after another; return when the first one is."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE, {"account": account_id, "sender": sender, "count": count, "step": 1 / per_second}
        )
        (at,) = cursor.fetchone() or (None,)
    assert isinstance(at, datetime)
    return at
