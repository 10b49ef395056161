"""Numbers bought at the simulated carrier, for its tests."""

from numbers import carriers
from numbers.carriers.leasing import NumberQuery, Offer, Owned
from numbers.carriers.simulated.webhooks import Simulated

SIMULATED = Simulated()
URL = "http://127.0.0.1:9/webhook/"
NOW = 1_790_000_000


def keys(api: carriers.Api) -> list[str]:
    return [str(api.secrets["signing_key"])]


def purchase(api: carriers.Api, offer: Offer, url: str = URL) -> Owned:
    """A purchase that takes no time."""
    found = api.buy(offer, url)
    assert isinstance(found, Owned)
    return found


def bought(api: carriers.Api, url: str = URL) -> str:
    """The cheapest free number in the US, bought."""
    offer = api.search(NumberQuery("US"))[0]
    return purchase(api, offer, url).e164
