"""Tests whether an account's login works, by one cheap call that changes nothing."""

from dataclasses import dataclass
from enum import StrEnum

import httpx

from numbers import carriers
from numbers.carriers.errors import CallFailed, CarrierError, NotSet, Unsupported
from numbers.models import Account
from tempsms.lib.vault import Unsealable

TIMEOUT = 6.0  # seconds: an operator waits for the form


class Outcome(StrEnum):
    """The outcome of a login."""

    WORKS = "works"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Login:
    """The result of a login attempt; `text` describes it."""

    outcome: Outcome
    text: str

    def __str__(self) -> str:
        return self.text


def attempt(account: Account) -> Login:
    """Test the login with the account's settings, saved or not, by a small read at the carrier."""
    title = carriers.get(account.carrier).title
    # A client of its own: that of `Api` waits 15 seconds for each call
    http = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
    try:
        with carriers.connect(account.carrier, account.secrets, http) as api:
            api.log_in()
    except (NotSet, Unsupported) as error:
        return Login(Outcome.NOT_TRIED, f"The login was not tested: {error}.")
    except Unsealable as error:
        return Login(Outcome.NOT_TRIED, f"The login was not tested: {error}.")
    except CallFailed as error:
        if error.retry or error.fault == "network":
            return Login(Outcome.UNREACHABLE, f"{title} could not be reached to test the login: {error}.")
        return Login(Outcome.REFUSED, f"{title} refused the login: {error}.")
    except CarrierError as error:
        return Login(Outcome.REFUSED, f"{title} refused the login: {error}.")
    return Login(Outcome.WORKS, f"The login at {title} works.")
