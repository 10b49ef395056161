"""Every carrier has the settings and calls that it claims, and lacks the others by name."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import METHODS, Api, Carrier, Feature
from numbers.carriers.errors import BadSignature, CallFailed, CarrierError, Rejected, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer
from numbers.carriers.messages import Outgoing
from numbers.management.commands import carriers as command
from tempsms import ROOT
from tests.carriers.samples import RECIPIENT, SENDER, TEXT, URL, Sample


def test_settings_and_the_set_up_page_are_there(carrier: Carrier) -> None:
    assert carrier.title
    assert any(setting.needed for setting in carrier.settings)
    assert all(setting.help for setting in carrier.settings)
    for setting in carrier.settings:
        if setting.needed:
            assert f"`{setting.name}`" in str(type(carrier).__doc__)


def test_an_unknown_carrier_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match=", ".join(carriers.names())):
        carriers.get("nobody")


def test_the_errors_are_one_tree() -> None:
    assert issubclass(BadSignature, CarrierError)
    assert issubclass(Unparsable, CarrierError)


OFFER = Offer(RECIPIENT, "US", Kind.LOCAL, frozenset({"sms"}), Decimal(1))
CALLS: dict[Feature, Callable[[Api], object]] = {
    Feature.SEARCH: lambda api: api.search(NumberQuery("US")),
    Feature.BUY: lambda api: api.buy(replace(OFFER, e164="") if api.blind else OFFER, URL, "k1"),
    Feature.ORDERS: lambda api: api.order("1"),
    Feature.KEYS: lambda api: api.find("k1"),
    Feature.CONFIGURE: lambda api: api.configure("1", URL),
    Feature.RELEASE: lambda api: api.release("1"),
    Feature.OWNED: lambda api: list(api.owned()),
    Feature.MESSAGES: lambda api: list(api.messages(datetime(2026, 1, 1, tzinfo=UTC))),
    Feature.SEND: lambda api: api.send(Outgoing(SENDER, RECIPIENT, TEXT)),
    Feature.LOGIN: lambda api: api.log_in(),
}


@pytest.mark.parametrize("feature", METHODS)
def test_what_a_carrier_lacks_is_unsupported_by_name_and_what_it_claims_is_there(
    carrier: Carrier, sample: Sample, feature: Feature, tmp_path: Path
) -> None:
    """Against a carrier that says no to everything: whoever claims to have a thing asks it, nobody else does."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(403, json={})

    secrets = {setting.name: str(tmp_path / "a-secret") for setting in carrier.settings} | dict(sample.login)
    http = httpx.Client(transport=httpx.MockTransport(answer))
    with carriers.connect(carrier.name, secrets, http) as api:
        if feature in api.features():
            with suppress(CallFailed, Unsupported):
                CALLS[feature](api)
            assert bool(asked) == sample.calls_http
        elif feature is Feature.SEARCH and api.blind:
            assert api.search(NumberQuery("XX")) == []
        else:
            with pytest.raises(Unsupported, match=f"{carrier.name} does not support {feature.value}"):
                CALLS[feature](api)
            assert not asked
    assert http.is_closed


def test_a_login_is_one_call_that_reads(carrier: Carrier, sample: Sample) -> None:
    """Whoever claims to have a login to try asks for something small; a 401 is a refusal, a 200 lets in."""
    if Feature.LOGIN not in carriers.features(carrier.name) or not sample.calls_http:
        return
    secrets = {setting.name: "1" for setting in carrier.settings} | dict(sample.login)
    asked: list[str] = []

    def log_in(status: int, content: bytes) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(f"{request.method} {request.url.host}{request.url.path}")
            return httpx.Response(status, content=content)

        http = httpx.Client(transport=httpx.MockTransport(answer))
        with carriers.connect(carrier.name, secrets, http) as api:
            api.log_in()

    log_in(200, sample.login_answer)
    assert asked[0] == sample.login_call
    with pytest.raises(Rejected) as caught:
        log_in(401, b"{}")
    assert caught.value.fault == "account"


def test_blind_purchases_are_known_by_their_key(carrier: Carrier) -> None:
    features = carriers.features(carrier.name)
    if Feature.BLIND in features:
        assert {Feature.BUY, Feature.KEYS, Feature.OWNED} <= features


def test_no_carrier_lacks_what_its_adapter_can_do(carrier: Carrier) -> None:
    """But for aws, whose offers are the operator's own list: a search that asks nobody is none."""
    api = type(carriers.connect(carrier.name, {}))
    overridden = {feature for feature, name in METHODS.items() if getattr(api, name) != getattr(Api, name)}
    assert not overridden & carrier.lacks.keys() - ({Feature.SEARCH} if api.blind else set())
    assert all(carrier.lacks.values())


class Registered(Carrier):
    """A carrier that is registered for a while."""

    name, title = "twilio", "Not Twilio"


class RegisteredApi(Api):
    """Its API."""

    carrier = Registered


def test_a_registered_adapter_is_there_as_long_as_the_block() -> None:
    with carriers.register(RegisteredApi):
        assert carriers.get("twilio").title == "Not Twilio"
        assert carriers.features("twilio").isdisjoint(METHODS)
        with carriers.connect("twilio", {}) as api, pytest.raises(Unsupported, match="listing numbers"):
            api.owned()
    assert carriers.get("twilio").title == "Twilio"


def test_the_docs_show_what_each_carrier_has() -> None:
    assert (
        f"{command.BEGIN}\n{command.table()}\n{command.END}"
        in (ROOT / "docs/reference/carriers.md").read_text()
    )
