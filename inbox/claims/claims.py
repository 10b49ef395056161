"""Makes, finds, drops and forgets claims."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from inbox.claims.models import Claim
from inbox.live.access import Grant
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import MessageFilter
from tempsms.lib import postgres

SHORTEST, USUAL, LONGEST = timedelta(seconds=1), timedelta(minutes=10), timedelta(hours=1)
MOST_OPEN, MOST_KEPT = 200, 1000
"""Open claims of one owner: each message is compared with all of them, by patterns that may take a millisecond each.
And those of them that have expired since, which are looked at until they are forgotten."""
# who comes back late still learns what became of a claim
_KEPT = timedelta(minutes=10)
_DRAW = "SELECT nextval('inbox_message_id_seq')"
_FIND = """
SELECT claim.id, claim.after_id, extract(epoch FROM claim.expires_at - now()),
    number.number_id, number.e164, claim.rental_id
FROM claims_claim claim
JOIN numbers_receiving number ON number.number_id = claim.number_id AND number.shown
WHERE claim.key = %s AND claim.owner = %s AND NOT claim.dropped AND (
    claim.rental_id IN (SELECT id FROM numbers_running_rental) OR claim.rental_id IS NULL AND number.has_public_page)
"""


class TooManyClaims(Exception):
    """The owner has `MOST_OPEN` claims that wait for a message, or `MOST_KEPT` that had to do without."""


@dataclass(frozen=True, slots=True)
class LiveClaim:
    """A claim at whose inbox messages may be waited for now."""

    id: int
    after_id: int
    seconds_left: float
    inbox: Inbox


def create(owner: str, inbox: Inbox, wanted: MessageFilter, lasts: timedelta) -> Claim:
    """Claim the next message of an inbox that matches, of those that arrive from now on. Raises `TooManyClaims`."""
    with transaction.atomic():
        without = Claim.objects.filter(owner=owner, message_id=None)
        counted = without.aggregate(open=Count("pk", filter=Q(expires_at__gt=Now())), kept=Count("pk"))
        if counted["open"] >= MOST_OPEN or counted["kept"] >= MOST_KEPT:
            raise TooManyClaims
        after_id = _draw_id()
        claim = Claim.objects.create(
            owner=owner,
            number_id=inbox.number_id,
            rental_id=inbox.rental_id,
            sender=wanted.sender,
            match=wanted.match,
            needs_code=wanted.needs_code,
            after_id=after_id,
            examined_id=after_id,
            expires_at=Now() + lasts,
        )
    claim.refresh_from_db()
    return claim


def find_open(owner: str) -> QuerySet[Claim]:
    """An owner's claims that have no message yet and have not expired."""
    return Claim.objects.select_related("number").filter(owner=owner, message_id=None, expires_at__gt=Now())


def drop(claim: Claim) -> None:
    """End a claim: what comes is for others, what it has got is not."""
    # one that gets its message at this very moment keeps its row
    if not Claim.objects.filter(pk=claim.pk, message_id=None).delete()[0]:
        Claim.objects.filter(pk=claim.pk).update(dropped=True)


def forget() -> int:
    """Delete claims that nobody can ask for any more; return how many.

    Those with a message stay until every claim that is older than it is gone, or another one would get it.
    """
    over = Claim.objects.filter(message_id=None, expires_at__lt=Now() - _KEPT)
    done = Claim.objects.filter(matched_at__lt=Now() - 2 * LONGEST - _KEPT)
    return over.delete()[0] + done.delete()[0]


async def find(owner: str, key: UUID) -> LiveClaim | None:
    """Return an owner's claim, if its inbox can be read now. Raises `postgres.Unavailable`."""
    async with postgres.connection() as asynchronous:
        row = await (await asynchronous.execute(_FIND, [key, owner])).fetchone()
    return LiveClaim(row[0], row[1], float(row[2]), Inbox(*row[3:])) if row else None


async def find_inbox(owner: str, key: UUID) -> Grant | None:
    """Return the inbox of an owner's claim, if it can be read now."""
    claim = await find(owner, key)
    return Grant(claim.inbox) if claim else None


def _draw_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_DRAW)
        (drawn,) = cursor.fetchone() or (0,)
    return int(drawn)
