"""What a delivery carries: its message as the rule's owner may read it, read from its row for each attempt.

Nothing of it is kept: a code that has expired by then is blank, and what was deleted, withheld or is no longer the
owner's to read is not delivered.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from django.db import connection

from inbox.forwarding.models import Delivery, Rule
from inbox.messages import code_cutting, queries, sealed_text
from inbox.messages.inboxes import Inbox
from inbox.messages.resource import as_resource
from inbox.messages.views import Code, MessageView, WholeMessage, rfc3339

SAMPLE_INBOX = Inbox(0, "+15005550006")
SAMPLE = "Your tempsms code is 123456. This is a test."
EXCERPT = 200
"""Characters of an answer that the log keeps."""
_REPEATED = 12  # letters and digits; fewer are in any answer
# Why a delivery's message may not be read now; empty if it may
_REASON = """
CASE
    WHEN d.message_id IS NULL THEN ''
    WHEN NOT rule.enabled THEN 'the forward is disabled'
    WHEN m.id IS NULL THEN 'the message has been deleted'
    WHEN rule.rental_id IS NOT NULL AND running.id IS NULL THEN 'the rental has ended'
    WHEN m.rental_id IS DISTINCT FROM rule.rental_id OR m.received_at < lower(running.during)
        OR m.number_id <> coalesce(rule.number_id, m.number_id) THEN 'the message is not the forward''s to pass on'
    WHEN rule.owner LIKE 'key:%%' AND NOT EXISTS (
        SELECT FROM api_apikey key WHERE key.id = substr(rule.owner, 5)::bigint AND key.revoked_at IS NULL
            AND (key.expires_at IS NULL OR key.expires_at > now()) AND (NOT key.bound OR EXISTS (
                SELECT FROM api_apikey_numbers own WHERE own.apikey_id = key.id AND own.number_id = m.number_id))
    ) THEN 'the key that made the forward may not read it any more'
    WHEN m.withheld <> '' THEN 'the message has been withheld'
    WHEN rule.rental_id IS NULL AND NOT m.public AND NOT rule.whole THEN 'the message is not public'
    ELSE ''
END
"""
_READ = f"""
SELECT d.id, d.message_id, rule.whole OR rule.rental_id IS NOT NULL, rule.codes, rule.code_in_subject, {_REASON}
FROM forwarding_delivery d JOIN forwarding_rule rule ON rule.id = d.rule_id
LEFT JOIN inbox_message m ON m.id = d.message_id AND m.expires_at > now()
LEFT JOIN numbers_running_rental running ON running.id = rule.rental_id
WHERE d.id = ANY(%s)
"""  # noqa: S608  (our own text)


@dataclass(frozen=True, slots=True)
class Content:
    """A message as it is delivered, or the reason why it is not."""

    view: MessageView | None
    reason: str = ""
    inbox: Inbox = SAMPLE_INBOX
    code_in_subject: bool = False

    def payload(self, delivery: Delivery, now: datetime) -> bytes:
        """What a webhook gets."""
        assert self.view
        message = as_resource(self.view.as_json(), self.inbox.rental_id)
        event = {
            "type": "message.test" if delivery.is_test else "message.received",
            "timestamp": rfc3339(now),
            "data": {
                "delivery": delivery.public_id,
                "sequence": delivery.sequence,
                "forward": delivery.rule_id,
                "message": message,
            },
        }
        return orjson.dumps(event)


def read(delivery_ids: list[int]) -> dict[int, Content]:
    """What each delivery carries now."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [delivery_ids])
        rows = cursor.fetchall()
    wanted = [message_id for _, message_id, *_, reason in rows if message_id and not reason]
    found = queries.whole_by_id(wanted)
    return {row[0]: _make_content(found, *row[1:]) for row in rows}


def _make_content(
    found: dict[int, tuple[Inbox, WholeMessage]],
    message_id: int | None,
    whole: bool,
    codes: str,
    subject: bool,
    reason: str,
) -> Content:
    if reason:
        return Content(None, reason)
    # it may have been deleted between the two statements
    inbox, message = (
        found.get(message_id, (SAMPLE_INBOX, None)) if message_id else (SAMPLE_INBOX, make_sample())
    )
    if message is None:
        return Content(None, "the message has been deleted")
    # Without its code the message is of no use to whoever asked for codes
    if message_id and codes == Rule.Codes.WITH and message.sealed_until is None:
        return Content(None, "its code has expired")
    return Content(message.for_holder() if whole else message.public(), "", inbox, subject)


def make_sample() -> WholeMessage:
    """The message of a test."""
    now = datetime.now(UTC)
    start = SAMPLE.index("123456")
    return WholeMessage(
        id=0,
        number=SAMPLE_INBOX.e164,
        direction="in",
        sender="tempsms",
        body=SAMPLE,
        received_at=now,
        segments=1,
        encoding="GSM-7",
        code=Code("123456", 1.0, "test"),
        code_spans=((start, start + 6),),
        sealed_spans=((start, start + 6),),
        sealed_sender_spans=(),
        sealed_until=now + timedelta(minutes=10),
        flags=["test"],
        media=[],
    )


def make_excerpt(answer: bytes, view: MessageView, secrets: list[str]) -> str:
    """The beginning of an answer for the log: without codes, without our secrets, and nothing that repeats the message.

    Servers that answer with what they got are common, and the log must not keep what the message's row does not.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in answer.decode("utf-8", "replace")).split())
    if _repeats(text, view) or any(secret in text for secret in secrets):
        return "(the answer repeats what was sent)"
    cut = code_cutting.cut(text[:EXCERPT], "")
    return sealed_text.redacted(cut.body, list(cut.cuts)).text[:EXCERPT]


def _repeats(text: str, view: MessageView) -> bool:
    """Whether an answer contains the code, or a stretch of the message, however it is escaped."""
    said = _keep_letters(text)
    if view.code and _keep_letters(view.code.value) in said:
        return True
    # JSON escapes what is not ASCII
    bodies = (
        _keep_letters(view.body),
        _keep_letters(orjson.dumps(view.body).decode()),
        _keep_letters(ascii(view.body)),
    )
    return any(
        body[start : start + _REPEATED] in said
        for body in bodies
        for start in range(0, max(1, len(body) - _REPEATED + 1), 4)
        if len(body) >= 4
    )


def _keep_letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()
