"""Adds accounts and adopts numbers that we already own."""

import re
from collections.abc import Mapping
from decimal import Decimal

import phonenumbers
from django.conf import settings
from django.db import transaction
from phonenumbers import NumberParseException, PhoneNumberType

from numbers import account_settings, carriers, countries, leases
from numbers.account_settings import Invalid
from numbers.carriers.errors import CarrierError, NotSet
from numbers.carriers.leasing import Kind
from numbers.carriers.simulated.stock import NUMBERS
from numbers.carriers.simulated.webhooks import Simulated
from numbers.models import Account, Lease, Number
from numbers.models.number import SHORT_CODE

_KINDS = {
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
    PhoneNumberType.UAN: Kind.NATIONAL,
}
_LENGTHS = {
    phonenumbers.ValidationResult.TOO_SHORT: "too short for its country",
    phonenumbers.ValidationResult.TOO_LONG: "too long for its country",
    phonenumbers.ValidationResult.INVALID_LENGTH: "not of a length used in its country",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "a local number without its area code",
}
__all__ = [
    "Invalid",
    "add",
    "adopt",
    "describe",
    "is_listed",
    "needs_no_calls",
    "point",
    "with_defaults",
]


def add(carrier: str, label: str, secrets: Mapping[str, str | list[str]]) -> Account:
    """Add an account at a carrier; raises `Invalid` for unknown, missing or unusable settings."""
    complete = with_defaults(carrier, secrets)
    account_settings.check(carrier, complete)
    return Account.objects.create(carrier=carrier, label=label, secrets=complete)


def with_defaults(carrier: str, secrets: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """The settings, with defaults added for a simulated account."""
    # The simulated carrier keeps its books in VAR, so that a demo needs no settings at all
    own = Simulated.defaults(settings.VAR) if carrier == Simulated.name else {}
    return {**own, **secrets}


@transaction.atomic
def adopt(
    account: Account,
    e164: str,
    *,
    public: bool = False,
    ref: str = "",
    monthly_cost: Decimal | None = None,
    short_code_in: str = "",
) -> Lease:
    """Adopt a number that an account already owns; return its lease, which begins active.

    Adopting it again returns the same lease, made public if asked; a live lease at another account raises `Invalid`.
    `ref` is the carrier's id of the number, `monthly_cost` its cost in the account's currency; audits add both if the
    carrier reports them. `short_code_in` is the country of a short code, which has no plus.
    """
    country, kind = _describe_short_code(e164, short_code_in, public) if short_code_in else describe(e164)
    number = Number.objects.known(e164, country=country, kind=kind, capabilities=["sms"])
    lease = number.leases.select_for_update(no_key=True).filter(state__in=Lease.LIVE).first()
    if lease and lease.account_id != account.pk:
        raise Invalid(f"{e164} is already leased through {lease.account}")
    if public and not number.public:
        if number.rentals.filter(cancelled=False).exists():
            raise Invalid(f"{e164} has been rented privately and cannot become public")
        number.public = True
        number.save(update_fields=["public"])
    if lease is None:
        lease = leases.adopt(number, account)
    if ref and lease.carrier_ref != ref:
        lease.carrier_ref = ref[:80]
        lease.save(update_fields=["carrier_ref"])
    if monthly_cost is not None:
        lease.monthly_cost, lease.currency = monthly_cost, account.currency
        lease.save(update_fields=["monthly_cost", "currency"])
    return lease


def point(e164: str) -> Lease:
    """Point a leased number at our webhook address; raises `Invalid` and the carrier's errors.

    A number that was adopted without the carrier's id of it gets the id from the carrier's list.
    """
    lease = (
        Lease.objects.select_related("account", "number")
        .filter(number__e164=e164, state__in=Lease.LIVE)
        .first()
    )
    if lease is None:
        raise Invalid(f"{e164} is not leased")
    with carriers.connect(lease.account.carrier, lease.account.secrets) as api:
        if not lease.carrier_ref:
            lease.carrier_ref = _find_ref(api, e164)
            lease.save(update_fields=["carrier_ref"])
        api.configure(lease.carrier_ref, lease.account.webhook_url)
    return lease


def needs_no_calls(account: Account, error: CarrierError) -> bool:
    """Whether a call failed only because an account without leases, which needs none, cannot make any."""
    return isinstance(error, NotSet) and not account.leases.filter(state__in=Lease.LIVE).exists()


def _find_ref(api: carriers.Api, e164: str) -> str:
    """The carrier's id of a number; raises `Invalid` if the account does not have it, and `Unsupported`."""
    for owned in api.owned():
        if owned.e164 == e164:
            return owned.ref[:80]
    raise Invalid(f"{api.carrier.title} does not list {e164} among this account's numbers")


def describe(e164: str) -> tuple[str, Kind]:
    """The country and kind of a number by its numbering plan; raises `Invalid` if it is not an E.164 number.

    Its length must be possible in its country. Its range need not be listed (see `is_listed`): carriers lease
    numbers of new ranges before any list has them.
    """
    try:
        parsed = phonenumbers.parse(e164)
    except NumberParseException:
        parsed = None
    if parsed is None or phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) != e164:
        hint = "; a short code is adopted with --short-code COUNTRY" if re.fullmatch(SHORT_CODE, e164) else ""
        raise Invalid(f"{e164!r} is not an E.164 number (example: +15005550006){hint}")
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Invalid(
            f"{e164} is {_LENGTHS.get(possible, 'not possible')}: check for a missing or extra digit"
        )
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    # A range that the library does not know yet has the main country of its country code
    country = phonenumbers.region_code_for_number(parsed) or (regions[0] if regions else "")
    # Satellite and international freephone numbers have the region "001"
    if len(country) != 2 or not country.isalpha():
        raise Invalid(f"{e164} does not start with the prefix of a country")
    return country, _KINDS.get(phonenumbers.number_type(parsed), Kind.LOCAL)


def _describe_short_code(code: str, country: str, public: bool) -> tuple[str, Kind]:
    """The country and kind of a short code; raises `Invalid`."""
    if not re.fullmatch(SHORT_CODE, code):
        raise Invalid(f"{code!r} is not a short code: 3 to 8 digits without a plus (example: 12345)")
    if country not in countries.CODES:
        raise Invalid(f"{country!r} is not a country (example: GB)")
    if public:
        raise Invalid(f"{code} is a short code and cannot be public: public pages are addressed by E.164")
    return country, Kind.SHORT_CODE


def is_listed(e164: str) -> bool:
    """Whether the number's range is in a numbering plan, or reserved for tests and fiction."""
    return phonenumbers.is_valid_number(phonenumbers.parse(e164)) or e164 in NUMBERS
