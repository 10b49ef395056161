"""Whatever a request holds, it is read, unparsable or refused, and never an error of ours."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numbers import carriers
from numbers.carriers.contract import Carrier, Request
from numbers.carriers.errors import Unparsable
from numbers.carriers.messages import Receipt, Status
from tests.carriers import samples as carrier_samples
from tests.carriers.contract.checks import verifies
from tests.carriers.samples import URL, Sample

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
