"""`GET .../Messages.json`: the messages of a project, newest first, by page and filter."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import refuse
from inbox.capture.twilio.paging import MOST, USUAL, read_count
from inbox.capture.twilio.resources import describe_page
from inbox.sandbox.models import CapturedMessage, Project


def list_messages(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of messages; raises `TwilioError` for a filter that is none."""
    query = {name: values[0] for name, values in request.query.items()}
    found = CapturedMessage.objects.filter(project=project, carrier="twilio").order_by("-pk")
    # Verify's are not the account's own
    found = found.exclude(details__has_key="verification")
    if to := query.get("To"):
        found = found.filter(recipient=_check_text(to))
    if sender := query.get("From"):
        found = found.filter(sender=_check_text(sender))
    found = _filter_by_day(found, query)
    size = read_count(query, "PageSize", USUAL, 1, MOST)
    page = read_count(query, "Page", 0, 0, 10**6)
    if token := query.get("PageToken"):
        # A page begins after a message, so that what comes meanwhile moves nothing
        last = CapturedMessage.objects.filter(
            project=project, carrier="twilio", ref=_check_text(token).removeprefix("PA")
        ).first()
        if last is None:
            raise refuse(20001, "The PageToken is not valid, or its message has been deleted")
        found = found.filter(pk__lt=last.pk)
    # One more than asked for: it says whether there is another page
    messages = list(found[: size + 1])
    return describe_page(request.parts["sid"], messages[:size], query, page, size, len(messages) > size)


def _filter_by_day(found: "QuerySet[CapturedMessage]", query: dict[str, str]) -> "QuerySet[CapturedMessage]":
    """Messages sent on a day, until its end, or from its beginning on; a time stands for itself."""
    if text := query.get("DateSent"):
        begin, end = _read_span(text)
        found = found.filter(sent_at__gte=begin, sent_at__lt=end)
    if text := query.get("DateSent<"):
        found = found.filter(sent_at__lt=_read_span(text)[1])
    if text := query.get("DateSent>"):
        found = found.filter(sent_at__gte=_read_span(text)[0])
    return found


def _read_span(text: str) -> tuple[datetime, datetime]:
    """The beginning of a day and of the next one; of a time itself and the next second."""
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        # SDKs write a day as its midnight
        return at, at + (timedelta(seconds=1) if at.time() != time() else timedelta(days=1))
    except (ValueError, OverflowError):
        raise refuse(20001, "DateSent is not a date like 2026-01-31") from None


def _check_text(text: str) -> str:
    if "\0" in text:
        raise refuse(20001, "a parameter contains a NUL character")
    return text
