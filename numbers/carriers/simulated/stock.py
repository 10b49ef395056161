"""What the simulated carrier sells: numbers that regulators set aside for fiction, so that no person has one.

`phonenumbers` knows most of these ranges as valid; not those of GB mobile, FR mobile and IE, which are real all
the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from zlib import crc32

from numbers.carriers.leasing import Kind, NumberQuery, Offer

CURRENCY = "USD"
PRICE_OF_A_SEGMENT = Decimal("0.0075")
_SMS, _ALL = frozenset({"sms"}), frozenset({"sms", "mms", "voice"})


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers that begin with `prefix` and end in `first` to `last`, written with so many digits.

    Prices are a month's and the set-up's, in `CURRENCY`; a single number is a little more expensive.
    """

    country: str
    kind: Kind
    prefix: str
    digits: int
    first: int
    last: int
    price: str
    setup: str = "0"
    capabilities: frozenset[str] = _ALL

    def __iter__(self) -> Iterator[str]:
        return (f"{self.prefix}{ending:0{self.digits}}" for ending in range(self.first, self.last + 1))

    def fits(self, wanted: NumberQuery) -> bool:
        """Whether these are such numbers."""
        return (self.country, self.kind) == (
            wanted.country,
            wanted.kind,
        ) and wanted.capabilities <= self.capabilities

    def offer(self, e164: str) -> Offer:
        """The offer for a number: always the same one; prices of neighbours differ by up to 0.39."""
        monthly = Decimal(self.price) + Decimal(crc32(e164.encode()) % 40) / 100
        return Offer(e164, self.country, self.kind, self.capabilities, monthly, Decimal(self.setup), CURRENCY)

    def most_expensive(self) -> Offer:
        """The most that one of them costs, without a number."""
        monthly = Decimal(self.price) + Decimal("0.39")
        return Offer("", self.country, self.kind, self.capabilities, monthly, Decimal(self.setup), CURRENCY)


def _local_ranges(country: str, price: str, *blocks: tuple[str, int, int, int]) -> list[Range]:
    return [Range(country, Kind.LOCAL, *block, price) for block in blocks]


_US = ["205", "212", "305", "312", "404", "415", "512", "617", "702", "713", "808", "907", "917"]
_CA = ["204", "306", "403", "416", "514", "604", "902"]
_AU_MOBILES = (6, 110, 156, 157, 158, 159, 313, 737)

RANGES = (
    # NANP: 555-0100 to 555-0199 in every area code; of the toll-free ones only 800-555-0199 (ATIS-0300115)
    *_local_ranges("US", "1.15", *((f"+1{area}55501", 2, 0, 99) for area in _US)),
    Range("US", Kind.TOLL_FREE, "+1800555", 4, 199, 199, "2.15"),
    *_local_ranges("CA", "1.30", *((f"+1{area}55501", 2, 0, 99) for area in _CA)),
    *_local_ranges("PR", "2.90", ("+178755501", 2, 0, 99)),
    # Ofcom, Telephone numbers for use in TV and radio drama programmes
    *_local_ranges(
        "GB", "1.50", ("+442079460", 3, 0, 999), ("+441614960", 3, 0, 999), ("+441314960", 3, 0, 999)
    ),
    Range("GB", Kind.MOBILE, "+447700900", 3, 0, 999, "1.20", capabilities=_SMS),
    Range("GB", Kind.TOLL_FREE, "+448081570", 3, 0, 999, "2.40"),
    # Arcep, plan national de numérotation (decision 2018-0881), numbers for audiovisual works
    *_local_ranges("FR", "1.60", ("+3319900", 4, 0, 999), ("+3326191", 4, 0, 999), ("+3346571", 4, 0, 999)),
    Range("FR", Kind.MOBILE, "+3363998", 4, 0, 999, "1.75", "1.00", _SMS),
    # PTS, telephone numbers for use in books and films
    *_local_ranges(
        "SE", "1.80", ("+46846500", 3, 400, 499), ("+46313900", 3, 600, 699), ("+46406280", 3, 400, 499)
    ),
    Range("SE", Kind.MOBILE, "+46701740", 3, 605, 699, "3.00", capabilities=_SMS),
    # ACMA, phone numbers for use in TV shows, films and creative works
    *_local_ranges("AU", "3.00", ("+6125550", 4, 0, 999), ("+6135550", 4, 0, 999), ("+6175550", 4, 0, 999)),
    *(Range("AU", Kind.MOBILE, "+61491570", 3, end, end, "6.50", "0.50", _SMS) for end in _AU_MOBILES),
    # Bundesnetzagentur, Mitteilung 148/2021, numbers for media productions
    *_local_ranges(
        "DE", "1.40", ("+493023125", 3, 0, 999), ("+496990009", 3, 0, 999), ("+498999998", 3, 0, 999)
    ),
    # ComReg, 020 91x xxxx
    Range("IE", Kind.NATIONAL, "+3532091", 5, 0, 999, "1.90"),
)

NUMBERS = {e164: block for block in RANGES for e164 in block}
"""The range of every number there is."""
