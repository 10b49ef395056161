"""Who makes a request of the API, and what exists for them.

What a principal may not see is looked up by the same query as what does not exist, so that both take the same time.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from inbox.api.scopes import Scope
from numbers.models import Lease, Number, Rental
from numbers.models.rental import RentalQuerySet


@dataclass(frozen=True, slots=True)
class Principal:
    """A key, an OAuth client, or a visitor without either.

    `owner` names it in rows (`key:7`) and is empty for a visitor. `bound_to` are the ids of the numbers that it is
    limited to; None means no such limit. `project` is the sandbox project that it is limited to; empty means no limit.
    `per_minute` is how many requests it may make; 0 means the default.
    """

    owner: str
    name: str
    scopes: frozenset[Scope]
    bound_to: frozenset[int] | None = None
    project: str = ""
    per_minute: int = 0

    @property
    def is_visitor(self) -> bool:
        """Whether it has no key: it sees what public pages show."""
        return not self.owner

    def numbers(self) -> QuerySet[Number]:
        """The numbers that exist for it.

        For visitors those with a public page. For keys the live ones that nobody else rents now, or those that it is
        bound to; a key that may lease and retire sees rented ones too.
        """
        if self.is_visitor:
            return Number.objects.with_public_page()
        found = Number.objects.filter(leases__state__in=Lease.LIVE)
        if self.bound_to is not None:
            found = found.filter(pk__in=self.bound_to)
        return found if Scope.NUMBERS_LEASE in self.scopes else found.filter(self._not_rented_by_others())

    def readable_numbers(self) -> QuerySet[Number]:
        """The numbers whose messages it may read now: without those that somebody else rents, whatever its scopes."""
        if self.is_visitor:
            return self.numbers()
        return self.numbers().filter(self._not_rented_by_others(), leases__state__in=Lease.SHOWN)

    def past_numbers(self) -> QuerySet[Number]:
        """The numbers that exist for it, and those that are released or whose order failed."""
        leased = Number.objects.filter(leases__isnull=False, erased_key=None).distinct()
        return leased if self.bound_to is None else leased.filter(pk__in=self.bound_to)

    def rentals(self) -> RentalQuerySet:
        """Its own rentals, past ones too; none for a visitor."""
        own: RentalQuerySet = Rental.objects.filter(owner=self.owner)
        return own.none() if self.is_visitor else own

    def _not_rented_by_others(self) -> Q:
        others = Rental.objects.running().filter(number=OuterRef("pk")).exclude(owner=self.owner)
        return ~Q(Exists(others))


VISITOR = Principal("", "visitor", frozenset())
NEIGHBOUR = Principal("neighbour", "this machine", frozenset({Scope.SANDBOX}), frozenset(), project="default")
"""A program near the sandbox, without a key: what it may do with the first project, everybody there may do anyway."""
