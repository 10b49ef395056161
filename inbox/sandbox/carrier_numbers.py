"""Numbers that projects have at captured carriers: those that they send from, and those that their programs buy.

What can be bought is the simulated carrier's stock: numbers for fiction, which no person has. Projects don't take
numbers away from each other.
"""

import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from inbox.sandbox.models import Project, ProjectNumber
from numbers.carriers.leasing import Kind
from numbers.carriers.simulated.stock import NUMBERS, RANGES, Range

MOST = 1000
"""Numbers that a project may buy at one carrier."""
PREFIXES = {"twilio": "PN"}
MAGIC = "+15005550006"
"""It can be bought although nobody sells it, as with Twilio's test credentials."""


class NotForSale(Exception):
    """The number is not in the stock, or the project has it, or as many as it may have."""


def list_owned(project: Project, carrier: str) -> "QuerySet[ProjectNumber]":
    """The numbers of a project; those that it sends from are its own at every carrier."""
    owned = project.carrier_numbers.filter(carrier=carrier)
    known = set(owned.values_list("e164", flat=True))
    missing = [e164 for e164 in dict.fromkeys(project.numbers) if e164 not in known]
    ProjectNumber.objects.bulk_create(
        # another request may add them at this moment, too
        (_make_number(project, carrier, e164) for e164 in missing),
        ignore_conflicts=True,
    )
    # The project's own list counts: what was taken off it is gone at every carrier
    owned.filter(bought=False).exclude(e164__in=project.numbers).delete()
    return owned


def list_senders(project: Project, carrier: str) -> list[str]:
    """The only numbers that a project may send from; none: any. What it bought limits nothing by itself."""
    # A project that names none sends from any, so that a program works before anything is set up
    if not project.numbers:
        return []
    bought = project.carrier_numbers.filter(carrier=carrier, bought=True).values_list("e164", flat=True)
    return [*project.numbers, *bought]


def buy(project: Project, carrier: str, e164: str) -> ProjectNumber:
    """Buy a number of the stock; raises `NotForSale`."""
    if e164 not in NUMBERS and e164 != MAGIC:
        raise NotForSale
    if project.carrier_numbers.filter(carrier=carrier, bought=True).count() >= MOST:
        raise NotForSale
    number = _make_number(project, carrier, e164, bought=True)
    try:
        with transaction.atomic():
            # a savepoint: a number that is there already must not spoil the caller's transaction
            number.save()
    except IntegrityError:
        raise NotForSale from None
    number.refresh_from_db()
    return number


def release(number: ProjectNumber) -> None:
    """Give a number back: the project sends from it no more."""
    with transaction.atomic():
        # Another release at the same time would write back the number that this one takes off
        project = Project.objects.select_for_update(no_key=True).get(pk=number.project_id)
        if number.e164 in project.numbers:
            project.numbers = [e164 for e164 in project.numbers if e164 != number.e164]
            project.save(update_fields=["numbers"])
        number.delete()


def list_for_sale(project: Project, carrier: str, country: str, kind: Kind) -> Iterable[str]:
    """Numbers of the stock that the project does not have, of one country and kind."""
    owned = set(project.carrier_numbers.filter(carrier=carrier).values_list("e164", flat=True))
    ranges = (block for block in RANGES if (block.country, block.kind) == (country, kind))
    return (e164 for block in ranges for e164 in block if e164 not in owned)


def range_of(e164: str) -> Range | None:
    """What the stock knows of a number."""
    return NUMBERS.get(e164)


def _make_number(project: Project, carrier: str, e164: str, *, bought: bool = False) -> ProjectNumber:
    ref = PREFIXES.get(carrier, "") + secrets.token_hex(16)
    return ProjectNumber(project=project, carrier=carrier, ref=ref, e164=e164, bought=bought)
