"""What every carrier's adapter keeps, whoever the carrier is."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numbers import carriers
from numbers.carriers.contract import METHODS, Answer, Api, Carrier, Feature, Request, Secrets
from numbers.carriers.errors import (
    BadSignature,
    CallFailed,
    CannotVerify,
    CarrierError,
    Rejected,
    Unparsable,
    Unsupported,
)
from numbers.carriers.leasing import Kind, NumberQuery, Offer
from numbers.carriers.messages import Inbound, Outgoing, Receipt, Status
from numbers.management.commands import carriers as command
from numbers.models import Account
from tempsms import ROOT
from tests.carriers import samples as carrier_samples
from tests.carriers.door import deliver, make_account_at, sample_for
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample
from tests.conftest import Sql
from tests.unprocessed_requests import unprocessed_requests


@pytest.fixture(params=carriers.names())
def carrier(request: pytest.FixtureRequest) -> Carrier:
    return carriers.get(request.param)


@pytest.fixture
def account(carrier: Carrier, transactional_db: None) -> Account:
    """An account that the sample is signed for, with the number that it is sent to."""
    return make_account_at(carrier.name)


@pytest.fixture
def sample(carrier: Carrier) -> Sample:
    return carrier_samples.get(carrier.name, "a-secret")


def verifies(carrier: Carrier, request: Request, secrets: Secrets) -> bool:
    try:
        carrier.verify(request, secrets, NOW)
    except (BadSignature, CannotVerify):
        return False
    return True


def flips(raw: bytes) -> Iterator[bytes]:
    """Every way to change one bit."""
    for place in range(len(raw)):
        for bit in range(8):
            yield raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]


def test_a_signed_message_verifies_and_says_what_was_sent(carrier: Carrier, sample: Sample) -> None:
    for secrets in ({**sample.others, sample.secret: sample.value}, sample.secrets()):
        carrier.verify(sample.request, secrets, NOW)
        carrier.verify(sample.request, secrets, datetime.fromtimestamp(NOW, UTC))
    (message,) = carrier.parse(sample.request)
    assert isinstance(message, Inbound)
    assert (message.sender, message.recipient, message.body, message.segments) == (
        "+14155550100",
        "+15005550006",
        TEXT,
        sample.segments,
    )
    assert carrier.parse(sample.request)[0] == message, "the same id again"


async def test_the_sample_comes_through_the_door_as_the_real_thing_does(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    """Signed for this account's address, verified, read, stored once however often it comes, and answered."""
    request, answer = sample_for(account).request, carriers.get(account.carrier).answer("inbound")
    for _ in range(2):
        given = await deliver(site, request)
        assert (given.status_code, given.content) == (answer.status, answer.body)
    ((sender, recipient, message_id),) = sql(
        "SELECT sender, e164, m.id FROM inbox_message m JOIN numbers_number n ON n.id = number_id"
    )
    assert (sender, recipient) == (SENDER, RECIPIENT)
    assert sql("SELECT count(*) FROM inbox_seen") == [(1,)]
    (frame,) = (await site.get(f"/numbers/{RECIPIENT[1:]}/poll/")).json()["frames"]
    assert (frame["message"]["id"], frame["message"]["body"]) == (message_id, TEXT)
    assert unprocessed_requests(sql) == []


async def test_a_text_that_is_not_there_is_kept_for_the_operator(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    """Absent is not empty: it may be in a field that the adapter does not know."""
    assert (await deliver(site, sample_for(account).textless)).is_success
    assert [kept.reason for kept in unprocessed_requests(sql)] == ["unparsable"]
    assert {body for (body,) in sql("SELECT body FROM inbox_message")} <= {""}


def test_no_changed_bit_of_the_body_verifies(carrier: Carrier, sample: Sample) -> None:
    secrets = sample.secrets()
    for body in flips(sample.request.body):
        passed = verifies(carrier, replace(sample.request, body=body), secrets)
        assert passed == (not sample.signs_body or sample.same(body, sample.request.body)), body


def test_no_shortened_or_lengthened_body_verifies(carrier: Carrier, sample: Sample) -> None:
    body, secrets = sample.request.body, sample.secrets()
    for changed in (body[:-1], body + b"x", body + b"&x=1", b"", body + b"\0"):
        passed = verifies(carrier, replace(sample.request, body=changed), secrets)
        assert passed == (not sample.signs_body), changed


def test_no_changed_bit_of_the_signature_verifies(carrier: Carrier, sample: Sample) -> None:
    if not sample.header:  # what proves it stands in the body or in the address
        assert sample.unsigned is not None
        return
    signature = sample.request.header(sample.header)
    for raw in flips(signature.encode()):
        headers = {**sample.request.headers, sample.header: raw.decode("latin-1")}
        assert not verifies(carrier, replace(sample.request, headers=headers), sample.secrets()), raw
    for changed in (signature[:-1], signature + "=", "", " ", "é", signature.swapcase(), "\ud800"):
        headers = {**sample.request.headers, sample.header: changed}
        assert not verifies(carrier, replace(sample.request, headers=headers), sample.secrets())


def test_no_changed_bit_of_what_is_signed_beside_the_body_verifies(carrier: Carrier, sample: Sample) -> None:
    """Times, ids and nonces that stand in headers of their own."""
    for name in sample.request.headers.keys() - {"content-type", *sample.unsigned_headers, sample.header}:
        for raw in flips(sample.request.headers[name].encode()):
            headers = {**sample.request.headers, name: raw.decode("latin-1")}
            assert not verifies(carrier, replace(sample.request, headers=headers), sample.secrets()), raw


def test_no_changed_bit_of_a_signed_address_verifies(carrier: Carrier, sample: Sample) -> None:
    for raw in flips(URL.encode()):
        if not sample.signs_url and (b"?" in raw or b"#" in raw):
            continue  # another query
        request = replace(sample.request, url=raw.decode("latin-1") + sample.request.url.removeprefix(URL))
        assert verifies(carrier, request, sample.secrets()) != sample.signs_url, raw


def test_a_missing_signature_or_secret_never_verifies(carrier: Carrier, sample: Sample) -> None:
    unsigned = {name: value for name, value in sample.request.headers.items() if name != sample.header}
    unsigned_request = sample.unsigned or replace(sample.request, headers=unsigned)
    assert not verifies(carrier, unsigned_request, sample.secrets())
    nothing: list[str | list[str]] = ["", [], [""]]
    for empty in nothing:
        assert not verifies(carrier, sample.request, {**sample.others, sample.secret: empty})
    assert not verifies(carrier, sample.request, {})
    with pytest.raises(BadSignature, match="no secret"):
        carrier.verify(sample.request, {}, NOW)
    with pytest.raises(BadSignature, match="no signature"):
        carrier.verify(unsigned_request, {}, NOW)
    signed_with_nothing = carrier_samples.get(carrier.name, "")
    assert not verifies(carrier, signed_with_nothing.request, sample.secrets(""))


def test_any_of_several_secrets_verifies_and_a_retired_one_does_not(carrier: Carrier, sample: Sample) -> None:
    assert verifies(carrier, sample.request, sample.secrets("new", sample.value))
    assert verifies(carrier, sample.request, sample.secrets(sample.value, "old"))
    assert not verifies(carrier, sample.request, sample.secrets("new", "newer"))


def test_the_header_that_proves_a_request_is_never_kept(carrier: Carrier, sample: Sample) -> None:
    assert {sample.header} - {""} <= carrier.proof_headers


def test_header_names_are_matched_whatever_their_case(carrier: Carrier, sample: Sample) -> None:
    headers = {name.title(): value for name, value in sample.request.headers.items()}
    carrier.verify(replace(sample.request, headers=headers), sample.secrets(), NOW)


def test_errors_never_hold_a_secret_or_the_message(carrier: Carrier, sample: Sample) -> None:
    with pytest.raises(BadSignature) as caught:
        carrier.verify(sample.request, sample.secrets("wrong-secret"), NOW)
    assert "secret" not in str(caught.value)
    assert "123456" not in str(caught.value)


_texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
_long = st.integers(60, 300).map("x".__mul__)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=5,
)
_kinds = st.sampled_from(["", "application/json", "application/x-www-form-urlencoded; charset=UTF-8"])


@st.composite
def requests(draw: st.DrawFn) -> tuple[Carrier, Request]:
    """A request that a carrier might have sent, one thing in it replaced by something else; or bytes."""
    name = draw(st.sampled_from(carriers.names()))
    model = carrier_samples.get(name, "a-secret").request
    written = f"{urlsplit(model.url).query}&{model.body.decode('latin-1')}"
    query, form = draw(_texts), dict(parse_qsl(written, keep_blank_values=True))
    try:
        said = json.loads(model.body)
    except ValueError:
        changes = st.dictionaries(st.sampled_from([*form, "status", "id"]), _texts | _long, max_size=3)
        left_out = draw(st.sets(st.sampled_from([*form]), max_size=2))
        changed = {key: value for key, value in form.items() if key not in left_out} | draw(changes)
        body = urlencode(changed, errors="surrogatepass").encode()
        query = draw(st.just(query) | st.just(body.decode()))
    else:
        body = json.dumps(_spoiled(draw, said)).encode()
    body = draw(st.just(body) | st.binary(max_size=200))
    headers = {**model.headers, "content-type": draw(st.just(model.header("content-type")) | _kinds)}
    method = draw(st.sampled_from(["POST", "GET"]))
    return carriers.get(name), Request(method, f"{URL}?{query}", headers, body)


def _spoiled(draw: st.DrawFn, said: Any) -> Any:
    """One value anywhere inside is another."""
    if isinstance(said, dict) and said and draw(st.integers(0, 5)):
        name = draw(st.sampled_from(sorted(said)))
        if draw(st.integers(0, 5)) == 0:
            return {key: value for key, value in said.items() if key != name}
        return {**said, name: _spoiled(draw, said[name])}
    if isinstance(said, list) and said and draw(st.integers(0, 5)):
        return [_spoiled(draw, said[0]), *said[1:]]
    if isinstance(said, str) and said[:1] == "{" and draw(st.integers(0, 5)):
        return json.dumps(_spoiled(draw, json.loads(said)))
    return draw(_values)


@given(requests())
@settings(max_examples=1500, deadline=None)
def test_reading_a_request_gives_messages_receipts_or_unparsable(given: tuple[Carrier, Request]) -> None:
    carrier, request = given
    try:
        events = carrier.parse(request)
    except Unparsable as error:
        assert str(error)
    else:
        assert all(_is_clean(event) for event in events)


def test_a_query_that_is_no_text_is_unparsable_or_says_nothing(carrier: Carrier) -> None:
    with suppress(Unparsable):
        assert all(
            _is_clean(event) for event in carrier.parse(Request("GET", f"{URL}?MessageSid=\ud800", {}))
        )


def _is_clean(event: Any) -> bool:
    if isinstance(event, Receipt):
        return 0 < len(event.ref) <= 128 and isinstance(event.status, Status) and isinstance(event.word, str)
    return (
        len(event.ref) <= 128
        and bool(event.ref or event.identity)
        and 0 < len(event.sender) <= 64
        and 0 < len(event.recipient) <= 64
        and isinstance(event.body, str)
        and all(isinstance(item.url, str) and isinstance(item.content_type, str) for item in event.media)
        and (event.part is None or 1 <= event.part.index <= event.part.total)
        and type(event.segments) is int
        and 0 <= event.segments < 1000
        and (event.sent_at is None or event.sent_at.tzinfo is not None)
    )


@given(requests(), _texts, _texts)
@settings(max_examples=1000, deadline=None)
def test_checking_a_request_passes_or_raises_bad_signature_only(
    given: tuple[Carrier, Request], signature: str, more: str
) -> None:
    carrier, request = given
    sample = carrier_samples.get(carrier.name, "a-secret")
    headers = dict(request.headers)
    for name in headers:  # the signature, and whatever belongs to it
        if name != "content-type":
            headers[name] = signature if name == sample.header else more
    headers |= dict.fromkeys(sample.other_headers, more)
    secrets = {setting.name: "secret" for setting in carrier.settings}
    forged = replace(request, headers=headers)
    assert not verifies(carrier, forged, secrets) or carrier.parse(forged) == [], (
        "what is unproven says nothing"
    )


@pytest.mark.parametrize("body", [b"a=\xed\xa0\x80&b=+", b"\xff", b"&" * 2000, b"[" * 100_000, b"", b"\0"])
def test_checking_strange_bodies_raises_bad_signature_only(
    carrier: Carrier, sample: Sample, body: bytes
) -> None:
    for url in (URL, f"{URL}?a=\ud800&b=+", f"{URL}?{'&' * 2000}", "\ud800", ""):
        for headers in ({}, {**sample.request.headers, sample.header or "x": "\ud800"}):
            request = Request("POST", url, headers, body)
            assert not verifies(carrier, request, sample.secrets("secret"))
            with suppress(Unparsable):
                carrier.parse(request)


def test_answers_are_success_and_send_nothing_back(carrier: Carrier, sample: Sample) -> None:
    for answer in (carrier.answer("inbound"), carrier.answer("status")):
        assert isinstance(answer, Answer)
        assert 200 <= answer.status < 300
        if "xml" in answer.content_type:
            assert list(ElementTree.fromstring(answer.body)) == []
        else:
            assert answer.body == sample.answer


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
