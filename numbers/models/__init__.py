"""What we lease, from whom, at what cost; each file holds one subject."""

from numbers.models.account import Account
from numbers.models.canary import Canary
from numbers.models.charge import Charge
from numbers.models.event import Event
from numbers.models.finding import Finding
from numbers.models.health import Health
from numbers.models.intent import Intent
from numbers.models.lease import Lease
from numbers.models.link import RentalLink
from numbers.models.number import Number
from numbers.models.rental import Rental
from numbers.models.spending import Spending
from numbers.models.target import PoolTarget

__all__ = [
    "Account",
    "Canary",
    "Charge",
    "Event",
    "Finding",
    "Health",
    "Intent",
    "Lease",
    "Number",
    "PoolTarget",
    "Rental",
    "RentalLink",
    "Spending",
]
