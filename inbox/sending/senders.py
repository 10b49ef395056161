"""Which number or name a message comes from, through which account, at what price."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from inbox.api.principals import Principal
from inbox.api.problems import Code, Problem, invalid
from inbox.sending.models import OutgoingMessage, Route
from numbers import carriers
from numbers.carriers.contract import Feature
from numbers.models import Account, Lease

NOT_YOURS = "is not a number that you can send from"


@dataclass(frozen=True, slots=True)
class Sender:
    """A number, or a name, with the account that sends from it and the price of a segment there."""

    text: str
    account: Account
    number_id: int | None
    price: Decimal


def choose(
    principal: Principal, wanted: str, recipient: str, country: str, *, secret: bool = False
) -> Sender:
    """The sender that is wanted, or without one the best for a recipient; raises `Problem`.

    What is `secret` comes from no number that was ever public: anybody could read the answers there.

    The best is the one that wrote to this recipient last, then a number of the same country, then any other.
    """
    if wanted and not wanted.startswith("+"):
        return _find_name(wanted, country)
    leases = _find_leases(principal)
    if secret:
        leases = leases.filter(number__ever_public=False)
    if wanted:
        lease = next((one for one in leases.filter(number__e164=wanted) if _can_send(one.account)), None)
        if lease is None:
            raise invalid("from", NOT_YOURS)
        return _make_sender(lease, country)
    # one of our own numbers would write to itself
    able = [lease for lease in leases.exclude(number__e164=recipient) if _can_send(lease.account)]
    if not able:
        raise Problem(Code.NO_NUMBERS, "no number of yours can send")
    return _make_sender(_pick_lease(able, principal, recipient, country), country)


def find_price(account: Account, country: str) -> Decimal:
    """The price of a segment that is expected of an account in a country."""
    routes = Route.objects.filter(account=account, enabled=True, country__in=("", country))
    found = {route.country: route.price for route in routes}
    # With no route at all a message costs what a test message of the account does
    return found.get(country, found.get("", account.canary_price))


def list_prices(principal: Principal, country: str) -> list[Sender]:
    """A sender of each account that could send to a country, the cheapest first."""
    by_account: dict[int, Sender] = {}
    for lease in _find_leases(principal):
        if _can_send(lease.account) and lease.account_id not in by_account:
            by_account[lease.account_id] = _make_sender(lease, country)
    return sorted(by_account.values(), key=lambda sender: (sender.price, sender.account.pk))


def _find_leases(principal: Principal) -> QuerySet[Lease]:
    """Leases of the numbers that a principal may use now, at enabled accounts."""
    usable = principal.readable_numbers().values("pk")
    active = Lease.objects.filter(number__in=usable, state=Lease.State.ACTIVE)
    return (
        active.filter(account__in=Account.objects.enabled())
        .select_related("number", "account")
        .order_by("pk")
    )


def _can_send(account: Account) -> bool:
    return Feature.SEND in carriers.features(account.carrier)


def _pick_lease(able: Iterable[Lease], principal: Principal, recipient: str, country: str) -> Lease:
    by_number = {lease.number_id: lease for lease in able}
    before = OutgoingMessage.objects.filter(owner=principal.owner, recipient=recipient, number__in=by_number)
    last = before.order_by("-pk").values_list("number_id", flat=True).first()
    if last is not None:
        return by_number[last]
    return min(by_number.values(), key=lambda lease: (lease.number.country != country, lease.pk))


def _find_name(name: str, country: str) -> Sender:
    """The route by which a name may write to a country."""
    routes = Route.objects.filter(
        names__contains=[name], enabled=True, country__in=("", country), account__in=Account.objects.enabled()
    )
    able = [route for route in routes.select_related("account") if _can_send(route.account)]
    if not able:
        raise invalid("from", "is not a name that messages to this country can come from")
    # At the same rank a route of this very country comes before one for all the others
    route = min(able, key=lambda one: (one.rank, one.country == "", one.pk))
    return Sender(name, route.account, None, route.price)


def _make_sender(lease: Lease, country: str) -> Sender:
    price = find_price(lease.account, country)
    return Sender(lease.number.e164, lease.account, lease.number_id, price)
