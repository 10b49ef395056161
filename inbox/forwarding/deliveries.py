"""Writes the deliveries of stored messages: what each rule makes of them.

They are written by the outbox, in the transaction that deletes the batch that was stored with the messages: so no
message is missed, whatever is killed, and storing messages costs nothing more. A rule and a message have one delivery;
its sequence is given out under a lock on its target, in order of arrival.
"""

from datetime import datetime
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models.functions import Now

from inbox.forwarding.models import Delivery, Rule, Target
from inbox.messages import queries
from inbox.messages.matching import is_from
from inbox.messages.views import MessageView

MOST = 10_000
"""Messages that one replay covers, the newest ones."""
_CODES = {"any": Rule.Codes.ANY, "with": Rule.Codes.WITH}

_IS_WHOLE = "(rule.whole OR rule.rental_id IS NOT NULL)"
# a sender as people may write it: +44 7700 900123, 0044 (7700) 900-123
_PLAIN = r"regexp_replace(lower({}), '^\s*(\+|00)|[\s()./-]+', '', 'g')"
# Three ways to find a rule, each with an index of its own. What is withheld from public pages, or belongs to a rental,
# is nothing that the rules of a number pass on.
_MATCHES = f"""
SELECT rule.id AS rule_id, rule.target_id, m.id AS message_id, m.expires_at
FROM (
    SELECT m.*, rule.id AS rule_id FROM messages m JOIN forwarding_rule rule ON rule.rental_id = m.rental_id
    UNION ALL
    SELECT m.*, rule.id FROM messages m JOIN forwarding_rule rule ON rule.number_id = m.number_id
    WHERE m.rental_id IS NULL AND m.withheld = ''
    UNION ALL
    SELECT m.*, rule.id FROM messages m JOIN forwarding_rule rule
        ON rule.number_id IS NULL AND rule.rental_id IS NULL
    WHERE m.rental_id IS NULL AND m.withheld = ''
) m
JOIN forwarding_rule rule ON rule.id = m.rule_id
JOIN forwarding_target target ON target.id = rule.target_id
WHERE rule.enabled AND m.direction = 'in' AND m.expires_at > now()
    AND (m.public OR {_IS_WHOLE})
    AND (NOT {_IS_WHOLE}
        OR (rule.sender = '' OR {_PLAIN.format("m.sender")} = {_PLAIN.format("rule.sender")})
        AND (rule.text = '' OR strpos(lower(m.body), lower(rule.text)) > 0))
    AND (rule.codes = %(any)s OR (rule.codes = %(with)s) = (m.code_confidence IS NOT NULL))
"""  # noqa: S608  (our own text)
_OF_BATCH = f"""
WITH messages AS (SELECT * FROM inbox_message WHERE id = ANY(%(messages)s))
{_MATCHES} AND target.enabled AND m.received_at >= rule.created_at
"""  # noqa: S608  (our own text)
_OF_RANGE = f"""
WITH messages AS (
    SELECT m.* FROM inbox_message m JOIN forwarding_rule rule ON rule.id = %(rule)s
    WHERE m.received_at >= %(since)s AND m.received_at < %(until)s
        AND (rule.number_id IS NULL OR m.number_id = rule.number_id)
        AND m.rental_id IS NOT DISTINCT FROM rule.rental_id
    ORDER BY m.id DESC LIMIT %(most)s
)
{_MATCHES} AND rule.id = %(rule)s
"""  # noqa: S608
_NOT_OTHERS = """(found.rule_id, found.message_id) NOT IN (
        SELECT * FROM unnest(%(other_rules)s::bigint[], %(other_messages)s::bigint[]))"""
_WRITE = """
WITH found AS ({matches}), fresh AS (
    SELECT found.*, row_number() OVER (PARTITION BY target_id ORDER BY message_id, rule_id) AS place
    FROM found
    WHERE NOT EXISTS (
        SELECT FROM forwarding_delivery d WHERE d.rule_id = found.rule_id AND d.message_id = found.message_id)
    AND {not_others}
), counted AS (
    UPDATE forwarding_target target SET sequence = target.sequence + fresh.count
    FROM (SELECT target_id, count(*) FROM fresh GROUP BY target_id) fresh WHERE target.id = fresh.target_id
    RETURNING target.id, target.sequence - fresh.count AS before
)
INSERT INTO forwarding_delivery (key, rule_id, target_id, message_id, sequence, attempts, tries, outcome, status, note,
    log, due_at, created_at, expires_at)
SELECT gen_random_uuid(), rule_id, target_id, message_id, before + place, 0, 0, '', 0, '', '[]', now(), now(),
    expires_at
FROM fresh JOIN counted ON counted.id = fresh.target_id
ON CONFLICT (rule_id, message_id) DO NOTHING
"""
# Whoever is shown a redacted message must not learn from a filter what is redacted, so these are compared as shown
_TO_COMPARE = f"""
SELECT rule.id, found.message_id, rule.sender, rule.text
FROM ({{matches}}) found JOIN forwarding_rule rule ON rule.id = found.rule_id
WHERE NOT {_IS_WHOLE} AND (rule.sender <> '' OR rule.text <> '')
"""  # noqa: S608  (our own text)
_TARGETS = "SELECT DISTINCT target_id FROM ({matches}) found WHERE {not_others} ORDER BY 1"
_REPLAY = """
UPDATE forwarding_delivery d SET settled_at = NULL, outcome = '', tries = 0, due_at = now()
FROM ({matches}) found
WHERE d.rule_id = found.rule_id AND d.message_id = found.message_id AND d.settled_at IS NOT NULL
"""


def write_deliveries(message_ids: list[int]) -> int:
    """In a transaction: write what the rules make of stored messages, and wake a worker; return how many."""
    values = {"messages": message_ids, **_CODES}
    written = _write_found(_OF_BATCH, values)
    if written:
        transaction.on_commit(wake_worker, robust=True)
    return written


@transaction.atomic
def replay_range(rule_id: int, since: datetime, until: datetime) -> int:
    """Deliver again what a rule passed on of the messages of some time, and what it would have; return how many.

    Each delivery keeps its id. What waits for its next try is left alone.
    """
    values: dict[str, Any] = {"rule": rule_id, "since": since, "until": until, "most": MOST, **_CODES}
    with connection.cursor() as cursor:
        cursor.execute(_REPLAY.format(matches=_OF_RANGE), values)
        again: int = cursor.rowcount
    written = _write_found(_OF_RANGE, values)
    if again or written:
        transaction.on_commit(wake_worker, robust=True)
    return again + written


def replay_one(delivery: Delivery) -> bool:
    """Deliver again what was settled, under the same id; return whether it was."""
    settled = Delivery.objects.filter(pk=delivery.pk, settled_at__isnull=False)
    done = settled.update(settled_at=None, outcome="", tries=0, due_at=Now())
    if done:
        transaction.on_commit(wake_worker, robust=True)
    return bool(done)


def wake_worker() -> None:
    """Have deliveries made now; should that fail, beat does it within seconds."""
    current_app.send_task("inbox.forwarding.tasks.deliver", expires=30, retry=False)


def _write_found(matches: str, values: dict[str, Any]) -> int:
    others = _find_others(matches, values)
    values |= {
        "other_rules": [rule for rule, _ in others],
        "other_messages": [message for _, message in others],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TARGETS.format(matches=matches, not_others=_NOT_OTHERS), values)
        targets = [target for (target,) in cursor.fetchall()]
        if not targets:
            return 0
        # One order for all: no deadlocks. Not as a key: rules that are written meanwhile refer to it
        list(Target.objects.select_for_update(no_key=True).filter(pk__in=targets).order_by("pk").values("pk"))
        cursor.execute(_WRITE.format(matches=matches, not_others=_NOT_OTHERS), values)
        return int(cursor.rowcount)


def _find_others(matches: str, values: dict[str, Any]) -> list[tuple[int, int]]:
    """Find the pairs of rule and message whose filter does not match what the rule's owner may read."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_COMPARE.format(matches=matches), values)
        rows = cursor.fetchall()
    found = queries.whole_by_id([message_id for _, message_id, *_ in rows]) if rows else {}
    shown = {message_id: message.public() for message_id, (_, message) in found.items()}
    return [
        (rule_id, message_id)
        for rule_id, message_id, sender, text in rows
        if message_id not in shown or not _matches_shown(shown[message_id], sender, text)
    ]


def _matches_shown(view: MessageView, sender: str, text: str) -> bool:
    if sender and not is_from(sender, view.sender):
        return False
    body = view.body
    for start, end in reversed(view.code_spans):  # codes are not searched
        body = body[:start] + body[end:]
    return text.lower() in body.lower()
