"""Mischief in what a captured carrier is asked to send: as the request's own header says, or the project's rules."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from inbox.live.endings import ended_with_server
from inbox.sandbox import mischief, mischief_rules
from inbox.sandbox.messages import Draft
from inbox.sandbox.mischief import Effects
from inbox.sandbox.models import Project


@dataclass(frozen=True, slots=True)
class Meddled:
    """Messages as they go on, or why they are refused; and how many seconds late that is answered."""

    drafts: Sequence[Draft]
    late: float
    refused_with: str


class _Pause:
    """What ends a pause early."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    def end(self) -> None:
        """Pause no longer."""
        self.over.set()


def meddle(project: Project, drafts: Sequence[Draft], header: str | None) -> Meddled:
    """What becomes of messages that are about to be sent together; raises `ValueError` for a wrong header.

    They are refused together, if one of them is.
    """
    chosen = [_choose_effects(project, draft, header) for draft in drafts]
    changed = [mischief.change_draft(draft, effects) for draft, effects in zip(drafts, chosen, strict=True)]
    # They are answered together, so the slowest of them decides
    late = max((effects.latency_ms for effects in chosen), default=0) / 1000
    return Meddled(changed, late, next((effects.refuse for effects in chosen if effects.refuse), ""))


async def pause(seconds: float) -> None:
    """Wait, unless the server ends."""
    if seconds <= 0:
        return
    pausing = _Pause()
    with ended_with_server(pausing), suppress(TimeoutError):
        await asyncio.wait_for(pausing.over.wait(), seconds)


def _choose_effects(project: Project, draft: Draft, header: str | None) -> Effects:
    if header is not None:
        return mischief.read_header(header, draft.carrier)
    return mischief_rules.choose(project, draft.carrier, draft.recipient)
