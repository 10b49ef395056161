"""Whatever a carrier's API answers, its adapter raises nothing but the package's own errors.

Answers are made of the words that the adapter itself knows, so that they get past its first checks.
"""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from numbers import carriers
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CarrierError
from numbers.carriers.leasing import Kind, NumberQuery, Offer
from numbers.carriers.messages import Outgoing
from tempsms import ROOT
from tests.carriers import samples as carrier_samples
from tests.carriers.samples import RECIPIENT, SENDER, URL

SMS = frozenset({"sms"})
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = 6  # then the API is out of order, or a list would have no end
STATUSES = (200, 200, 200, 201, 400, 404, 422)
DULL: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    3.5,
    10**30,
    "",
    "1",
    "NaN",
    "1e999999",
    "x" * 200,
    RECIPIENT,
    "k1",
    [],
    {},
)


@cache
def words(name: str) -> list[str]:
    """Every short word between quotes in the adapter's files; SignalWire speaks Twilio's dialect."""
    stems = {name, "twilio"} if name == "signalwire" else {name}
    files = [path for stem in stems for path in (ROOT / "numbers/carriers" / stem).glob("*.py")]
    return sorted(
        {word for path in files for word in re.findall(r'"([A-Za-z_][\w.-]{0,30})"', path.read_text())}
    )


@cache
def answers(name: str) -> st.SearchStrategy[list[httpx.Response]]:
    """What the carrier's API answers to the first calls."""
    known = st.sampled_from(words(name))
    values: st.SearchStrategy[Any] = st.recursive(
        st.sampled_from(DULL) | known,
        lambda inner: st.dictionaries(known, inner, max_size=8) | st.lists(inner, max_size=2),
        max_leaves=20,
    )
    bodies = values.map(lambda value: json.dumps(value))
    one = st.builds(httpx.Response, st.sampled_from(STATUSES), content=bodies)
    return st.lists(one, min_size=1, max_size=CALLS)


REAL = [name for name in carriers.names() if name != "simulated"]
CASES = st.sampled_from([(name, feature) for name in REAL for feature in sorted(carriers.features(name))])


@given(st.data(), CASES)
@settings(max_examples=250, deadline=None)
def test_whatever_an_api_answers_only_our_own_errors_are_raised(
    data: st.DataObject, case: tuple[str, Feature]
) -> None:
    carrier, feature = carriers.get(case[0]), case[1]
    left = data.draw(answers(carrier.name))
    secrets = {setting.name: "1" for setting in carrier.settings}
    secrets |= dict(carrier_samples.get(carrier.name, "a-secret").login)

    def answer(request: httpx.Request) -> httpx.Response:
        return left.pop(0) if left else httpx.Response(500)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        try:
            call(carriers.connect(case[0], secrets, http), feature)
        except CarrierError as error:
            assert str(error)


def call(api: carriers.Api, feature: Feature) -> None:
    """Use a feature; those that are no calls do nothing."""
    e164 = "" if api.blind else RECIPIENT
    if feature is Feature.SEARCH:
        assert all(offer.monthly_cost >= 0 for offer in api.search(NumberQuery("US")))
    elif feature is Feature.BUY:
        api.buy(Offer(e164, "US", Kind.LOCAL, SMS, Decimal(1)), URL, "k1")
    elif feature is Feature.ORDERS:
        api.order("1")
    elif feature is Feature.KEYS:
        api.find("k1")
    elif feature is Feature.CONFIGURE:
        api.configure("US:1", URL)
    elif feature is Feature.RELEASE:
        api.release("US:1")
    elif feature is Feature.OWNED:
        assert all(number.monthly_cost >= 0 for number in api.owned())
    elif feature is Feature.MESSAGES:
        assert all(message.ref for message in api.messages(SINCE))
    elif feature is Feature.SEND:
        assert api.send(Outgoing(SENDER, RECIPIENT, "Hi")).ref
