"""Why messages are kept off a public page, in words for people."""

from collections import Counter

from django.db import connection
from django.utils.translation import gettext, gettext_noop

from inbox.models import Rule

REASONS = {
    "bank": gettext_noop("Banking"),
    "payment": gettext_noop("Payments"),
    "health": gettext_noop("Health"),
    "government": gettext_noop("Government"),
    "recovery": gettext_noop("Account recovery"),
    "link": gettext_noop("Sign-in or password reset links"),
}
REPORTED = gettext_noop("Reported by visitors")
RULED = gettext_noop("Rules of this site")

_WITHHELD = """
SELECT withheld, count(*) FROM inbox_message
WHERE number_id = %s AND withheld <> '' AND expires_at > now() GROUP BY withheld
"""


def count_by_reason(number_id: int) -> list[tuple[str, int]]:
    """Count the messages withheld from a number's public page by reason, in words."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHHELD, [number_id])
        found: dict[str, int] = dict(cursor.fetchall())
    counts: Counter[str] = Counter()
    by_rules = any(category.startswith("rule:") for category in found)
    rules = (
        {f"rule:{pk}": reason for pk, reason in Rule.objects.values_list("pk", "reason")} if by_rules else {}
    )
    for category, count in found.items():
        reported = category.startswith("report:")
        ours = REPORTED if reported else REASONS.get(category, "" if category in rules else RULED)
        # a rule's reason is in its author's words, unless it is the one that rules have from the start
        counts[gettext(ours or rules[category])] += count
    return counts.most_common()
