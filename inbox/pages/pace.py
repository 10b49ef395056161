"""Quiet and busy: how much a number receives.

*Quiet* is a number that had no message within the hour, *busy* one that had `BUSY` or more; between them is neither.
Nothing is counted: for a number that received something within the hour, the tenth newest message is looked up, in
the index that its page uses, so that it takes the same time however many messages there are.
"""

from datetime import timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.models import Message
from numbers.models import Number

WITHIN = timedelta(hours=1)
BUSY = 10

PACES = {
    "quiet": _("low: no messages in the last hour"),
    "busy": _("high: ten or more messages in the last hour"),
}
"""The choices of the filter."""


def only(pace: str, numbers: QuerySet[Number]) -> QuerySet[Number]:
    """Return those of the numbers that are quiet, or busy."""
    since = timezone.now() - WITHIN
    if pace == "quiet":
        return numbers.filter(Q(last_message_at=None) | Q(last_message_at__lt=since))
    newest = Message.objects.filter(number=OuterRef("pk"), expires_at__gt=Now()).order_by("-id")
    tenth = Subquery(newest.values("received_at")[BUSY - 1 : BUSY])
    return numbers.filter(last_message_at__gte=since).alias(tenth=tenth).filter(tenth__gte=since)
