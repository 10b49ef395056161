"""What this site withholds from public pages: the operator's rules, what was reported, and the product's own words.

The rules and the reports are read from the database every two seconds at most, so a change holds in every process
within that time, and nothing waits for it: while they are read again, messages are judged by what was known.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from inbox.codes import Code
from inbox.messages.redaction import visible
from inbox.models.report import Report
from inbox.safety.decide import LOOK_AT, decide
from inbox.text.patterns import BadPattern, Pattern, compile_rule
from tempsms.lib import postgres, vault

logger = logging.getLogger(__name__)

KNOWN_FOR = 2.0
# Descending, so that "withhold" comes before "show"
_RULES = "SELECT id, pattern, looks_at, effect FROM inbox_rule WHERE enabled ORDER BY effect DESC, id"
_REPORTED = """
SELECT DISTINCT ON (text_key) text_key, id FROM inbox_report
WHERE text_key IS NOT NULL AND state <> %s AND hidden ORDER BY text_key, id
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules ("withhold" before "show") as (id, pattern, looks at, effect), and reported texts by key."""

    rules: tuple[tuple[int, Pattern, str, str], ...] = ()
    reported: dict[str, int] | None = None

    def judge(self, text: str, sender: str, code: Code | None) -> str:
        """Return why public pages withhold a message: a category of `decide`, rule:<id>, report:<id>, or nothing."""
        if self.reported and (report := self.reported.get(text_key(text))):
            return f"report:{report}"
        if self.rules:
            looked_at = {"text": visible(text[:LOOK_AT]), "sender": visible(sender)}
            for rule, pattern, where, effect in self.rules:
                if pattern.search(looked_at[where]):
                    return f"rule:{rule}" if effect == "withhold" else ""
        return decide(text, sender, code).category


def text_key(text: str) -> str:
    """Return a keyed hash of a text including its code, in hex."""
    return vault.keyed_hash("reported text", text).hex()


class Policies:
    """The policy of one event loop, kept fresh."""

    def __init__(self) -> None:
        self._policy: Policy | None = None
        self._until = 0.0
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def current(self) -> Policy:
        """Return the policy, two seconds old at most; only the first call waits, and raises what PostgreSQL raises."""
        if self._policy is None:
            async with self._lock:
                if self._policy is None:
                    await self._load_policy()
        # Refreshed beside the messages: the one that finds it stale is judged by what is known
        elif time.monotonic() > self._until and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._refresh_policy())
        assert self._policy
        return self._policy

    async def close(self) -> None:
        """Wait for a refresh under way."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _refresh_policy(self) -> None:
        try:
            await self._load_policy()
        except postgres.Unavailable as error:
            logger.warning("rules could not be reloaded: %s", error)

    async def _load_policy(self) -> None:
        async with postgres.connection() as connection:
            rules = await (await connection.execute(_RULES)).fetchall()
            reported = await (await connection.execute(_REPORTED, [Report.State.REJECTED])).fetchall()
        self._policy = Policy(tuple(_compile_rules(rules)), {key.hex: report for key, report in reported})
        self._until = time.monotonic() + KNOWN_FOR


def _compile_rules(rules: list[tuple[int, str, str, str]]) -> Iterator[tuple[int, Pattern, str, str]]:
    """Compile the rules; an invalid one, which the admin would have refused, is skipped."""
    for rule, pattern, where, effect in rules:
        try:
            yield rule, compile_rule(pattern), where, effect
        except BadPattern:
            logger.error("rule %d is ignored: it is not a valid RE2 expression", rule)
