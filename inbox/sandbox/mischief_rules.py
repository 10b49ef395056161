"""The rules of a project's mischief: kept, and counted for each send."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.mischief import NONE, Effects, Rule, decide
from inbox.sandbox.models import MischiefRule, Project
from inbox.sandbox.models.mischief import LONGEST_NAME, NAME, WHAT_A_NAME_IS

MOST = 50


class TooMany(Exception):
    """The project has as many rules as it may have."""


def list_all(project: Project) -> "QuerySet[MischiefRule]":
    """A project's rules, in the order in which they are tried."""
    return MischiefRule.objects.filter(project=project).order_by("pk")


def choose(project: Project, carrier: str, recipient: str) -> Effects:
    """What happens to a send, which the rules that fit it have now seen."""
    own = list_all(project)
    # Most projects have no rules, and need no transaction and no locks for them
    if not own.exists():
        return NONE
    with transaction.atomic():
        # sends at the same time are seen one after another
        decision = decide(map(as_rule, own.select_for_update(no_key=True)), carrier, recipient)
        names = [rule.name for rule in decision.asked]
        own.filter(name__in=names).update(seen=F("seen") + 1)
        if decision.caused:
            own.filter(name=names[-1]).update(done=F("done") + 1)
    return decision.effects


def as_rule(row: MischiefRule) -> Rule:
    """A rule as it is decided by."""
    return Rule(
        name=row.name,
        effects=Effects.model_validate(row.effects),
        carrier=row.carrier,
        recipient=row.recipient,
        chance=row.chance,
        times=row.times,
        seed=row.seed,
        seen=row.seen,
        done=row.done,
    )


@transaction.atomic
def put(project: Project, name: str, effects: Effects, values: Mapping[str, Any]) -> MischiefRule:
    """Make or replace a rule, which begins to count anew; raises `ValueError` and `TooMany`."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ValueError(f"name: {WHAT_A_NAME_IS}")
    if "\0" in values.get("recipient", ""):
        raise ValueError("recipient: it contains a NUL character")
    carrier = values.get("carrier", "")
    if carrier and carrier not in CARRIERS:
        raise ValueError(f"{carrier!r} is not a carrier")
    effects.check(carrier)
    # Two requests at the same time must not both make the last rule that there is room for
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = MischiefRule.objects.filter(project=project)
    if not found.filter(name=name).exists() and found.count() >= MOST:
        raise TooMany
    written = effects.model_dump(exclude_defaults=True)
    fresh = {"carrier": "", "recipient": "", "chance": 1.0, "times": None, "seed": 0, "seen": 0, "done": 0}
    row, _ = found.update_or_create(
        project=project, name=name, defaults={**fresh, **values, "effects": written}
    )
    return row


def describe(row: MischiefRule) -> dict[str, Any]:
    """A rule as the API gives it."""
    return {
        "name": row.name,
        "carrier": row.carrier,
        "recipient": row.recipient,
        "chance": row.chance,
        "times": row.times,
        "seed": row.seed,
        "effects": Effects.model_validate(row.effects),
        "seen": row.seen,
        "done": row.done,
    }
