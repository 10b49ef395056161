"""What mischief is done to a send: decided here without a database, the same for the same seed and the same sends.

A rule says to which sends it may happen, and how often; `Effects` say what happens. The dice of a rule are thrown for
each send that it fits, from its seed, its name and how many it has seen, so that no rule changes the luck of another.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationError

from inbox.api.schemas import Input
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import CapturedMessage, StateChange
from inbox.sandbox.problems.refusal import Refusal

RATE_LIMIT, UNAVAILABLE = "rate_limit", "unavailable"
"""Refusals that every carrier has."""
AGAIN, LOST = StateChange.Call.AGAIN, StateChange.Call.LOST
HEADER = "x-sandbox-mischief"
"""The request header that says what happens to one send, as JSON, in place of the project's rules."""
MOST_LATENCY = 30_000  # ms
MOST_DELAY = 3_600_000  # ms
Outcome = Literal["", "undelivered", "failed"]
Receipt = Literal["doubled", "reordered", "missing", "lost"]
OUTCOMES, RECEIPTS = get_args(Outcome)[1:], get_args(Receipt)
_RECEIPTS_MEAN = (
    "`doubled`: each twice; `reordered`: the last one first; `missing`: the last one never comes, and the message "
    "stays on its way; `lost`: the message goes on, and no callback arrives"
)
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$", max_length=40)]


class Effects(Input):
    """What happens to a send; what is left out is as usual."""

    latency_ms: Annotated[
        int, Field(ge=0, le=MOST_LATENCY, description="The answer comes so much later", examples=[500])
    ] = 0
    refuse: Annotated[
        Code,
        Field(description="`rate_limit`, `unavailable`, or a carrier's code: the send is refused with it"),
    ] = ""
    outcome: Annotated[Outcome, Field(description="What becomes of the message")] = ""
    error: Annotated[Code, Field(description="The carrier's code for that; without one, its usual one")] = ""
    receipt_delay_ms: Annotated[
        int, Field(ge=0, le=MOST_DELAY, description="Each receipt comes so much later")
    ] = 0
    receipts: Annotated[list[Receipt], Field(max_length=4, description=_RECEIPTS_MEAN)] = []

    def check(self, carrier: str) -> None:
        """Raise `ValueError` for codes that a carrier does not have; "" is any carrier."""
        known: Mapping[str, Refusal] = CARRIERS[carrier].refusals if carrier else {}
        failures: Mapping[str, str] = CARRIERS[carrier].failures if carrier else {}
        if self.refuse not in {"", RATE_LIMIT, UNAVAILABLE, *known}:
            raise ValueError(
                f"refuse: {_list_known(self.refuse, carrier, [RATE_LIMIT, UNAVAILABLE, *known])}"
            )
        if self.error and not self.outcome:
            raise ValueError("error: only with an outcome")
        if self.error not in {"", *failures}:
            raise ValueError(f"error: {_list_known(self.error, carrier, failures)}")

    @property
    def any(self) -> bool:
        """Whether anything happens."""
        return self != Effects()


NONE = Effects()


@dataclass(frozen=True, slots=True)
class Rule:
    """To which sends something happens; `seen` and `done` count those that it fitted, and those that it happened to."""

    name: str
    effects: Effects
    carrier: str = ""
    recipient: str = ""
    chance: float = 1.0
    times: int | None = None
    seed: int = 0
    seen: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a send; the rules that were asked, of which the last one caused it if `caused`."""

    effects: Effects
    asked: Sequence[Rule] = ()
    caused: bool = False


def decide(rules: Iterable[Rule], carrier: str, recipient: str) -> Decision:
    """The first rule that fits a send, has not happened often enough, and whose dice fall, decides."""
    asked: list[Rule] = []
    for rule in rules:
        if not fits(rule, carrier, recipient):
            continue
        asked.append(rule)
        spent = rule.times is not None and rule.done >= rule.times
        if not spent and throw_dice(rule) < rule.chance:
            return Decision(rule.effects, asked, caused=True)
    return Decision(NONE, asked)


def fits(rule: Rule, carrier: str, recipient: str) -> bool:
    """Whether a rule is about a send: `*` in its recipient is any text."""
    if rule.carrier not in ("", carrier):
        return False
    return not rule.recipient or matches(rule.recipient, recipient)


def matches(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern with `*` says, in linear time."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    # The earliest place of a part leaves the most room for those after it, so nothing is tried twice
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def throw_dice(rule: Rule) -> float:
    """A number from 0 to 1 for the send that a rule sees next."""
    # A new generator for each throw: the luck depends on these three and on nothing that happened before
    return random.Random(f"{rule.seed} {rule.name} {rule.seen}").random()  # noqa: S311  (no secret)


def read_header(text: str, carrier: str) -> Effects:
    """What a request's header says; raises `ValueError`."""
    try:
        effects = Effects.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "JSON"
        raise ValueError(f"{HEADER}: {where}: {first['msg']}") from None
    try:
        effects.check(carrier)
    except ValueError as error:
        raise ValueError(f"{HEADER}: {error}") from None
    return effects


def change_draft(draft: Draft, effects: Effects) -> Draft:
    """A message with the receipts that it gets."""
    after = _end_otherwise(draft, effects) if effects.outcome else list(draft.after)
    # First of all: what never comes cannot be doubled
    if "missing" in effects.receipts:
        after = [one for one in after if one.state in CapturedMessage.UNFINISHED]
    if "lost" in effects.receipts:
        after = [replace(one, call=LOST) for one in after if one.call is not AGAIN]
    else:
        after = _reorder(after) if "reordered" in effects.receipts else after
        after = (
            [twice for one in after for twice in _double_call(one)]
            if "doubled" in effects.receipts
            else after
        )
    late = timedelta(milliseconds=effects.receipt_delay_ms)
    return replace(draft, after=tuple(replace(one, delay=one.delay + late) for one in after))


def _end_otherwise(draft: Draft, effects: Effects) -> list[NextState]:
    """The states of a message that ends otherwise; one that failed was never sent."""
    end = State(effects.outcome)
    error = effects.error or next(iter(CARRIERS[draft.carrier].failures), "")
    body = draft.write_receipt(end, error) if draft.write_receipt else ""
    found = []
    for one in draft.after:
        if one.state in CapturedMessage.UNFINISHED:
            found += [one] if end is State.UNDELIVERED or one.state is not State.SENT else []
        elif one.call is not AGAIN:  # that would tell of another part
            found.append(replace(one, state=end, body=body, error=error))
    return found


def _reorder(after: list[NextState]) -> list[NextState]:
    """The same states, and only then their callbacks: the last one first."""
    silent = [replace(one, call=None) for one in after if one.call is not AGAIN]
    return [*silent, *(replace(one, call=AGAIN) for one in reversed(after) if one.call is not None)]


def _double_call(one: NextState) -> list[NextState]:
    return [one] if one.call is None else [one, replace(one, call=AGAIN)]


def _list_known(code: str, carrier: str, known: Iterable[str]) -> str:
    whose = carrier or "every carrier"
    return f"{code!r} is not a code of {whose}: one of {', '.join(known) or 'none'}"
